/** A limited number of places for work that runs at the same time; who comes first is served first. */
import { orAbort } from './signal.ts'

export class Slots {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(places: number) {
    this.#free = places
  }

  /** Takes a place, waiting for one when there is none; disposing gives it back. */
  async take(signal: AbortSignal): Promise<Disposable> {
    signal.throwIfAborted()
    if (this.#free > 0) this.#free--
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

  async #turn(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.push(resolve)
    try {
      await orAbort(promise, signal)
    } catch (reason) {
      const at = this.#waiting.indexOf(resolve)
      if (at >= 0) this.#waiting.splice(at, 1)
      else this.#release() // the turn came in the same moment
      throw reason
    }
  }

  #release(): void {
    const first = this.#waiting.shift()
    if (first) first()
    else this.#free++
  }
}
