/** A limited number of places for work that runs at the same time; who comes first is served first. */
import { orAbort } from './signal.ts'

export class Slots {
  readonly #waiting: PromiseWithResolvers<void>[] = []
  #places: number
  #taken = 0
  #closedBecause: Error | undefined

  constructor(places: number) {
    this.#places = places
  }

  /** Takes a place, waiting for one when there is none; disposing gives it back. Throws why they were closed. */
  async take(signal: AbortSignal): Promise<Disposable> {
    signal.throwIfAborted()
    if (this.#closedBecause) throw this.#closedBecause
    if (this.#taken < this.#places) this.#taken++
    else await this.#turn(signal)
    let given = false
    return {
      [Symbol.dispose]: () => {
        if (given) return
        given = true
        this.#release()
      },
    }
  }

  get waiting(): number {
    return this.#waiting.length
  }

  /** Changes the number of places; who has one keeps it. */
  resize(places: number): void {
    this.#places = places
    this.#serve()
  }

  /** There are no places any more, neither for those who wait nor for those who come. */
  close(because: Error): void {
    this.#closedBecause ??= because
    for (const turn of this.#waiting.splice(0)) turn.reject(because)
  }

  async #turn(signal: AbortSignal): Promise<void> {
    const turn = Promise.withResolvers<void>()
    this.#waiting.push(turn)
    try {
      await orAbort(turn.promise, signal)
    } catch (reason) {
      const at = this.#waiting.indexOf(turn)
      if (at >= 0) this.#waiting.splice(at, 1)
      else if (!this.#closedBecause) this.#release() // the turn came in the same moment
      throw reason
    }
  }

  #release(): void {
    this.#taken--
    this.#serve()
  }

  #serve(): void {
    while (this.#taken < this.#places) {
      const first = this.#waiting.shift()
      if (!first) return
      this.#taken++
      first.resolve()
    }
  }
}
