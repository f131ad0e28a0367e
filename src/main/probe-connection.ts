/** The client's end of one net.tcp connection: what the server says, one thing at a time. */
import { connect, type Socket } from 'node:net'
import type { ConnectionEnds } from '#admin/journey.ts'
import { orAbort } from '#base/signal.ts'
import { preambleAck } from '#framing/envelopes.ts'
import { SessionDecoder, type SessionItem } from '#framing/session-decoder.ts'
import type { ProbeTarget } from './probe-target.ts'

/** The server has closed its side, in the order of TCP. */
export interface Closed {
  readonly is: 'closed'
}

/**
 * Milliseconds for one address of a name that has several; then the next is tried. Node's own 250 would give up
 * servers that are merely far away.
 */
const addressLimit = 2000

export class ProbeConnection implements Disposable {
  readonly #socket: Socket
  readonly #chunks: AsyncIterator<Buffer>
  #decoder = new SessionDecoder('client', 'duplex')
  #received = 0

  private constructor(socket: Socket) {
    this.#socket = socket
    this.#chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  }

  /** Rejects with the system's error, or with the signal's reason. */
  static async open(target: ProbeTarget, signal: AbortSignal): Promise<ProbeConnection> {
    const socket = connect({
      host: target.host,
      port: target.port,
      noDelay: true,
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: addressLimit,
    })
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    socket.once('connect', resolve)
    socket.on('error', reject) // later errors reach who reads; this listener keeps them from ending the process
    try {
      await orAbort(promise, signal)
    } catch (error) {
      socket.destroy()
      throw error
    }
    return new ProbeConnection(socket)
  }

  /** How many bytes the server has sent. */
  get received(): number {
    return this.#received
  }

  /** Whether the server runs on this machine: both ends have one address, or both have addresses of the loopback. */
  get staysHere(): boolean {
    const { localAddress, remoteAddress } = this.#socket
    if (remoteAddress === undefined) return false
    return remoteAddress === localAddress || isLoopback(remoteAddress)
  }

  /** Which connection it is, as the server sees it. */
  get ends(): ConnectionEnds {
    const { localAddress = '', localPort = 0, remotePort = 0 } = this.#socket
    return { address: localAddress.replace(/^::ffff:(?=.*\.)/, ''), port: localPort, to: remotePort }
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes)
  }

  /** What the server says next. Throws FRAMING_INVALID, and what breaks the connection. */
  async next(signal: AbortSignal): Promise<SessionItem | Closed> {
    for (;;) {
      const item = this.#decoder.next()
      if (item) return item
      const bytes = await this.#read(signal)
      if (!bytes) return { is: 'closed' }
      this.#decoder.feed(bytes)
    }
  }

  /** Passes over the content of an announced envelope without keeping it; false when the server closes within it. */
  async skip(size: number, signal: AbortSignal): Promise<boolean> {
    let missing = size
    let bytes: Buffer | undefined = this.#decoder.rest()
    while (bytes && bytes.length < missing) {
      missing -= bytes.length
      bytes = await this.#read(signal)
    }
    if (!bytes) return false
    this.#decoder = afterAcknowledgement()
    this.#decoder.feed(bytes.subarray(missing))
    return true
  }

  /** The bytes from the one on that were no framing. */
  get undecoded(): Buffer {
    return this.#decoder.rest()
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }

  async #read(signal: AbortSignal): Promise<Buffer | undefined> {
    const { done, value } = await orAbort(this.#chunks.next(), signal)
    if (done) return undefined
    this.#received += value.length
    return value
  }
}

/** A decoder that stands between two messages. */
function afterAcknowledgement(): SessionDecoder {
  const decoder = new SessionDecoder('client', 'duplex')
  decoder.feed(preambleAck)
  decoder.next()
  return decoder
}

function isLoopback(address: string): boolean {
  return /^(?:::ffff:)?127\./.test(address) || address === '::1'
}
