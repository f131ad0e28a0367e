/** One session of net.tcp framing as the application sees it, from the preamble to both Ends. */
import { PorticoError, sentenceOf } from '#base/errors.ts'
import { end, preambleAck } from '#framing/envelopes.ts'
import type { Preamble } from '#framing/preamble.ts'
import type { SessionItem } from '#framing/session-decoder.ts'
import { endNotAdmitted, notAccepted } from './admission.ts'
import type { Refusal, Session } from './application.ts'
import { CollectedOutput } from './collected-output.ts'
import type { Connection } from './connection.ts'
import { Incoming } from './incoming.ts'
import { ignore, iterable, observed, rejected } from './observed.ts'
import { envelopeParts, streamParts } from './outgoing.ts'
import type { Transport } from './transport.ts'

export interface ServerSessionOptions {
  readonly transport: Transport
  readonly maxReceivedMessageSize: number
  /** Called when the application accepts or refuses. */
  answered(): void
}

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
  readonly #options: ServerSessionOptions
  readonly #incoming: Incoming
  readonly #accepted = Promise.resolve()
  #state: State = { is: 'offered' }
  #ended: AbortController | undefined
  #replied = false
  #streaming: Promise<void> | undefined

  constructor(connection: Connection, preamble: Preamble, options: ServerSessionOptions) {
    this.mode = preamble.mode
    this.contentType = preamble.contentType
    this.via = preamble.via
    this.#connection = connection
    this.#options = options
    this.#incoming = new Incoming(connection, preamble, options.maxReceivedMessageSize)
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
        this.#options.answered()
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
    this.#options.answered()
    return this.#connection.endWithFault(fault, new PorticoError('SESSION_REFUSED', { via: this.via, fault }))
  }

  send(envelope: Uint8Array | AsyncIterable<Uint8Array>): Promise<void> {
    return observed(this.mode === 'duplex' ? this.#sendEnvelope(envelope) : this.#sendReply(envelope))
  }

  chunks(): AsyncIterable<Buffer> {
    if (this.mode === 'duplex') throw this.#misuse('chunks() is for singleton sessions')
    return iterable(() => this.#whenOpen(() => this.#incoming.piece()))
  }

  [Symbol.asyncIterator](): AsyncIterator<Buffer> {
    const next = this.mode === 'duplex' ? () => this.#incoming.envelope() : () => this.#incoming.wholeStream()
    return iterable(() => this.#whenOpen(next))[Symbol.asyncIterator]()
  }

  /** The application is done: ends our side, waits for the client's End. False when the client closed instead. */
  async close(timeLimit: number): Promise<boolean> {
    if (this.#state.is === 'offered')
      endNotAdmitted(this.#connection, notAccepted(this.via, 'its handler returned without'))
    else await this.accept()
    await this.#streaming?.catch(ignore)
    this.#connection.signal.throwIfAborted()
    this.#state = { is: 'closing' }
    using _limit = this.#connection.after(timeLimit, () => this.#incoming.failUnended(`not within ${timeLimit} ms`))
    await this.#connection.write(end)
    const hasEnded = await this.#incoming.inTurn(() => this.#incoming.discardToEnd())
    this.#release()
    return hasEnded
  }

  #release(reason?: unknown): void {
    this.#connection.onClientClosed = undefined
    this.#connection.signal.removeEventListener('abort', this.#connectionOver)
    this.#ended?.abort(reason)
  }

  readonly #connectionOver = (): void => this.#release(this.#connection.signal.reason)

  async #acknowledge(): Promise<void> {
    const item = await this.#endOfPreamble()
    if (item.is === 'upgradeRequest') {
      const error = new PorticoError('UPGRADE_NOT_OFFERED', { via: this.via, upgrade: item.contentType })
      this.#connection.endWithFault('UpgradeInvalid', error)
      throw error
    }
    const written = this.#connection.write(preambleAck)
    this.#state = { is: 'open' }
    await written
  }

  /** The application waits only for the client now, which has the time of a preamble. */
  async #endOfPreamble(): Promise<SessionItem> {
    using _limit = this.#connection.preambleWithin(this.#options.transport.settings.channelInitializationTimeout)
    return await this.#incoming.inTurn(() => this.#incoming.opening())
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
    using output = new CollectedOutput(this.#connection, this.#options.transport)
    try {
      for await (const parts of streamParts(envelope)) await output.write(...parts)
      await output.flush()
    } catch (error) {
      // What the application has given by then is sent; it can't be taken back, and nothing else may follow it.
      observed(output.flush())
      this.#connection.fail(
        new PorticoError('SESSION_FAILED', { via: this.via, reason: sentenceOf(error) }, { cause: error }),
      )
      throw error
    }
  }

  #whenOpen<T>(read: () => Promise<T>): Promise<T> {
    if (this.#state.is === 'open') return this.#incoming.inTurn(read)
    return this.accept().then(() => this.#incoming.inTurn(read))
  }

  #misuse(problem: string): PorticoError {
    return new PorticoError('SESSION_MISUSED', { via: this.via, problem })
  }
}
