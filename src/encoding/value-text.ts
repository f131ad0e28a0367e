/** Values as XML says them in text, in the forms of .NET peers. */
import type { DateTime, Decimal, Value } from './value.ts'

/** The text of a value. */
export function toText(value: Value): string {
  switch (value.kind) {
    case 'text':
    case 'uuid':
      return value.value
    case 'bool':
      return value.value ? 'true' : 'false'
    case 'int':
    case 'int64':
    case 'uint64':
      return value.value.toString()
    case 'float':
      return floatText(shortestFloat(value.value), value.value, 9)
    case 'double':
      return floatText(value.value.toExponential(), value.value, 17)
    case 'decimal':
      return decimalText(value)
    case 'dateTime':
      return dateTimeText(value)
    case 'timeSpan':
      return timeSpanText(value.value)
    case 'uniqueId':
      return `urn:uuid:${value.value}`
    case 'bytes':
      return value.value.toString('base64')
    case 'qname':
      return value.prefix === '' ? value.name : `${value.prefix}:${value.name}`
    case 'list':
      return value.items.map(toText).join(' ')
  }
}

/** The fewest digits that mean the same float, with an exponent. */
function shortestFloat(value: number): string {
  for (let digits = 0; digits < 9; digits++) {
    const text = value.toExponential(digits)
    if (Math.fround(Number(text)) === value) return text
  }
  return value.toExponential()
}

/** `shortest` is the number with an exponent; from 10^`places` on, and below 10^-4, it stays so. */
function floatText(shortest: string, value: number, places: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? 'INF' : '-INF'
  if (value === 0) return Object.is(value, -0) ? '-0' : '0'
  const [mantissa = '', power = '0'] = shortest.split('e')
  const sign = mantissa.startsWith('-') ? '-' : ''
  const [first = '0', rest = ''] = mantissa.replace('-', '').split('.')
  const exponent = Number(power)
  const digits = (first + rest).replace(/0+$/, '')
  if (exponent >= places || exponent < -4) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : ''
    const size = Math.abs(exponent).toString().padStart(2, '0')
    return `${sign}${digits[0]}${fraction}E${exponent < 0 ? '-' : '+'}${size}`
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0')
  const fraction = digits.slice(exponent + 1)
  return `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}`
}

function decimalText({ value, scale }: Decimal): string {
  const sign = value < 0n ? '-' : ''
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0')
  const point = digits.length - scale
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, point)}.${digits.slice(point)}`
}

export const ticksPerSecond = 10_000_000n
export const ticksPerMillisecond = 10_000n
/** Ticks from the start of year 1 to that of 1970. */
export const epochTicks = 621_355_968_000_000_000n

/** A moment as a `Date`, which has milliseconds; one that is `unspecified` is taken as UTC. */
export function toDate({ value }: DateTime): Date {
  return new Date(Number((value - epochTicks - positiveModulo(value, ticksPerMillisecond)) / ticksPerMillisecond))
}

function dateTimeText(dateTime: DateTime): string {
  const { zone } = dateTime
  const date = toDate(dateTime)
  // A local date is shown with the offset that this machine has at that moment.
  const offset = zone === 'local' ? -date.getTimezoneOffset() : 0
  const shown = new Date(date.getTime() + offset * 60_000).toISOString().slice(0, 19)
  return shown + fractionText(positiveModulo(dateTime.value, ticksPerSecond)) + zoneText(zone, offset)
}

function zoneText(zone: DateTime['zone'], offset: number): string {
  if (zone !== 'local') return zone === 'utc' ? 'Z' : ''
  const two = (value: number) => Math.floor(value).toString().padStart(2, '0')
  return `${offset < 0 ? '-' : '+'}${two(Math.abs(offset) / 60)}:${two(Math.abs(offset) % 60)}`
}

/** The part of a second, with its point; nothing when it is none. */
function fractionText(ticks: bigint): string {
  return ticks === 0n ? '' : `.${ticks.toString().padStart(7, '0').replace(/0+$/, '')}`
}

function positiveModulo(value: bigint, divisor: bigint): bigint {
  return ((value % divisor) + divisor) % divisor
}

function timeSpanText(ticks: bigint): string {
  if (ticks === 0n) return 'PT0S'
  const size = ticks < 0n ? -ticks : ticks
  const seconds = size / ticksPerSecond
  const fraction = fractionText(size % ticksPerSecond)
  const [days, hours, minutes] = [seconds / 86_400n, (seconds / 3600n) % 24n, (seconds / 60n) % 60n]
  const rest = seconds % 60n
  let text = `${ticks < 0n ? '-' : ''}P${days > 0n ? `${days}D` : ''}`
  if (size % (86_400n * ticksPerSecond) === 0n) return text
  text += 'T'
  if (hours > 0n) text += `${hours}H`
  if (minutes > 0n) text += `${minutes}M`
  if (rest > 0n || fraction !== '') text += `${rest}${fraction}S`
  return text
}
