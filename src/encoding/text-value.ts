/** What a value means as one type: peers may send a number as text, as the shortest integer, or as what it is. */
import { EncodingError } from './encoding-error.ts'
import {
  type DateTime,
  type Decimal,
  isUuid,
  maxDateTime,
  maxDecimal,
  maxInt64,
  maxScale,
  minInt64,
  type Value,
} from './value.ts'
import { epochTicks, ticksPerMillisecond, ticksPerSecond, toText } from './value-text.ts'

const blanks = ' \t\r\n'

/** The text without the blanks around it, in one pass: texts of strangers are no food for regular expressions. */
function trimmed(value: Value): string {
  const text = toText(value)
  let [start, end] = [0, text.length]
  while (start < end && blanks.includes(text.charAt(start))) start += 1
  while (end > start && blanks.includes(text.charAt(end - 1))) end -= 1
  return text.slice(start, end)
}

function refuse(value: Value, type: string): never {
  const text = toText(value)
  const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text
  throw new EncodingError('invalidValue', `${JSON.stringify(shown)} is not ${type}`)
}

export function toBoolean(value: Value): boolean {
  if (value.kind === 'bool') return value.value
  const text = trimmed(value)
  if (text === 'true' || text === '1') return true
  return text === 'false' || text === '0' ? false : refuse(value, 'a boolean')
}

/** A whole number from `min` to `max`, which `type` names. */
export function toInteger(value: Value, min: bigint, max: bigint, type: string): bigint {
  const whole = wholeOf(value)
  return whole !== undefined && whole >= min && whole <= max ? whole : refuse(value, type)
}

/** The longest text of 64 bits, with a sign and some zeros. */
const longestInteger = 40

function wholeOf(value: Value): bigint | undefined {
  if (value.kind === 'int') return BigInt(value.value)
  if (value.kind === 'int64' || value.kind === 'uint64') return value.value
  const text = trimmed(value)
  if (text.length > longestInteger || !/^[+-]?\d+$/.test(text)) return undefined
  return BigInt(text.startsWith('+') ? text.slice(1) : text)
}

/** A whole number of 32 bits. */
export function toInt32(value: Value): number {
  return value.kind === 'int' ? value.value : Number(toInteger(value, -0x8000_0000n, 0x7fff_ffffn, 'an int'))
}

export function toInt64(value: Value): bigint {
  return toInteger(value, minInt64, maxInt64, 'a long')
}

const doubleForm = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/

export function toDouble(value: Value): number {
  switch (value.kind) {
    case 'float':
      // As the text of a float says: 0.1, not the double next to the float.
      return Number.isFinite(value.value) ? Number(toText(value)) : value.value
    case 'double':
    case 'int':
      return value.value
    case 'int64':
    case 'uint64':
      return Number(value.value)
    default: {
      const text = trimmed(value)
      if (text === 'INF') return Number.POSITIVE_INFINITY
      if (text === '-INF') return Number.NEGATIVE_INFINITY
      if (text === 'NaN') return Number.NaN
      return doubleForm.test(text) ? Number(text) : refuse(value, 'a number')
    }
  }
}

const decimalForm = /^([+-]?)(\d*)(?:\.(\d*))?$/
const longestDecimal = 100

export function toDecimal(value: Value): Decimal {
  if (value.kind === 'decimal') return value
  const text = trimmed(value)
  const [, sign = '', whole = '', fraction = ''] = (text.length <= longestDecimal && decimalForm.exec(text)) || []
  if (whole === '' && fraction === '') refuse(value, 'a decimal')
  const digits = BigInt(whole + fraction)
  if (digits > maxDecimal || fraction.length > maxScale) refuse(value, 'a decimal of 96 bits')
  return { kind: 'decimal', value: sign === '-' ? -digits : digits, scale: fraction.length }
}

const dateForm = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,7})\d*)?)?(Z|([+-])(\d\d):(\d\d))?$/

export function toDateTime(value: Value): DateTime {
  if (value.kind === 'dateTime') return value
  const found = dateForm.exec(trimmed(value))
  if (!found) refuse(value, 'a date and time')
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone, sign, hours, minutes] = found
  const date = new Date(0)
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  const isReal = date.getUTCMonth() === Number(month) - 1 && Number(hour) < 24 && Number(minute) < 60
  if (!isReal || Number(second) > 59 || year === '0000') refuse(value, 'a date and time')
  date.setUTCHours(Number(hour), Number(minute), Number(second))
  const offset = zone && zone !== 'Z' ? (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) : 0
  const milliseconds = BigInt(date.getTime() - offset * 60_000)
  const ticks = epochTicks + milliseconds * ticksPerMillisecond + BigInt(fraction.padEnd(7, '0'))
  if (ticks < 0n || ticks > maxDateTime || Math.abs(offset) > 14 * 60) refuse(value, 'a date and time')
  return { kind: 'dateTime', value: ticks, zone: zone === undefined ? 'unspecified' : zone === 'Z' ? 'utc' : 'local' }
}

const timeSpanForm =
  /^(-?)P(?=\d|T\d)(?:(\d{1,9})Y)?(?:(\d{1,9})M)?(?:(\d{1,9})D)?(?:T(?=\d)(?:(\d{1,12})H)?(?:(\d{1,12})M)?(?:(\d{1,15})(?:\.(\d{1,7})\d*)?S)?)?$/

/** Ticks of a duration; years count 365 days and months 30, as for .NET peers. */
export function toTimeSpan(value: Value): bigint {
  if (value.kind === 'timeSpan') return value.value
  const found = timeSpanForm.exec(trimmed(value))
  if (!found) refuse(value, 'a duration')
  const part = (index: number) => BigInt(found[index] ?? 0)
  const days = part(2) * 365n + part(3) * 30n + part(4)
  const seconds = ((days * 24n + part(5)) * 60n + part(6)) * 60n + part(7)
  const size = seconds * ticksPerSecond + BigInt((found[8] ?? '').padEnd(7, '0'))
  const ticks = found[1] === '-' ? -size : size
  return ticks >= minInt64 && ticks <= maxInt64 ? ticks : refuse(value, 'a duration')
}

/** A UUID in lower case with hyphens. */
export function toUuid(value: Value): string {
  if (value.kind === 'uuid') return value.value
  const text = trimmed(value)
  const bare = text.startsWith('{') && text.endsWith('}') ? text.slice(1, -1) : text
  return isUuid(bare) ? bare.toLowerCase() : refuse(value, 'a UUID')
}

const base64Form = /^[A-Za-z0-9+/]*={0,2}$/

export function toBytes(value: Value): Buffer {
  if (value.kind === 'bytes') return value.value
  const text = toText(value).replace(/[ \t\r\n]+/g, '')
  return text.length % 4 === 0 && base64Form.test(text) ? Buffer.from(text, 'base64') : refuse(value, 'base64')
}
