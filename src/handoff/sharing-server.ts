/** The sharing socket: greets whoever connects, and hands the channels of worker processes to activation. */
import { chmodSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import type { WorkerChannel } from '#activation/worker-channel.ts'
import type { Clock } from '#base/clock.ts'
import { Channel } from './channel.ts'
import { type PeerMessage, type PorticoMessage, protocolVersion, type RefusalStatus } from './protocol.ts'
import { type LinkSurroundings, WorkerLink } from './worker-link.ts'

/** Milliseconds for a peer to say who it is. */
const helloLimit = 10_000

type Welcome = Extract<PorticoMessage, { type: 'welcome' }>
type Hello = Extract<PeerMessage, { type: 'hello' }>

/** What the server needs from around it. */
export interface SharingSurroundings extends LinkSurroundings {
  readonly clock: Clock
  /** Takes the channel of a worker process; undefined when no process was launched with `token`. `welcome` goes first. */
  admit(token: string, channel: WorkerChannel, open: number, welcome: (welcome: Welcome) => void): boolean
}

export class SharingServer implements AsyncDisposable {
  readonly #around: SharingSurroundings
  readonly #server: Server
  readonly #channels = new Set<Channel>()

  constructor(around: SharingSurroundings) {
    this.#around = around
    this.#server = createServer((socket) => this.#connected(socket))
  }

  /** Listens on the socket `path`; anybody may connect, and is known by the kernel's word. */
  async listen(path: string): Promise<void> {
    rmSync(path, { force: true }) // of an earlier run: the home's lock says that it has ended
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#server.once('error', reject)
    this.#server.listen({ path, backlog: 511 }, resolve)
    await promise
    this.#server.off('error', reject)
    this.#server.on('error', (error) => this.#around.log.error('sharing.acceptFailed', { error }))
    chmodSync(path, 0o666)
  }

  /** Closes the socket and every channel; peers that have connections keep them. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const channel of this.#channels) channel.close('Portico is stopping')
    if (!this.#server.listening) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#server.close(() => resolve())
    await promise
  }

  #connected(socket: Socket): void {
    let link: WorkerLink | undefined
    const channel = new Channel(socket, {
      message: (message) => {
        if (link) link.received(message)
        else link = this.#greet(channel, message)
        if (link) hello[Symbol.dispose]()
      },
      closed: (reason) => {
        hello[Symbol.dispose]()
        this.#channels.delete(channel)
        link?.lost(reason)
      },
    })
    this.#channels.add(channel)
    const hello = this.#around.clock.after(helloLimit, () => channel.close('the peer did not say hello'))
  }

  #greet(channel: Channel, message: PeerMessage): WorkerLink | undefined {
    if (message.type !== 'hello') return this.#refuse(channel, 'InvalidArgument', 'the first message must be hello')
    if (message.version > protocolVersion)
      return this.#refuse(
        channel,
        'VersionUnsupported',
        `version ${message.version} of the sharing protocol is newer than version ${protocolVersion}, which this Portico speaks`,
        'Use a client of the same version as Portico, or upgrade Portico.',
      )
    return this.#admit(channel, message)
  }

  #admit(channel: Channel, { token, open }: Hello): WorkerLink | undefined {
    if (token === undefined)
      return this.#refuse(
        channel,
        'ProtocolUnsupported',
        'this version of Portico takes registrations only from worker processes that it started',
        'Deploy the program as an application: copy its folder into apps/.',
      )
    const link = new WorkerLink(channel, this.#around)
    if (this.#around.admit(token, link, open, (welcome) => channel.send(welcome))) return link
    link.lost('not admitted')
    return this.#refuse(
      channel,
      'InvalidArgument',
      `process ${channel.peer.pid} presents a token that belongs to no worker process`,
      'A worker process that Portico no longer knows is to end; nothing needs to be done.',
    )
  }

  #refuse(
    channel: Channel,
    status: RefusalStatus,
    message: string,
    remedy = 'See docs/sharing-protocol.md.',
  ): undefined {
    const { pid, uid } = channel.peer
    this.#around.log.warn('sharing.refused', { pid, uid, status, reason: message })
    channel.send({ type: 'refused', status, message, remedy })
    channel.finish(message)
  }
}
