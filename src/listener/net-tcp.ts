/** The listener adapter for net.tcp: finds the via in the preamble, and refuses with framing faults. */
import type { Reply } from '#base/catalogue.ts'
import { type Clock, sleep } from '#base/clock.ts'
import { PorticoError } from '#base/errors.ts'
import { encodeFault } from '#framing/faults.ts'
import { maxPreambleSize, readPreamble } from '#framing/preamble.ts'
import type { ListenerAdapter, Opening } from './adapter.ts'
import type { Connection } from './connection.ts'

/** Milliseconds until a connection is looked at again: grows with the time it has been silent, up to a bound. */
const secondLook = { first: 1, greatest: 250, growth: 1.5 } as const

export class NetTcpAdapter implements ListenerAdapter {
  readonly protocol = 'net.tcp'
  readonly #clock: Clock
  readonly #receiveTimeout: () => number
  /** Every look is over before the next begins, so one buffer serves all. */
  readonly #buffer = Buffer.alloc(maxPreambleSize)
  #received = 0

  constructor(clock: Clock, receiveTimeout: () => number) {
    this.#clock = clock
    this.#receiveTimeout = receiveTimeout
  }

  readOpening(connection: Connection, signal: AbortSignal): Opening | Promise<Opening> {
    return this.#look(connection) ?? this.#lookAgain(connection, signal)
  }

  refusal(reply: Reply): Uint8Array | undefined {
    return reply === 'close' || reply === 'none' ? undefined : encodeFault(reply)
  }

  /** The opening, when all of it is there. Throws when what is there can't become one. */
  #look(connection: Connection): Opening | undefined {
    const found = connection.peek(this.#buffer)
    this.#received = found.is === 'bytes' ? found.count : 0
    if (found.is === 'end') throw new PorticoError('PREAMBLE_CUT_OFF', { received: 0 })
    if (found.is === 'nothing') return undefined
    const reading = readPreamble(this.#buffer.subarray(0, found.count))
    if (reading.is === 'complete') return reading.preamble
    if (reading.is === 'incomplete') return undefined
    const { says, position, state } = reading.problem
    throw new PorticoError('FRAMING_INVALID', { problem: says, position, state })
  }

  async #lookAgain(connection: Connection, signal: AbortSignal): Promise<Opening> {
    const limit = this.#receiveTimeout()
    const deadline = this.#clock.elapsed() + limit
    for (let wait: number = secondLook.first; ; wait = Math.min(wait * secondLook.growth, secondLook.greatest)) {
      const left = deadline - this.#clock.elapsed()
      if (left <= 0) throw new PorticoError('PREAMBLE_TIMED_OUT', { seconds: limit / 1000 })
      await sleep(this.#clock, Math.min(wait, left), signal)
      const hungUp = connection.hasHungUp // asked before the look, so that nothing can come between the two
      const opening = this.#look(connection)
      if (opening) return opening
      if (hungUp) throw new PorticoError('PREAMBLE_CUT_OFF', { received: this.#received })
    }
  }
}
