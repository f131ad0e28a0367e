/** Whether a pool has used more processor time than it may within resetInterval: a decision over facts. */

export interface CpuRules {
  /** In thousandths of a percent of all processors. */
  readonly limit: number
  readonly processors: number
  /** resetInterval, in milliseconds. */
  readonly interval: number
}

/** One interval of measuring; times in milliseconds. */
export interface CpuWindow {
  readonly beganAt: number
  /** The processor time that had been used then. */
  readonly usedBefore: number
  /** Whether the limit was reached in it. */
  readonly isOver: boolean
}

export interface CpuLook {
  readonly window: CpuWindow
  /** Whether this look is the first one of its interval that finds the limit reached. */
  readonly reached: boolean
  /** Milliseconds until the decision may turn out differently. */
  readonly next: number
}

/** The time between two looks is at least this. */
const shortestWait = 1_000

/** Milliseconds of processor time that an interval has. */
export function budgetOf({ limit, processors, interval }: CpuRules): number {
  return (limit / 100_000) * processors * interval
}

/** The share of all processors that `used` is, in percent. */
export function percentOf(used: number, { processors, interval }: CpuRules): number {
  return Math.round((1000 * used) / (processors * interval)) / 10
}

/** Looks at `now`, when `used` milliseconds of processor time have been used since the beginning of all time. */
export function look(before: CpuWindow, rules: CpuRules, now: number, used: number): CpuLook {
  const isNext = now - before.beganAt >= rules.interval
  const current = isNext ? { beganAt: now, usedBefore: used, isOver: false } : before
  const left = budgetOf(rules) - (used - current.usedBefore)
  const isOver = current.isOver || left <= 0
  const untilEnd = current.beganAt + rules.interval - now
  // With every processor busy what is left lasts at least so long.
  const next = isOver ? untilEnd : Math.min(untilEnd, Math.max(shortestWait, left / rules.processors))
  return { window: { ...current, isOver }, reached: isOver && !current.isOver, next }
}
