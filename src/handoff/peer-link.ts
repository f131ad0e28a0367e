/** The sharing channel to a process that Portico did not start: a self-hosted service that may share ports. */
import type { Channel } from './channel.ts'
import type { PeerMessage, RefusalStatus } from './protocol.ts'

export interface PeerSurroundings {
  /** Tells the peer, and ends the channel. */
  refuse(status: RefusalStatus, message: string, remedy: string): void
  /** The peer is gone. */
  left(): void
}

export class PeerLink {
  readonly channel: Channel
  /** What it said that it would ask for. */
  readonly wants: string
  readonly #around: PeerSurroundings

  constructor(channel: Channel, wants: string, around: PeerSurroundings) {
    this.channel = channel
    this.wants = wants
    this.#around = around
  }

  received(message: PeerMessage): void {
    if (message.type === 'leave' || !this.channel.isOpen) return
    this.#around.refuse(
      'ProtocolUnsupported',
      'this version of Portico takes registrations only from worker processes that it started',
      'Deploy the program as an application: copy its folder into apps/.',
    )
  }

  lost(): void {
    this.#around.left()
  }
}
