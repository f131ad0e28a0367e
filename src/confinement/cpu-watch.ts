/** Watches what a pool uses of the processors, where its limit is no cap: owns the timer, and says when the limit is reached. */
import type { Clock, Timer } from '#base/clock.ts'
import { budgetOf, type CpuRules, type CpuWindow, look, percentOf } from './cpu-budget.ts'

export interface CpuWatchOptions {
  readonly clock: Clock
  /** Milliseconds of processor time that the pool has used so far; never less than before. */
  used(): number
  /** The pool has used up what it has until `until` (milliseconds since the epoch). */
  reached(until: number): void
}

export class CpuWatch implements Disposable {
  readonly rules: CpuRules
  readonly #options: CpuWatchOptions
  #window: CpuWindow
  /** Set once, so that everybody is told the same. */
  #until = 0
  #timer: Timer | undefined

  constructor(rules: CpuRules, options: CpuWatchOptions) {
    this.rules = rules
    this.#options = options
    this.#window = { beganAt: options.clock.elapsed(), usedBefore: options.used(), isOver: false }
    this.#arm(budgetOf(rules) / rules.processors)
  }

  /** When the interval ends in which the limit was reached, in milliseconds since the epoch; undefined outside of such a one. */
  get until(): number | undefined {
    const isStill = this.#options.clock.elapsed() < this.#window.beganAt + this.rules.interval
    return this.#window.isOver && isStill ? this.#until : undefined
  }

  /** What has been used in this interval, as a share of all processors over all of it. */
  get percent(): number {
    return percentOf(this.#options.used() - this.#window.usedBefore, this.rules)
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]()
  }

  #look(): void {
    const { clock, used, reached } = this.#options
    const seen = look(this.#window, this.rules, clock.elapsed(), used())
    this.#window = seen.window
    this.#arm(seen.next)
    if (!seen.reached) return
    this.#until = Math.round(clock.now() + seen.next)
    reached(this.#until)
  }

  #arm(ms: number): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = this.#options.clock.after(ms, () => this.#look())
    this.#timer.unref()
  }
}
