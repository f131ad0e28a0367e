/** A connection that Portico has offered to this process, and that nobody has taken yet. */
import type { Socket } from 'node:net'
import { type Handle, socketOf } from '#base/handle.ts'
import type { Dispatch, Endpoint } from '#handoff/protocol.ts'
import type { Conversation } from './conversation.ts'

/** A connection of a shared URI. */
export interface SharedConnection {
  /** Nothing of it has been read: every byte is there as the client sent it, the preamble first. */
  readonly socket: Socket
  /** What the client asked for, as it wrote it. */
  readonly via: string
  readonly remote: Endpoint
  readonly local: Endpoint
  /**
   * Whether a connection for another via would come here, too: to be asked before a further session on the same
   * connection is served. Also false when Portico doesn't answer in time or is away.
   */
  validate(via: string): Promise<boolean>
}

export class OfferedConnection {
  readonly #conversation: Conversation
  readonly #dispatch: Dispatch
  readonly #handle: Handle
  readonly #validate: (dispatch: Dispatch, via: string) => Promise<boolean>

  constructor(
    conversation: Conversation,
    dispatch: Dispatch,
    handle: Handle,
    validate: (dispatch: Dispatch, via: string) => Promise<boolean>,
  ) {
    this.#conversation = conversation
    this.#dispatch = dispatch
    this.#handle = handle
    this.#validate = validate
  }

  /** Takes it: Portico closes its copy. What becomes of it is said on the channel it came by, while that lasts. */
  accept(): SharedConnection {
    const { connection, via, remote, local } = this.#dispatch
    this.#conversation.send({ type: 'accepted', connection })
    this.#handle.asyncReset({})
    const socket = socketOf(this.#handle)
    socket.once('close', () => this.#conversation.sendWithoutHurry({ type: 'closed', connection }))
    return { socket, via, remote, local, validate: (next) => this.#validate(this.#dispatch, next) }
  }

  /** Leaves it to Portico, which tells the client that it could not be handed over. */
  reject(reason: string): void {
    this.#handle.close()
    this.#conversation.send({ type: 'rejected', connection: this.#dispatch.connection, reason })
  }

  /** The channel is gone: the connection is not ours to answer. */
  drop(): void {
    this.#handle.close()
  }
}
