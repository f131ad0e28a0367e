/** Which of the starts that wait for their turn comes next: a decision over plain facts. */
import type { LaunchCause } from './launch-cause.ts'

/** What a start is for. Standby processes take no turn: they wait until nothing starts. */
export type Urgency = LaunchCause['reason']

/** The most urgent one first. */
export const urgencies: readonly Urgency[] = ['connection', 'recycle', 'load', 'alwaysRunning']

/** Milliseconds of waiting after which a start counts as one degree more urgent: nothing waits for ever. */
export const promotedAfter = 30_000

/** A start that waits. */
export interface WaitingStart {
  readonly urgency: Urgency
  /** By a clock that never goes back. */
  readonly since: number
}

/** The most urgent one, and of several the one that has waited longest. */
export function nextToStart<S extends WaitingStart>(waiting: Iterable<S>, now: number): S | undefined {
  let next: S | undefined
  for (const each of waiting) if (!next || isBefore(each, next, now)) next = each
  return next
}

function isBefore(one: WaitingStart, other: WaitingStart, now: number): boolean {
  const difference = degree(one, now) - degree(other, now)
  return difference < 0 || (difference === 0 && one.since < other.since)
}

/** 0 is the most urgent. */
function degree({ urgency, since }: WaitingStart, now: number): number {
  return Math.max(0, urgencies.indexOf(urgency) - Math.floor((now - since) / promotedAfter))
}
