/** An accepted connection while it is ours: it can be looked at without taking a byte, answered, and closed. */
import type { ConnectionJourney } from '#activation/connection-journey.ts'
import type { Clock } from '#base/clock.ts'
import type { PorticoError } from '#base/errors.ts'
import { socketOf, type TcpHandle } from '#base/handle.ts'
import { orAbort } from '#base/signal.ts'
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
  readonly #handle: TcpHandle
  readonly #way = new AbortController()

  constructor(handle: TcpHandle, number: number, acceptedAt = 0) {
    this.#handle = handle
    this.number = number
    this.acceptedAt = acceptedAt
    this.remote = endpoint((into) => handle.getpeername(into))
    this.local = endpoint((into) => handle.getsockname(into))
  }

  /** Aborts when its way ends before anybody has taken it. */
  get signal(): AbortSignal {
    return this.#way.signal
  }

  /** Ends its way: it is answered as `why` says. */
  giveUp(why: PorticoError): void {
    this.#way.abort(why)
  }

  /** Stays the same while the connection is ours; -1 after that. */
  get descriptor(): number {
    return this.#handle.fd
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
    if (this.descriptor < 0) return
    const socket = socketOf(this.#handle, { allowHalfOpen: true, manualStart: true })
    const { promise: over, resolve } = Promise.withResolvers<void>()
    using _limit = clock.after(answerLimit, resolve)
    let drained = 0
    socket.on('error', () => {}) // 'close' follows
    socket.once('close', () => resolve())
    socket.once('end', () => resolve())
    socket.on('data', (chunk) => {
      drained += chunk.byteLength
      if (drained > greatestDrain) resolve()
    })
    socket.end(bytes)
    await orAbort(over, signal).catch(() => {})
    socket.destroy()
  }

  /** Closes our copy. With bytes unread and no other copy, the client sees the connection reset. */
  [Symbol.dispose](): void {
    this.#handle.close()
  }
}

/** What the system says of one end; of a connection that was reset at once it says nothing. */
function endpoint(ask: (into: object) => number): Endpoint {
  const { address, port = 0 }: { address?: string; port?: number } = asked(ask)
  return { address: plain(address), port }
}

function asked(ask: (into: object) => number): object {
  const said = {}
  return ask(said) === 0 ? said : {}
}

/** The address without the wrapping that a socket for both families puts around IPv4. */
function plain(address = ''): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}
