/** One session of net.tcp framing as the application sees it, from the preamble to both Ends. */
import { PorticoError, sentenceOf } from '#base/errors.ts'
import { end, preambleAck } from '#framing/envelopes.ts'
import type { Preamble } from '#framing/preamble.ts'
import { SessionDecoder, type SessionItem } from '#framing/session-decoder.ts'
import type { Refusal, Session } from './application.ts'
import { type Connection, clientGone } from './connection.ts'
import { ignore, iterable, observed, rejected } from './observed.ts'
import { envelopeParts, streamParts } from './outgoing.ts'

/** What is discarded at most when the application is done before the client is. */
const discardLimit = 65_536

const closedEarly = 'it closed its side without ending the session'

/** Where a session is. `closing` begins when the application is done with it. */
type State =
  | { readonly is: 'offered' }
  | { readonly is: 'accepting'; readonly done: Promise<void> }
  | { readonly is: 'open' }
  | { readonly is: 'refused' }
  | { readonly is: 'closing' }

export class ServerSession implements Session {
  readonly mode: 'duplex' | 'singleton'
  readonly contentType: string
  readonly via: string
  readonly #connection: Connection
  readonly #maxSize: number
  readonly #decoder: SessionDecoder
  readonly #accepted = Promise.resolve()
  #state: State = { is: 'offered' }
  #ended: AbortController | undefined
  #clientHasEnded = false
  #replied = false
  #received = 0
  #reading: Promise<unknown> | undefined
  #streaming: Promise<void> | undefined

  constructor(connection: Connection, preamble: Preamble, maxReceivedMessageSize: number) {
    this.mode = preamble.mode
    this.contentType = preamble.contentType
    this.via = preamble.via
    this.#connection = connection
    this.#maxSize = maxReceivedMessageSize
    this.#decoder = new SessionDecoder('server', preamble.mode, preamble.length)
    connection.onClientClosed = () => this.#clientClosed()
  }

