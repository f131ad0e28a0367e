/** The client's end of a singleton session: one message there and one back, both in pieces, on a connection of its own. */
import type { Socket } from 'node:net'
import { PorticoError } from '#base/errors.ts'
import { chunkHeader, end, unsizedEnvelopeEnd, unsizedEnvelopeStart } from '#framing/envelopes.ts'
import { SessionDecoder, type SessionItem } from '#framing/session-decoder.ts'
import { CommunicationError, framingFault } from './communication-error.ts'
import { connectionFailed, openConnection, tooLarge } from './connect.ts'
import type { Destination } from './destination.ts'

export interface StreamedSessionOptions {
  readonly contentType: string
  /** Bytes. */
  readonly maxReceivedMessageSize: number
}

export class StreamedSession implements Disposable {
  readonly #via: string
  readonly #socket: Socket
  readonly #maxSize: number
  readonly #bytes: AsyncIterator<Buffer>
  readonly #decoder = new SessionDecoder('client', 'singleton')
  #failure: { readonly reason: unknown } | undefined

  /** Connects, and asks for a session. */
  constructor(destination: Destination, { contentType, maxReceivedMessageSize }: StreamedSessionOptions) {
    this.#via = destination.via
    this.#maxSize = maxReceivedMessageSize
    this.#socket = openConnection(destination, 'singleton', contentType)
    this.#socket.on('error', () => {}) // reaches who reads
    this.#bytes = this.#socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  }

  /** Resolves when the service has accepted. */
  async opened(): Promise<void> {
    const { is } = await this.#next()
    if (is !== 'preambleAck')
      throw new CommunicationError('protocol', `${this.#via}: the answer ${is} was not asked for`)
  }

  /** Sends the message, at the pace of the service. Rejects with what `pieces` throws; a broken connection is for who reads. */
  async send(pieces: Iterable<Buffer> | AsyncIterable<Buffer>): Promise<void> {
    this.#socket.write(unsizedEnvelopeStart)
    for await (const piece of pieces) {
      if (piece.length === 0) continue
      this.#socket.write(chunkHeader(piece.length))
      if (!this.#socket.write(piece)) await this.#drained()
      if (this.#socket.destroyed) return
    }
    this.#socket.write(Buffer.concat([unsizedEnvelopeEnd, end]))
  }

  /** The message of the service, up to the end of the session; none when it sends none. */
  async *received(): AsyncGenerator<Buffer> {
    let size = 0
    for (;;) {
      const item = await this.#next()
      if (item.is === 'end') return
      if (item.is !== 'piece') continue
      size += item.bytes.length
      if (size > this.#maxSize) throw tooLarge(this.#via, size, this.#maxSize)
      yield item.bytes
    }
  }

  /** Breaks it off: whoever waits for it gets the reason. */
  fail(reason: unknown): void {
    this.#failure ??= { reason }
    this.#socket.destroy()
  }

  /** Lets what was sent leave, and closes. */
  [Symbol.dispose](): void {
    this.#socket.destroySoon()
  }

  async #next(): Promise<SessionItem> {
    try {
      for (;;) {
        const item = this.#decoder.next()
        if (item?.is === 'fault') throw framingFault(this.#via, item.uri)
        if (item) return item
        const { done, value } = await this.#bytes.next()
        if (done) throw new CommunicationError('connectionLost', `${this.#via}: the service closed the connection`)
        this.#decoder.feed(value)
      }
    } catch (cause) {
      if (this.#failure) throw this.#failure.reason
      if (cause instanceof CommunicationError) throw cause
      if (cause instanceof PorticoError) {
        throw new CommunicationError('protocol', `${this.#via}: ${cause.message}`, { cause })
      }
      throw connectionFailed(this.#via, cause as NodeJS.ErrnoException)
    }
  }

  #drained(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const settle = () => {
      this.#socket.off('drain', settle)
      this.#socket.off('close', settle)
      resolve()
    }
    this.#socket.on('drain', settle)
    this.#socket.on('close', settle)
    return promise
  }
}
