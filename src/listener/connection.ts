/** An accepted connection while it is ours: it can be looked at without taking a byte, answered, and closed. */
import type { Socket } from 'node:net'
import type { ConnectionJourney } from '#activation/connection-journey.ts'
import type { Clock } from '#base/clock.ts'
import type { PorticoError } from '#base/errors.ts'
import { orAbort } from '#base/signal.ts'
import { descriptorOf } from '#syscalls/descriptor.ts'
import { hasHungUp, isBroken, type Peek, peek } from '#syscalls/sockets.ts'

/** One end of a connection. */
export interface Endpoint {
  readonly address: string
  readonly port: number
}

/** What is read and thrown away behind an answer at most, so that the client gets to read it. */
const greatestDrain = 65_536
/** Milliseconds for the client to read an answer and to close. */
const answerLimit = 10_000

export class Connection implements Disposable {
  readonly number: number
  readonly remote: Endpoint
  readonly local: Endpoint
  /** Milliseconds since the epoch. */
  readonly acceptedAt: number
  /** What it asks for, once that is known; for the log. */
  via: string | undefined
  /** Undefined unless somebody has asked for it. */
  journey: ConnectionJourney | undefined
  readonly #socket: Socket
  readonly #way = new AbortController()

  constructor(socket: Socket, number: number, acceptedAt = 0) {
    this.#socket = socket
    this.number = number
    this.acceptedAt = acceptedAt
    this.remote = { address: plain(socket.remoteAddress), port: socket.remotePort ?? 0 }
    this.local = { address: plain(socket.localAddress), port: socket.localPort ?? 0 }
    socket.on('error', () => {}) // what happens to the connection shows when it is used
  }

  /** Aborts when its way ends before anybody has taken it. */
  get signal(): AbortSignal {
    return this.#way.signal
  }

  /** Ends its way: it is answered as `why` says. */
  giveUp(why: PorticoError): void {
    this.#way.abort(why)
  }

  /** Stays the same while the connection is ours. */
  get descriptor(): number {
    return descriptorOf(this.#socket)
  }

  /** Copies what has arrived into `buffer` and leaves it where it is: whoever gets the connection gets all of it. */
  peek(buffer: Uint8Array): Peek {
    return peek(this.descriptor, buffer)
  }

  /** Whether the client will send nothing more. */
  get hasHungUp(): boolean {
    return hasHungUp(this.descriptor)
  }

  /** Whether the client has broken it off: nobody is there to be answered. */
  get isGone(): boolean {
    return isBroken(this.descriptor)
  }

  /**
   * Sends `bytes`, ends our side, and reads on until the client closes: closing with bytes unread would reset the
   * connection and destroy the answer on its way. An abort of the signal closes at once.
   */
  async answer(bytes: Uint8Array, clock: Clock, signal: AbortSignal): Promise<void> {
    const socket = this.#socket
    if (socket.destroyed) return
    const { promise: over, resolve } = Promise.withResolvers<void>()
    using _limit = clock.after(answerLimit, resolve)
    let drained = 0
    socket.once('close', () => resolve())
    socket.once('end', () => resolve())
    socket.on('data', (chunk) => {
      drained += chunk.byteLength
      if (drained > greatestDrain) resolve()
    })
    socket.resume() // it was accepted paused, and then a listener alone reads nothing
    socket.end(bytes)
    await orAbort(over, signal).catch(() => {})
    socket.destroy()
  }

  /** Closes our copy. With bytes unread and no other copy, the client sees the connection reset. */
  [Symbol.dispose](): void {
    this.#socket.destroy()
  }
}

/** The address without the wrapping that a socket for both families puts around IPv4. */
function plain(address = ''): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}
