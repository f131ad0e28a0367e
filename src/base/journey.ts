/** The steps of something that takes several, with their times: what a failed start shows, and how long a good one took. */
import type { Clock } from './clock.ts'
import type { JourneyStep } from './errors.ts'

/** A step, and when it was reached by the clock that never goes back. */
export interface ReachedStep {
  readonly step: string
  readonly at: number
}

/** Noting a step costs as little as it can: order and form are made when somebody looks. */
export class Journey {
  readonly #clock: Clock
  readonly #start: number
  readonly #reached: ReachedStep[] = []
  readonly #joined: Journey[] = []

  /** `first`: the step that begins it. */
  constructor(clock: Clock, first?: string) {
    this.#clock = clock
    this.#start = clock.elapsed()
    if (first !== undefined) this.reached(first, this.#start)
  }

  /** Notes that `step` has been reached, now or at an earlier time that is known only now. */
  reached(step: string, at = this.#clock.elapsed()): void {
    this.#reached.push({ step, at })
  }

  /** Whatever the other one goes through, from the start of this one on, this one goes through, too. */
  join(other: Journey): void {
    this.#joined.push(other)
  }

  /** In the order of time. What was before the start is none of them. */
  get steps(): readonly JourneyStep[] {
    return this.#all
      .filter(({ at }) => at >= this.#start)
      .sort((a, b) => a.at - b.at)
      .map(({ step, at }) => ({ step, afterMs: rounded(at - this.#start) }))
  }

  /** Milliseconds since the start. */
  get elapsed(): number {
    return rounded(this.#clock.elapsed() - this.#start)
  }

  get #all(): ReachedStep[] {
    return [...this.#reached, ...this.#joined.flatMap((other) => other.#all)]
  }
}

/** A step with the milliseconds since the one before. */
export interface TimedStep extends JourneyStep {
  readonly tookMs: number
}

/** How long each step took. */
export function timed(steps: readonly JourneyStep[]): TimedStep[] {
  return steps.map(({ step, afterMs }, at) => ({
    step,
    afterMs,
    tookMs: rounded(afterMs - (steps[at - 1]?.afterMs ?? 0)),
  }))
}

const rounded = (ms: number) => Math.round(ms * 100) / 100
