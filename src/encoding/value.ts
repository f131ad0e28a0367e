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
