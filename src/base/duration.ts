/** Durations as Windows' configuration writes them (`[d.]hh:mm:ss[.fffffff]`), parsed once to milliseconds. */

/** The greatest time that Node's timers keep exactly, about 24.8 days; `Infinite` and anything longer is bounded by it. */
export const longestTimer = 2 ** 31 - 1

const shape = /^(?:(\d+)\.)?(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,7}))?)?$/

/** Milliseconds of a .NET TimeSpan text; `Infinite` gives Infinity; undefined when the text is no TimeSpan. */
export function parseTimeSpan(text: string): number | undefined {
  if (text.toLowerCase() === 'infinite') return Number.POSITIVE_INFINITY
  const match = shape.exec(text.trim())
  if (!match) return undefined
  const [, days = '0', hours = '0', minutes = '0', seconds = '0', fraction = ''] = match
  if (Number(minutes) > 59 || Number(seconds) > 59) return undefined
  const whole = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)
  return whole * 1000 + Number(fraction.padEnd(7, '0')) / 10_000
}

/** The text of `ms` for people: `250 ms`, `1.5 s`, `20 min`, `29 h`. */
export function humanDuration(ms: number): string {
  if (!Number.isFinite(ms)) return 'unlimited'
  if (ms < 1000) return `${ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms)} ms`
  if (ms < 120_000) return `${Math.round(ms / 100) / 10} s`
  if (ms < 7_200_000) return `${Math.round(ms / 6000) / 10} min`
  return `${Math.round(ms / 360_000) / 10} h`
}
