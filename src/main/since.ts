/** Times in the past as a person writes them on the command line. */
import { parseTimeSpan } from '#base/duration.ts'

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 }

/** The time that `--since` means: an ISO time, or how long ago as `90s`, `10m`, `2h`, `7d` or `01:30:00`. */
export function sinceWhen(text: string, now: number): number | undefined {
  const [, count, unit = ''] = /^(\d+)\s*([a-z]+)$/.exec(text) ?? []
  const ago = count === undefined ? parseTimeSpan(text) : Number(count) * (units[unit] ?? Number.NaN)
  const at = ago === undefined ? (/^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN) : now - ago
  return Number.isNaN(at) ? undefined : at
}
