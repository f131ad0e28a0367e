/** A bound on how often the same thing is logged: whoever causes it without end must not fill the disk with it. */
import type { Clock } from './clock.ts'

export interface Bound {
  /** So many within the interval are written. */
  readonly events: number
  /** Milliseconds. */
  readonly interval: number
}

/** So many kinds are remembered; beyond that all are forgotten, which costs a line more of each. */
const mostKinds = 4_096

export class Restraint {
  readonly #clock: Clock
  readonly #bound: Bound
  readonly #kinds = new Map<string, { since: number; count: number }>()

  constructor(clock: Clock, bound: Bound) {
    this.#clock = clock
    this.#bound = bound
  }

  /**
   * Counts one more of its kind: undefined when it is not to be written, else how many were not written since the last
   * one that was.
   */
  leftOut(kind: string): number | undefined {
    const { events, interval } = this.#bound
    const now = this.#clock.elapsed()
    const recent = this.#kinds.get(kind)
    if (recent && now - recent.since <= interval) {
      recent.count++
      return recent.count > events ? undefined : 0
    }
    if (this.#kinds.size >= mostKinds) this.#kinds.clear()
    this.#kinds.set(kind, { since: now, count: 1 })
    return Math.max(0, (recent?.count ?? 0) - events)
  }
}