  get signal(): AbortSignal {
    if (!this.#ended) {
      this.#ended = new AbortController()
      if (this.#connection.signal.aborted) this.#connectionOver()
      else this.#connection.signal.addEventListener('abort', this.#connectionOver)
    }
    return this.#ended.signal
  }

  get isRefused(): boolean {
    return this.#state.is === 'refused'
  }

  accept(): Promise<void> {
    switch (this.#state.is) {
      case 'open':
        return this.#accepted
      case 'accepting':
        return this.#state.done
      case 'offered': {
        const done = observed(this.#acknowledge())
        this.#state = { is: 'accepting', done }
        return done
      }
      case 'refused':
      case 'closing':
        return rejected(this.#misuse(`it is ${this.#state.is}`))
    }
  }

  refuse(fault: Refusal): Promise<void> {
    if (this.#connection.signal.aborted) return rejected(this.#connection.signal.reason)
    if (this.#state.is !== 'offered') return rejected(this.#misuse('it is accepted, no fault can follow'))
    this.#state = { is: 'refused' }
    return this.#connection.endWithFault(fault, new PorticoError('SESSION_REFUSED', { via: this.via, fault }))
  }

  send(envelope: Uint8Array | AsyncIterable<Uint8Array>): Promise<void> {
    return observed(this.mode === 'duplex' ? this.#sendEnvelope(envelope) : this.#sendReply(envelope))
  }

  chunks(): AsyncIterable<Buffer> {
    if (this.mode === 'duplex') throw this.#misuse('chunks() is for singleton sessions')
    return iterable(() => this.#whenOpen(() => this.#nextPiece()))
  }

  [Symbol.asyncIterator](): AsyncIterator<Buffer> {
    const next = this.mode === 'duplex' ? () => this.#nextEnvelope() : () => this.#wholeStream()
    return iterable(() => this.#whenOpen(next))[Symbol.asyncIterator]()
  }

  /** The application has had its time to accept. */
  acceptTimeIsUp(limit: number): void {
    const why = `it took longer than ${limit} ms`
    if (this.#state.is === 'offered') this.#endUnaccepted(why)
    // The application has accepted, but the client has not said that its preamble is complete.
    else if (this.#state.is === 'accepting')
      this.#connection.fail(new PorticoError('PREAMBLE_TIMED_OUT', { seconds: limit / 1000 }))
  }

  /** The application is done: ends our side, waits for the client's End. False when the client closed instead. */
  async close(timeLimit: number): Promise<boolean> {
    if (this.#state.is === 'offered') this.#endUnaccepted('its handler returned without')
    else await this.accept()
    await this.#streaming?.catch(ignore)
    this.#connection.signal.throwIfAborted()
    this.#state = { is: 'closing' }
    using _limit = this.#connection.after(timeLimit, () => this.#failUnended(`not within ${timeLimit} ms`))
    await this.#connection.write(end)
    const hasEnded = await this.#inTurn(() => this.#discardToEnd())
    this.#release()
    return hasEnded
  }

  #endUnaccepted(why: string): void {
    const error = new PorticoError('SESSION_NOT_ACCEPTED', { via: this.via, why })
    this.#connection.endWithFault('ServiceActivationFailed', error)
  }

  #release(reason?: unknown): void {
    this.#connection.onClientClosed = undefined
    this.#connection.signal.removeEventListener('abort', this.#connectionOver)
    this.#ended?.abort(reason)
  }

  readonly #connectionOver = (): void => this.#release(this.#connection.signal.reason)

  async #acknowledge(): Promise<void> {
    const item = await this.#inTurn(() => this.#nextItem())
    if (item.is === 'upgradeRequest') {
      const error = new PorticoError('UPGRADE_NOT_OFFERED', { via: this.via, upgrade: item.contentType })
      this.#connection.endWithFault('UpgradeInvalid', error)
      throw error
    }
    const written = this.#connection.write(preambleAck)
    this.#state = { is: 'open' }
    await written
  }

  async #sendEnvelope(envelope: Uint8Array | AsyncIterable<Uint8Array>): Promise<void> {
    const whole = envelope instanceof Uint8Array ? envelope : Buffer.concat(await Array.fromAsync(envelope))
    await this.accept()
    await this.#connection.write(...envelopeParts(whole))
  }

  async #sendReply(envelope: Uint8Array | AsyncIterable<Uint8Array>): Promise<void> {
    if (this.#replied) throw this.#misuse('a singleton session has one reply')
    this.#replied = true
    this.#streaming = this.#stream(envelope)
    await this.#streaming
  }

  async #stream(envelope: Uint8Array | AsyncIterable<Uint8Array>): Promise<void> {
    await this.accept()
    try {
      for await (const parts of streamParts(envelope)) await this.#connection.write(...parts)
    } catch (error) {
      // Half a reply can't be taken back, and nothing else may follow it.
      this.#connection.fail(
        new PorticoError('SESSION_FAILED', { via: this.via, reason: sentenceOf(error) }, { cause: error }),
      )
      throw error
    }
  }

  async #nextEnvelope(): Promise<Buffer | undefined> {
    while (!this.#clientHasEnded) {
      const item = await this.#nextItem()
      if (item.is === 'envelope') return item.bytes
      if (item.is === 'envelopeAnnounced' && item.size > this.#maxSize) throw this.#tooLarge(item.size)
    }
    return undefined
  }

  async #nextPiece(): Promise<Buffer | undefined> {
    while (!this.#clientHasEnded) {
      const item = await this.#nextItem()
      if (item.is === 'piece') return item.bytes
      if (item.is !== 'chunkAnnounced') continue
      this.#received += item.size
      if (this.#received > this.#maxSize) throw this.#tooLarge(this.#received)
    }
    return undefined
  }

  async #wholeStream(): Promise<Buffer | undefined> {
    if (this.#clientHasEnded) return undefined
    const pieces: Buffer[] = []
    for (let piece = await this.#nextPiece(); piece; piece = await this.#nextPiece()) pieces.push(piece)
    return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces)
  }

  async #discardToEnd(): Promise<boolean> {
    let discarded = 0
    while (!this.#clientHasEnded) {
      const item = await this.#nextItem(true)
      if (!item) return false
      if (item.is === 'envelopeAnnounced' || item.is === 'chunkAnnounced') discarded += item.size
      if (discarded > discardLimit) throw this.#failUnended(`it still sent more than ${discardLimit} bytes`)
    }
    return true
  }

  #nextItem(): Promise<SessionItem>
  #nextItem(mayClose: true): Promise<SessionItem | undefined>
  async #nextItem(mayClose = false): Promise<SessionItem | undefined> {
    try {
      for (;;) {
        const item = this.#decoder.next()
        if (item?.is === 'end') {
          this.#clientHasEnded = true
          this.#connection.unread(this.#decoder.rest())
        }
        if (item) return item
        const bytes = await this.#connection.read()
        if (bytes) this.#decoder.feed(bytes)
        else if (mayClose) return undefined
        else throw clientGone(this.via, closedEarly)
      }
    } catch (error) {
      this.#connection.fail(error)
      throw this.#connection.signal.reason
    }
  }

  #whenOpen<T>(read: () => Promise<T>): Promise<T> {
    if (this.#state.is === 'open') return this.#inTurn(read)
    return this.accept().then(() => this.#inTurn(read))
  }

  /** Reads of the application take turns; each begins when the one before has got what it wants. */
  #inTurn<T>(read: () => Promise<T>): Promise<T> {
    const turn = this.#reading ? this.#reading.then(read, read) : read()
    const settled = turn.catch(ignore).then(() => {
      if (this.#reading === settled) this.#reading = undefined
    })
    this.#reading = settled
    return turn
  }

  /** The client closed its side. Whoever reads finds out; otherwise the application must be told. */
  #clientClosed(): void {
    const isRead = this.#reading !== undefined || this.#connection.hasBytes || this.#decoder.rest().length > 0
    if (isRead || this.#clientHasEnded) return
    this.#connection.fail(clientGone(this.via, closedEarly))
  }

  #tooLarge(size: number): PorticoError {
    const error = new PorticoError('MESSAGE_TOO_LARGE', { via: this.via, size, limit: this.#maxSize })
    if (this.mode === 'duplex') this.#connection.endWithFault('MaxMessageSizeExceededFault', error)
    else this.#connection.fail(error)
    return error
  }

  #failUnended(why: string): PorticoError {
    const error = new PorticoError('SESSION_NOT_ENDED', { via: this.via, why })
    this.#connection.fail(error)
    return error
  }

  #misuse(problem: string): PorticoError {
    return new PorticoError('SESSION_MISUSED', { via: this.via, problem })
  }
}
