/** What the client of a session sends, read in turns: envelopes, or the pieces of a streamed one, up to its End. */
import { PorticoError } from '#base/errors.ts'
import type { Preamble } from '#framing/preamble.ts'
import { SessionDecoder, type SessionItem } from '#framing/session-decoder.ts'
import { type Connection, clientGone, closedEarly } from './connection.ts'
import { ignore } from './observed.ts'

/** What is discarded at most when the application is done before the client is. */
const discardLimit = 65_536

export class Incoming {
  readonly #connection: Connection
  readonly #mode: Preamble['mode']
  readonly #maxSize: number
  readonly #decoder: SessionDecoder
  #clientHasEnded = false
  #received = 0
  #reading: Promise<unknown> | undefined

  constructor(connection: Connection, preamble: Preamble, maxReceivedMessageSize: number) {
    this.#connection = connection
    this.#mode = preamble.mode
    this.#maxSize = maxReceivedMessageSize
    this.#decoder = new SessionDecoder('server', preamble.mode, preamble.length)
    connection.onClientClosed = () => this.#clientClosed()
  }

  /** Reads of the application take turns; each begins when the one before has got what it wants. */
  inTurn<T>(read: () => Promise<T>): Promise<T> {
    const turn = this.#reading ? this.#reading.then(read, read) : read()
    const settled = turn.catch(ignore).then(() => {
      if (this.#reading === settled) this.#reading = undefined
    })
    this.#reading = settled
    return turn
  }

  /** What ends the opening: the end of the preamble, or the wish for an upgrade. */
  opening(): Promise<SessionItem> {
    return this.#nextItem()
  }

  async envelope(): Promise<Buffer | undefined> {
    while (!this.#clientHasEnded) {
      const item = await this.#nextItem()
      if (item.is === 'envelope') return item.bytes
      if (item.is === 'envelopeAnnounced' && item.size > this.#maxSize) throw this.#tooLarge(item.size)
    }
    return undefined
  }

  async piece(): Promise<Buffer | undefined> {
    while (!this.#clientHasEnded) {
      const item = await this.#nextItem()
      if (item.is === 'piece') return item.bytes
      if (item.is !== 'chunkAnnounced') continue
      this.#received += item.size
      if (this.#received > this.#maxSize) throw this.#tooLarge(this.#received)
    }
    return undefined
  }

  async wholeStream(): Promise<Buffer | undefined> {
    if (this.#clientHasEnded) return undefined
    const pieces: Buffer[] = []
    for (let piece = await this.piece(); piece; piece = await this.piece()) pieces.push(piece)
    return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces)
  }

  /** Discards what comes before the client's End. False when the client closed without it. */
  async discardToEnd(): Promise<boolean> {
    let discarded = 0
    while (!this.#clientHasEnded) {
      const item = await this.#nextItem(true)
      if (!item) return false
      if (item.is === 'envelopeAnnounced' || item.is === 'chunkAnnounced') discarded += item.size
      if (discarded > discardLimit) throw this.failUnended(`it still sent more than ${discardLimit} bytes`)
    }
    return true
  }

  /** Ends the connection of a client that does not end its session. */
  failUnended(why: string): PorticoError {
    const error = new PorticoError('SESSION_NOT_ENDED', { via: this.#connection.via, why })
    this.#connection.fail(error)
    return error
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
        else throw clientGone(this.#connection.via, closedEarly)
      }
    } catch (error) {
      this.#connection.fail(error)
      throw this.#connection.signal.reason
    }
  }

  /** The client closed its side. Whoever reads finds out; otherwise the application must be told. */
  #clientClosed(): void {
    const isRead = this.#reading !== undefined || this.#connection.hasBytes || this.#decoder.rest().length > 0
    if (isRead || this.#clientHasEnded) return
    this.#connection.fail(clientGone(this.#connection.via, closedEarly))
  }

  #tooLarge(size: number): PorticoError {
    const error = new PorticoError('MESSAGE_TOO_LARGE', { via: this.#connection.via, size, limit: this.#maxSize })
    if (this.#mode === 'duplex') this.#connection.endWithFault('MaxMessageSizeExceededFault', error)
    else this.#connection.fail(error)
    return error
  }
}
