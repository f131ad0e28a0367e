/** The values that binary XML has besides text, each with its type. */

/** A value with 100 ns as its unit. `local` is the same moment as `utc`, shown in the sender's time zone. */
export type TimeZoneKind = 'unspecified' | 'utc' | 'local'

export type Value =
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'bool'; readonly value: boolean }
  /** A whole number of 32 bits, whatever its record: the sender chooses the shortest. */
  | { readonly kind: 'int'; readonly value: number }
  /** A whole number that needs 64 bits. */
  | { readonly kind: 'int64'; readonly value: bigint }
  /** A whole number above those of 63 bits. */
  | { readonly kind: 'uint64'; readonly value: bigint }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'double'; readonly value: number }
  /** Exactly `value` / 10^`scale`, with at most 96 bits and a scale from 0 to 28. */
  | Decimal
  /** Ticks since the start of year 1. */
  | DateTime
  /** Ticks. */
  | { readonly kind: 'timeSpan'; readonly value: bigint }
  /** In lower case, with hyphens, without braces. */
  | { readonly kind: 'uuid'; readonly value: string }
  /** A UUID that stands for `urn:uuid:…`; here without that. */
  | { readonly kind: 'uniqueId'; readonly value: string }
  /** Of a decoded message: a view of its bytes, not a copy. */
  | { readonly kind: 'bytes'; readonly value: Buffer }
  | { readonly kind: 'qname'; readonly prefix: string; readonly name: string }
  | { readonly kind: 'list'; readonly items: readonly Value[] }

export interface Decimal {
  readonly kind: 'decimal'
  readonly value: bigint
  readonly scale: number
}

export interface DateTime {
  readonly kind: 'dateTime'
  readonly value: bigint
  readonly zone: TimeZoneKind
}

/** An array of values of one type, which binary XML writes as one record for as many elements of one name. */
export type PrimitiveArray =
  | { readonly of: 'bool'; readonly items: readonly boolean[] }
  | { readonly of: 'int16' | 'int32'; readonly items: ArrayLike<number> }
  | { readonly of: 'float' | 'double'; readonly items: ArrayLike<number> }
  | { readonly of: 'int64' | 'timeSpan'; readonly items: ArrayLike<bigint> }
  | { readonly of: 'decimal'; readonly items: readonly Decimal[] }
  | { readonly of: 'dateTime'; readonly items: readonly DateTime[] }
  | { readonly of: 'uuid'; readonly items: readonly string[] }

export const emptyText: Value = { kind: 'text', value: '' }

export const minInt64 = -(2n ** 63n)
export const maxInt64 = 2n ** 63n - 1n
export const maxUint64 = 2n ** 64n - 1n
export const maxDecimal = 2n ** 96n - 1n
export const maxScale = 28
/** The last tick of year 9999. */
export const maxDateTime = 3_155_378_975_999_999_999n

/** A whole number as the value of the smallest kind that has it. Throws RangeError beyond 64 bits. */
export function integer(value: bigint): Value {
  if (value >= -0x8000_0000n && value <= 0x7fff_ffffn) return { kind: 'int', value: Number(value) }
  if (value >= minInt64 && value <= maxInt64) return { kind: 'int64', value }
  if (value > maxInt64 && value <= maxUint64) return { kind: 'uint64', value }
  throw new RangeError(`${value} does not fit into 64 bits`)
}

/** The items of an array as single values. */
export function valuesOf(array: PrimitiveArray): Value[] {
  switch (array.of) {
    case 'bool':
      return array.items.map((value) => ({ kind: 'bool', value }))
    case 'int16':
    case 'int32':
      return Array.from(array.items, (value) => ({ kind: 'int', value }))
    case 'float':
      return Array.from(array.items, (value) => ({ kind: 'float', value }))
    case 'double':
      return Array.from(array.items, (value) => ({ kind: 'double', value }))
    case 'int64':
      return Array.from(array.items, integer)
    case 'timeSpan':
      return Array.from(array.items, (value) => ({ kind: 'timeSpan', value }))
    case 'uuid':
      return array.items.map((value) => ({ kind: 'uuid', value }))
    default:
      return [...array.items]
  }
}

const pairs: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
/** Where the two digits of each byte stand in the text. */
const places: readonly number[] = [6, 4, 2, 0, 11, 9, 16, 14, 19, 21, 24, 26, 28, 30, 32, 34]
/** The digit of a character code; over 15 for others. */
const digits = Uint8Array.from({ length: 128 }, (_, code) => {
  const digit = Number.parseInt(String.fromCharCode(code), 16)
  return Number.isNaN(digit) ? 0xff : digit
})

const form = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

export function isUuid(text: string): boolean {
  return text.length === 36 && form.test(text)
}

/** The UUID whose 16 bytes begin at `at`: in lower case, with hyphens. */
export function formatUuid(bytes: Uint8Array, at: number): string {
  const pair = (index: number) => pairs[bytes[at + index] ?? 0] ?? ''
  return `${pair(3)}${pair(2)}${pair(1)}${pair(0)}-${pair(5)}${pair(4)}-${pair(7)}${pair(6)}-${pair(8)}${pair(9)}-${pair(10)}${pair(11)}${pair(12)}${pair(13)}${pair(14)}${pair(15)}`
}

/** Writes the 16 bytes of a UUID; false when the text is none. */
export function writeUuid(text: string, target: Uint8Array, at: number): boolean {
  let isValid = text.length === 36
  for (let hyphen = 8; hyphen <= 23; hyphen += 5) isValid &&= text.charCodeAt(hyphen) === 0x2d
  for (let index = 0; index < 16; index++) {
    const place = places[index] ?? 0
    const high = digits[text.charCodeAt(place)] ?? 0xff
    const low = digits[text.charCodeAt(place + 1)] ?? 0xff
    isValid &&= (high | low) < 16
    target[at + index] = (high << 4) | low
  }
  return isValid
}
