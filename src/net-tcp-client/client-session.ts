/** The client's end of one duplex session of net.tcp, on a connection of its own, from the preamble to both Ends. */
import type { Socket } from 'node:net'
import type { Clock } from '#base/clock.ts'
import { orAbort } from '#base/signal.ts'
import { end, sizedEnvelopeHeader } from '#framing/envelopes.ts'
import { SessionDecoder, type SessionItem } from '#framing/session-decoder.ts'
import { CommunicationError, framingFault } from './communication-error.ts'
import { connectionFailed, openConnection, tooLarge } from './connect.ts'
import type { Destination } from './destination.ts'

export interface ClientSessionOptions {
  readonly contentType: string
  /** Bytes. */
  readonly maxReceivedMessageSize: number
  readonly clock: Clock
  /** Gets each message. */
  received(envelope: Buffer): unknown
}

/** `ending` once our End is sent: then only the service's is still to come. */
type State = 'opening' | 'open' | 'ending' | 'over'

export class ClientSession {
  readonly via: string
  readonly #socket: Socket
  readonly #options: ClientSessionOptions
  readonly #decoder = new SessionDecoder('client', 'duplex')
  readonly #opened = Promise.withResolvers<void>()
  readonly #over = new AbortController()
  #state: State = 'opening'

  private constructor(destination: Destination, options: ClientSessionOptions) {
    this.via = destination.via
    this.#options = options
    this.#opened.promise.catch(() => {}) // told by `open`, if that still waits
    this.#socket = openConnection(destination, 'duplex', options.contentType)
    this.#socket.on('data', (bytes: Buffer) => this.#arrived(bytes))
    this.#socket.on('end', () => this.#lost('the service closed the connection'))
    this.#socket.on('error', (error) => this.abandon(connectionFailed(this.via, error)))
    this.#socket.on('close', () => this.#lost('the connection was closed'))
  }

  /** Resolves when the service has accepted. Rejects with CommunicationError, or with the signal's reason. */
  static async open(
    destination: Destination,
    options: ClientSessionOptions,
    signal: AbortSignal,
  ): Promise<ClientSession> {
    signal.throwIfAborted()
    const session = new ClientSession(destination, options)
    try {
      await orAbort(session.#opened.promise, signal)
      return session
    } catch (error) {
      session.abandon(error)
      throw error
    }
  }

  get isOpen(): boolean {
    return this.#state === 'open'
  }

  /** Aborts when the session takes no more messages, with the reason. */
  get signal(): AbortSignal {
    return this.#over.signal
  }

  /** Resolves when the message has left this process. */
  send(envelope: Uint8Array): Promise<void> {
    if (!this.isOpen) return Promise.reject(this.signal.reason)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#socket.cork()
    this.#socket.write(sizedEnvelopeHeader(envelope.length))
    this.#socket.write(envelope, (error) => (error ? reject(this.signal.reason ?? error) : resolve()))
    this.#socket.uncork()
    return promise
  }

  /** Ends the session as the framing has it, and the connection; resolves when it is gone, after `timeLimit` ms at most. */
  async close(timeLimit: number): Promise<void> {
    if (this.#state === 'open') {
      this.#state = 'ending'
      this.#over.abort(new CommunicationError('clientClosed', `the session with ${this.via} was closed`))
      this.#socket.write(end)
    }
    if (this.#socket.destroyed) return
    const closed = Promise.withResolvers<void>()
    this.#socket.once('close', () => closed.resolve())
    using limit = this.#options.clock.after(timeLimit, () => this.#socket.destroy())
    limit.unref()
    await closed.promise
  }

  /** Ends the connection at once: the service sees that its client is gone. */
  abandon(reason: unknown): void {
    this.#state = 'over'
    this.#over.abort(reason)
    this.#opened.reject(reason)
    this.#socket.destroy()
  }

  /** Whether this session keeps the process from ending. */
  keepsProcess(keeps: boolean): void {
    if (keeps) this.#socket.ref()
    else this.#socket.unref()
  }

  #arrived(bytes: Buffer): void {
    if (this.#state === 'over') return
    try {
      this.#decoder.feed(bytes)
      for (let item = this.#decoder.next(); item && !this.#isOver(); item = this.#decoder.next()) this.#take(item)
    } catch (cause) {
      const says = `${this.via}: ${cause instanceof Error ? cause.message : String(cause)}`
      this.abandon(new CommunicationError('protocol', says, { cause }))
    }
  }

  #isOver(): boolean {
    return this.#state === 'over'
  }

  #take(item: SessionItem): void {
    switch (item.is) {
      case 'preambleAck':
        this.#state = 'open'
        this.#opened.resolve()
        break
      case 'fault':
        this.abandon(framingFault(this.via, item.uri))
        break
      case 'envelopeAnnounced':
        this.#checkSize(item.size)
        break
      case 'envelope':
        if (this.#state === 'open') this.#options.received(item.bytes)
        break
      case 'end':
        this.#ended()
        break
      default:
        this.abandon(new CommunicationError('protocol', `${this.via}: the service sent what nobody asked for`))
    }
  }

  #checkSize(size: number): void {
    const { maxReceivedMessageSize: limit } = this.#options
    if (size > limit) this.abandon(tooLarge(this.via, size, limit))
  }

  /** Nothing follows the service's End; it waits for ours. */
  #ended(): void {
    if (this.#state !== 'ending') this.#socket.write(end)
    this.#state = 'over'
    this.#over.abort(new CommunicationError('connectionLost', `${this.via}: the service ended the session`))
    this.#socket.end()
    this.#socket.destroySoon()
  }

  #lost(how: string): void {
    if (this.#state === 'over') return
    const says = this.#state === 'opening' ? `${how} instead of opening a session` : how
    this.abandon(new CommunicationError('connectionLost', `${this.via}: ${says}`))
  }
}
