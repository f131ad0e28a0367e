/** The way of connections to one registration of a peer: at most so many of them without an answer, the others wait. */
import type { Dispatchable, DispatchOutcome } from '#activation/worker-channel.ts'
import { Slots } from '#base/slots.ts'
import type { Channel } from './channel.ts'

export class HandOff {
  readonly #channel: Channel
  readonly #registration: number
  readonly #window: Slots
  #ended: Error | undefined
  readonly #offered = new Set<number>()
  #dispatched = 0

  /** `window`: so many connections may be offered at once. */
  constructor(channel: Channel, registration: number, window: number) {
    this.#channel = channel
    this.#registration = registration
    this.#window = new Slots(window)
  }

  /** Connections that the peer has been offered and has not answered for. */
  get unacknowledged(): number {
    return this.#offered.size
  }

  /** The number of each of them. */
  get offered(): ReadonlySet<number> {
    return this.#offered
  }

  /** Connections that the peer has taken. */
  get dispatched(): number {
    return this.#dispatched
  }

  resize(window: number): void {
    this.#window.resize(window)
  }

  /**
   * Hands the connection over, within the window: one that is given up counts there until the peer has answered for it. It is lost to the peer when the registration ends before it is sent.
   */
  async dispatch(dispatchable: Dispatchable, signal: AbortSignal): Promise<DispatchOutcome> {
    const { number: connection, descriptor, via, remote, local } = dispatchable
    const place = this.#window.tryTake() ?? (await this.#take(signal))
    const over = () => place?.[Symbol.dispose]()
    if (this.#ended) {
      over()
      return { is: 'lost', reason: this.#ended.message }
    }
    const dispatch = { connection, registration: this.#registration, via, remote, local }
    this.#offered.add(connection)
    dispatchable.journey?.reached('offered to the process')
    try {
      const outcome = await this.#channel.dispatch(dispatch, descriptor, signal, over)
      if (outcome.is === 'accepted') this.#dispatched++
      return outcome
    } finally {
      this.#offered.delete(connection)
    }
  }

  /** The registration has ended: nothing more is sent; what has been sent the peer may still take. */
  end(reason: string): void {
    this.#ended ??= new Error(reason)
    this.#window.close(this.#ended)
  }

  /** A place in the window; none once the registration has ended. */
  async #take(signal: AbortSignal): Promise<Disposable | undefined> {
    try {
      return await this.#window.take(signal)
    } catch (reason) {
      if (reason === this.#ended) return undefined
      throw reason
    }
  }
}
