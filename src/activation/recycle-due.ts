/** When a worker process is due to be replaced by a fresh one: a decision over facts. */
import type { RecycleReason, RecyclingSettings } from './pool-settings.ts'

/** A worker process as the decision needs it. */
export interface RecycleFacts {
  /** Milliseconds since it was launched. */
  readonly age: number
  readonly requests: number
  /** KB; undefined when it can't be found out. */
  readonly virtualMemory: number | undefined
  readonly privateMemory: number | undefined
  /** The last look and this one, in milliseconds since the epoch: a scheduled time between them is due. */
  readonly lookedAt: number
  readonly now: number
}

const day = 86_400_000

/** The first reason for which the worker process is due. */
export function recycleDue(settings: RecyclingSettings, facts: RecycleFacts): RecycleReason | undefined {
  const { time, requests, memory, privateMemory, schedule } = settings
  if (time > 0 && facts.age >= time) return 'Time'
  if (requests > 0 && facts.requests >= requests) return 'Requests'
  if (memory > 0 && (facts.virtualMemory ?? 0) >= memory) return 'Memory'
  if (privateMemory > 0 && (facts.privateMemory ?? 0) >= privateMemory) return 'PrivateMemory'
  if (schedule.some((each) => nextOccurrence(each, facts.lookedAt) <= facts.now)) return 'Schedule'
  return undefined
}

/** Milliseconds until the decision may turn out differently by the mere passing of time; Infinity: never. */
export function untilNextLook(settings: RecyclingSettings, { age, now }: Pick<RecycleFacts, 'age' | 'now'>): number {
  const byAge = settings.time > 0 ? Math.max(0, settings.time - age) : Number.POSITIVE_INFINITY
  const bySchedule = settings.schedule.map((each) => nextOccurrence(each, now) - now)
  return Math.min(byAge, ...bySchedule)
}

/** The first time after `after` at which the local clock shows `timeOfDay`, in milliseconds since the epoch. */
export function nextOccurrence(timeOfDay: number, after: number): number {
  for (let ahead = 0; ; ahead++) {
    const at = localTime(after + ahead * day, timeOfDay)
    if (at > after) return at
  }
}

/** The moment at which the clock shows the time on the local day of `moment`, whatever summer time does to it. */
function localTime(moment: number, timeOfDay: number): number {
  const midnight = new Date(moment)
  return new Date(
    midnight.getFullYear(),
    midnight.getMonth(),
    midnight.getDate(),
    Math.floor(timeOfDay / 3_600_000),
    Math.floor(timeOfDay / 60_000) % 60,
    Math.floor(timeOfDay / 1000) % 60,
  ).getTime()
}
