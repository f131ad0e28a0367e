/** The kinds of value that an attribute can hold: from the text in the file to what Portico works with. */

import { z } from 'zod'
import { parseTimeSpan } from '#base/duration.ts'

/** How a kind of value is described, in the reference and in errors. */
export interface Kind {
  readonly type: string
  /** The values it allows, in words; empty when every text will do. */
  readonly range: string
}

export const kinds = z.registry<Kind>()

/** A value read from text: `read` gives undefined for a text that isn't one. `must` completes "must be …". */
export function value<T>(
  kind: Kind,
  must: string | ((wrong: string) => string),
  read: (text: string) => T | undefined,
) {
  const schema = z.string().transform((text, context): T => {
    const result = read(text)
    if (result !== undefined) return result
    context.addIssue({ code: 'custom', message: `must be ${typeof must === 'string' ? must : must(text)}` })
    return z.NEVER
  })
  kinds.add(schema, kind)
  return schema
}

export function text() {
  return value({ type: 'text', range: '' }, 'a text', (written) => written)
}

export function filledText(forbidden = '') {
  const but = forbidden === '' ? '' : `without ${[...forbidden].join(' ')}`
  return value(
    { type: 'text', range: `not empty${but && `, ${but}`}` },
    `a text that is not empty${but && `, ${but}`}`,
    (written) =>
      written !== '' && ![...forbidden].some((character) => written.includes(character)) ? written : undefined,
  )
}

export function bool() {
  return value({ type: 'bool', range: 'true, false' }, 'true or false', (written) => {
    const lower = written.trim().toLowerCase()
    return lower === 'true' ? true : lower === 'false' ? false : undefined
  })
}

export const greatestUint = 4_294_967_295
export const greatestInt = 2_147_483_647

export function uint({ min = 0, max = greatestUint }: { min?: number; max?: number } = {}) {
  return value({ type: 'uint', range: `${min}..${max}` }, `a whole number from ${min} to ${max}`, (written) => {
    const number = /^\s*\d{1,10}\s*$/.test(written) ? Number(written) : Number.NaN
    return number >= min && number <= max ? number : undefined
  })
}

const greatestLong = 9_223_372_036_854_775_807n

/** A whole number of 64 bits; beyond 2^53 it is rounded, which matters to nobody who compares sizes with it. */
export function long({ min = 0 }: { min?: number } = {}) {
  const range = `${min}..${greatestLong}`
  return value({ type: 'long', range }, `a whole number from ${min} to ${greatestLong}`, (written) => {
    const number = /^\s*\d{1,19}\s*$/.test(written) ? BigInt(written.trim()) : -1n
    return number >= BigInt(min) && number <= greatestLong ? Number(number) : undefined
  })
}

/** A time of the IIS schema, in milliseconds; bounds and step are written in seconds, as the schema has them. */
export function time({ min = 0, max, step = 1, infinite = false }: TimeRange) {
  const stepped = step === 1 ? '' : `, step ${timeSpan(step)}`
  const orInfinite = infinite ? ' or Infinite' : ''
  const range = `${timeSpan(min)}..${timeSpan(max)}${stepped}${orInfinite}`
  const steps = infinite ? '' : ` in steps of ${timeSpan(step)}`
  const must = `a time from ${timeSpan(min)} to ${timeSpan(max)}${steps}${orInfinite}, written [d.]hh:mm:ss`
  return value({ type: 'time', range }, must, (written) => {
    const ms = parseTimeSpan(written)
    if (ms === Number.POSITIVE_INFINITY) return infinite ? ms : undefined
    // The step is the granularity of the IIS schema; .NET's attributes have none.
    const fits = ms !== undefined && ms >= min * 1000 && ms <= max * 1000 && (infinite || ms % (step * 1000) === 0)
    return fits ? ms : undefined
  })
}

interface TimeRange {
  readonly min?: number
  readonly max: number
  readonly step?: number
  /** Whether `Infinite` is allowed: .NET's attributes know it, and fractions of a second; the IIS schema's don't. */
  readonly infinite?: boolean
}

/** One of several words, in any case; comes out as spelled here. */
export function oneOf<const T extends string>(words: readonly T[]) {
  const byLower = new Map(words.map((word) => [word.toLowerCase(), word]))
  return value({ type: 'enum', range: words.join(', ') }, `one of ${words.join(', ')}`, (written) =>
    byLower.get(written.trim().toLowerCase()),
  )
}

/** Any number of several words with commas between them; they come out in the order given here, each once. */
export function flags<const T extends string>(words: readonly T[]) {
  const known = new Set<string>(words.map((word) => word.toLowerCase()))
  const must = `empty, or one or more of ${words.join(', ')} with commas between them`
  return value({ type: 'flags', range: words.join(', ') }, must, (written): readonly T[] | undefined => {
    const wanted = new Set(listed(written))
    return [...wanted].every((word) => known.has(word))
      ? words.filter((word) => wanted.has(word.toLowerCase()))
      : undefined
  })
}

/** Protocol names with commas between them; they come out in lower case, each once. */
export function protocolList() {
  return value(
    { type: 'list', range: 'protocol names' },
    'protocol names with commas between them',
    (written): readonly string[] | undefined => {
      const names = [...new Set(listed(written))]
      return names.length > 0 && names.every((name) => /^[a-z][a-z0-9.+-]*$/.test(name)) ? names : undefined
    },
  )
}

/** A text of which a rule says whether it will do; `range` and `must` describe the rule. */
export function matching(rule: RegExp, range: string, must: string) {
  return value({ type: 'text', range }, must, (written) => (rule.test(written) ? written : undefined))
}

/** Arguments of Node with blanks between them. */
export function nodeArguments() {
  const must =
    'empty, or arguments of Node with blanks between them, each beginning with - (--name=value, not --name value)'
  return value({ type: 'list', range: 'arguments' }, must, (written): readonly string[] | undefined => {
    const words = written.split(/\s+/).filter((word) => word !== '')
    return words.every((word) => /^-./.test(word)) ? Object.freeze(words) : undefined
  })
}

function listed(written: string): string[] {
  return written
    .split(',')
    .map((word) => word.trim().toLowerCase())
    .filter((word) => word !== '')
}

/** `[d.]hh:mm:ss[.fffffff]` of a number of seconds. */
function timeSpan(seconds: number): string {
  const whole = Math.floor(seconds)
  const two = (number: number) => String(number).padStart(2, '0')
  const days = Math.floor(whole / 86_400)
  const clock = `${two(Math.floor(whole / 3600) % 24)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`
  const fraction = seconds === whole ? '' : `.${String(Math.round((seconds - whole) * 1e7)).padStart(7, '0')}`
  return `${days > 0 ? `${days}.` : ''}${clock}${fraction}`
}
