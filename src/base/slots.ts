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
    const free = this.tryTake()
    if (free) return free
    await this.#turn(signal)
    return this.#place()
  }

  /** Takes a place if there is one. */
  tryTake(): Disposable | undefined {
    if (this.#closedBecause || this.#taken >= this.#places) return undefined
    this.#taken++
    return this.#place()
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

  #place(): Disposable {
    let given = false
    return {
      [Symbol.dispose]: () => {
        if (given) return
        given = true
        this.#release()
      },
    }
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
