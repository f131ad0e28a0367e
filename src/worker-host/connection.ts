/** Owns the socket of one net.tcp connection: bytes come when asked for, go with back-pressure, and its end has one cause. */
import type { Socket } from 'node:net'
import type { Clock, Timer } from '#base/clock.ts'
import { PorticoError } from '#base/errors.ts'
import { encodeFault, type FaultName } from '#framing/faults.ts'

/** What is discarded at most after a fault, so that the client's own bytes don't make the kernel destroy it unread. */
const drainLimit = 65_536

export interface ConnectionOptions {
  readonly clock: Clock
  readonly signal: AbortSignal
  /** How long the last bytes may take to leave, in milliseconds. */
  readonly closeTimeLimit: number
}

export class Connection implements AsyncDisposable {
  /** The URI that the client asked for last, for sentences about the connection. */
  via = '(none yet)'
  /** Called when the client has closed its side and everything that it sent has been read. */
  onClientClosed: (() => void) | undefined
  readonly #socket: Socket
  readonly #options: ConnectionOptions
  readonly #over = new AbortController()
  #held: Buffer | undefined
  #readingStopped = false
  #isClosed = false
  /** Its sessions are over: that it closes is no news to anybody. */
  #isLeaving = false
  #farewell: Promise<void> | undefined
  #change: PromiseWithResolvers<void> | undefined

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket
    this.#options = options
    // The client may close its side before it has read our last bytes.
    socket.allowHalfOpen = true
    socket.setNoDelay(true)
    socket.on('readable', this.#changed)
    socket.on('end', this.#ended)
    socket.on('drain', this.#changed)
    socket.on('finish', this.#changed)
    socket.on('error', this.#failed)
    socket.on('close', this.#closed)
    options.signal.addEventListener('abort', this.#aborted)
    if (options.signal.aborted) this.#aborted()
    if (socket.closed) this.#closed()
  }

  /** Aborts with the first cause when the connection is over for the session that uses it. */
  get signal(): AbortSignal {
    return this.#over.signal
  }

  /** Further bytes; undefined when the client has closed its side, or `stopReading` was called and none is at hand. */
  async read(): Promise<Buffer | undefined> {
    for (;;) {
      this.signal.throwIfAborted()
      const bytes = this.#take()
      if (bytes) return bytes
      if (this.#socket.readableEnded || this.#readingStopped) return undefined
      await this.#nextChange()
    }
  }

  /** Whether `read` has something to return at once. */
  get hasBytes(): boolean {
    return this.#held !== undefined || this.#socket.readableLength > 0
  }

  /** Gives bytes back; the next `read` returns them. */
  unread(bytes: Buffer): void {
    this.#held = bytes.length === 0 ? undefined : bytes
  }

  /** Lets a `read` that finds no bytes end as if the client had closed. */
  stopReading(): void {
    this.#readingStopped = true
    this.#changed()
  }

  /** Writes the parts as one, at once; resolves when there is room for more. */
  async write(...parts: readonly Uint8Array[]): Promise<void> {
    this.signal.throwIfAborted()
    if (parts.length > 1) this.#socket.cork()
    for (const part of parts) this.#socket.write(part)
    if (parts.length > 1) this.#socket.uncork()
    while (this.#socket.writableNeedDrain) {
      await this.#nextChange()
      this.signal.throwIfAborted()
    }
  }

  /** Ends the connection without another byte. Of several causes the first one stays. */
  fail(cause: unknown): void {
    if (this.signal.aborted) return
    this.#over.abort(cause)
    this.#socket.destroy()
    this.#changed()
  }

  /** Ends the connection with a fault: half-closes, discards what the client still sends, closes. */
  endWithFault(fault: FaultName, cause: unknown, discardAtMost = drainLimit): Promise<void> {
    if (this.signal.aborted) return this.#farewell ?? Promise.resolve()
    this.#over.abort(cause)
    this.#socket.end(encodeFault(fault))
    this.#changed()
    this.#farewell = this.#discard(discardAtMost)
    return this.#farewell
  }

  /** Calls `expired` after `ms`, by the clock of the connection. */
  after(ms: number, expired: () => void): Timer {
    return this.#options.clock.after(ms, expired)
  }

  /** Ends the connection unless the client's preamble is complete within `ms`: then the timer is to be disposed. */
  preambleWithin(ms: number): Timer {
    return this.after(ms, () => this.fail(new PorticoError('PREAMBLE_TIMED_OUT', { seconds: ms / 1000 })))
  }

  /** Lets the last bytes leave, closes, and lets go of the socket. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isLeaving = true
    this.#options.signal.removeEventListener('abort', this.#aborted)
    await this.#farewell
    const socket = this.#socket
    if (!this.signal.aborted) {
      socket.end()
      using _limit = this.#destroyAfterLimit()
      while (!socket.writableFinished && !socket.destroyed) await this.#nextChange()
    }
    socket.destroy()
    while (!this.#isClosed) await this.#nextChange()
    socket.off('readable', this.#changed)
    socket.off('end', this.#ended)
    socket.off('drain', this.#changed)
    socket.off('finish', this.#changed)
    socket.off('error', this.#failed)
    socket.off('close', this.#closed)
  }

  async #discard(atMost: number): Promise<void> {
    const socket = this.#socket
    using _limit = this.#destroyAfterLimit()
    for (let discarded = 0; discarded <= atMost && !socket.readableEnded && !socket.destroyed; ) {
      const bytes = this.#take()
      discarded += bytes?.length ?? 0
      if (!bytes) await this.#nextChange()
    }
    socket.destroy()
  }

  #destroyAfterLimit(): Timer {
    return this.after(this.#options.closeTimeLimit, () => void this.#socket.destroy())
  }

  #take(): Buffer | undefined {
    const held = this.#held
    this.#held = undefined
    return held ?? (this.#socket.read() as Buffer | null) ?? undefined
  }

  #nextChange(): Promise<void> {
    this.#change ??= Promise.withResolvers()
    return this.#change.promise
  }

  readonly #changed = (): void => {
    const change = this.#change
    this.#change = undefined
    change?.resolve()
  }

  readonly #ended = (): void => {
    this.#changed()
    this.onClientClosed?.()
  }

  readonly #failed = (error: Error): void => {
    this.fail(clientGone(this.via, error.message, error))
    this.#changed()
  }

  readonly #closed = (): void => {
    this.#isClosed = true
    if (!this.#isLeaving) this.fail(clientGone(this.via, 'the connection closed'))
    this.#changed()
  }

  readonly #aborted = (): void => {
    this.fail(this.#options.signal.reason)
    this.#socket.destroy()
  }
}

export const closedEarly = 'it closed its side without ending the session'

export function clientGone(via: string, how: string, cause?: unknown): PorticoError<'SESSION_BROKEN_OFF'> {
  return new PorticoError('SESSION_BROKEN_OFF', { via, how }, { cause })
}
