/** The one time limit that applies now, in place of the last. */
import type { Clock, Timer } from '#base/clock.ts'

export class Deadline {
  readonly #clock: Clock
  #timer: Timer | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  set(ms: number, expired: () => void): void {
    this.lift()
    this.#timer = this.#clock.after(ms, expired)
  }

  lift(): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = undefined
  }
}
