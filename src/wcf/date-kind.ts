/** Dates and times: a Date that remembers its kind, and a DateTime with everything that .NET keeps. */
import type { DateTime as DateTimeValue, TimeZoneKind } from '#encoding/value.ts'
import { maxDateTime } from '#encoding/value.ts'
import { epochTicks, ticksPerMillisecond, toDate } from '#encoding/value-text.ts'
import { mismatch } from './contract-error.ts'

export type DateKind = TimeZoneKind

/** A moment to the tick of 100 ns, counted from the start of year 1. `local` is a moment in UTC, meant to be shown in local time. */
export interface DateTime {
  readonly ticks: bigint
  readonly kind: DateKind
}

/** The kinds of the dates that are not `utc`. */
const kinds = new WeakMap<Date, DateKind>()

/** As what a date was read: `utc`, `local`, or `unspecified`, whose fields are then those of UTC. Dates of one's own are `utc`. */
export function kindOf(date: Date): DateKind {
  return kinds.get(date) ?? 'utc'
}

/** The same date, which is written as this kind from now on. */
export function asKind(date: Date, kind: DateKind): Date {
  const same = new Date(date)
  if (kind !== 'utc') kinds.set(same, kind)
  return same
}

export function dateOf(value: DateTimeValue): Date {
  const date = toDate(value)
  if (value.zone !== 'utc') kinds.set(date, value.zone)
  return date
}

export function dateValue(value: unknown): DateTimeValue {
  const milliseconds = value instanceof Date ? value.getTime() : Number.NaN
  const ticks = Number.isNaN(milliseconds) ? -1n : epochTicks + BigInt(milliseconds) * ticksPerMillisecond
  if (ticks < 0n || ticks > maxDateTime) throw mismatch(value, 'a Date from year 1 to 9999')
  return { kind: 'dateTime', value: ticks, zone: kindOf(value as Date) }
}

export function isDateTime(value: unknown): value is DateTime {
  const { ticks, kind } = (value ?? {}) as Partial<DateTime>
  const isInRange = typeof ticks === 'bigint' && ticks >= 0n && ticks <= maxDateTime
  return isInRange && (kind === 'utc' || kind === 'local' || kind === 'unspecified')
}

export function dateTimeValue(value: unknown): DateTimeValue {
  if (!isDateTime(value)) throw mismatch(value, 'a DateTime: { ticks, kind }')
  return { kind: 'dateTime', value: value.ticks, zone: value.kind }
}
