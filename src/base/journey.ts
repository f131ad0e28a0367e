/** The steps of something that takes several, with their times: what a failed start shows, and how long a good one took. */
import type { Clock } from './clock.ts'
import type { JourneyStep } from './errors.ts'

export class Journey {
  readonly #clock: Clock
  readonly #start: number
  readonly #steps: JourneyStep[] = []

  constructor(clock: Clock) {
    this.#clock = clock
    this.#start = clock.elapsed()
  }

  /** Notes that `step` has been reached. */
  reached(step: string): void {
    this.#steps.push({ step, afterMs: this.elapsed })
  }

  get steps(): readonly JourneyStep[] {
    return this.#steps
  }

  /** Milliseconds since the start. */
  get elapsed(): number {
    return Math.round((this.#clock.elapsed() - this.#start) * 10) / 10
  }
}
