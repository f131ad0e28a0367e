import { expect, test } from 'vitest'
import {
  toBoolean,
  toBytes,
  toDateTime,
  toDecimal,
  toDouble,
  toInt32,
  toInt64,
  toTimeSpan,
  toUuid,
} from '#encoding/text-value.ts'
import type { Value } from '#encoding/value.ts'
import { toDate, toText } from '#encoding/value-text.ts'

const text = (value: string): Value => ({ kind: 'text', value })
type Read = (value: Value) => unknown

test.each<[string, Read, string, unknown]>([
  ['a boolean', toBoolean, ' true\n', true],
  ['a boolean', toBoolean, '0', false],
  ['an int', toInt32, '-2147483648', -2147483648],
  ['an int', toInt32, '+007', 7],
  ['a long', toInt64, '9223372036854775807', 9223372036854775807n],
  ['a number', toDouble, '-1.5E+3', -1500],
  ['a number', toDouble, 'INF', Number.POSITIVE_INFINITY],
  ['a number', toDouble, '.5', 0.5],
  ['a decimal', toDecimal, '-1.50', { kind: 'decimal', value: -150n, scale: 2 }],
  ['a date', toDateTime, '0001-01-01T00:00:00', { kind: 'dateTime', value: 0n, zone: 'unspecified' }],
  ['a date', toDateTime, '2024-02-29T23:59:59.1234567Z', { kind: 'dateTime', value: 638448479991234567n, zone: 'utc' }],
  ['a date', toDateTime, '2024-02-29T01:00:00+02:00', { kind: 'dateTime', value: 638447580000000000n, zone: 'local' }],
  ['a date', toDateTime, '2024-02-29', { kind: 'dateTime', value: 638447616000000000n, zone: 'unspecified' }],
  ['a duration', toTimeSpan, '-P1DT2H3M4.5S', -937845000000n],
  ['a duration', toTimeSpan, 'PT0S', 0n],
  ['a UUID', toUuid, '{3DE37246-1E9E-433A-A522-D0E33DC0CE9B}', '3de37246-1e9e-433a-a522-d0e33dc0ce9b'],
  ['bytes', toBytes, 'AAEC\n Aw==', Buffer.from([0, 1, 2, 3])],
])('%s is read from text (%#)', (_, read, from, value) => {
  expect(read(text(from))).toEqual(value)
})

test.each<[Read, string]>([
  [toBoolean, 'yes'],
  [toBoolean, ''],
  [toInt32, '2147483648'],
  [toInt32, '1.0'],
  [toInt32, '0x10'],
  [toInt64, '9223372036854775808'],
  [toInt64, '9'.repeat(10_000)],
  [toDouble, 'Infinity'],
  [toDouble, ''],
  [toDecimal, '79228162514264337593543950336'],
  [toDecimal, '.'],
  [toDecimal, '1e5'],
  [toDateTime, '2023-02-29T00:00:00'],
  [toDateTime, '2023-01-01T24:00:00'],
  [toDateTime, '0000-01-01T00:00:00'],
  [toDateTime, '2023-01-01T00:00:00+15:00'],
  [toDateTime, 'now'],
  [toTimeSpan, 'P'],
  [toTimeSpan, 'PT'],
  [toTimeSpan, 'P999999999Y'],
  [toUuid, '3de37246'],
  [toBytes, 'AAE'],
  [toBytes, 'A!=='],
])('%o does not take %j', (read, from) => {
  expect(() => read(text(from))).toThrow(expect.objectContaining({ code: 'invalidValue' }))
})

test('a value of another type is read as its text says, where that can be', () => {
  expect(toBoolean({ kind: 'int', value: 1 })).toBe(true)
  expect(toDouble({ kind: 'float', value: Math.fround(0.1) })).toBe(0.1)
  expect(toInt32({ kind: 'double', value: 5 })).toBe(5)
  expect(toDecimal({ kind: 'int', value: -5 })).toEqual({ kind: 'decimal', value: -5n, scale: 0 })
  expect(toText({ kind: 'uniqueId', value: '3de37246-1e9e-433a-a522-d0e33dc0ce9b' })).toMatch(/^urn:uuid:3de/)
  expect(() => toInt32({ kind: 'bytes', value: Buffer.of(1) })).toThrow(/"AQ==" is not an int/)
})

test('a long text is shown cut', () => {
  expect(() => toBoolean(text('x'.repeat(10_000)))).toThrow(/^"x{60}…" is not a boolean$/)
})

test('a date is a Date to the millisecond, whatever its year', () => {
  expect(toDate(toDateTime(text('2024-02-29T23:59:59.9999999Z'))).toISOString()).toBe('2024-02-29T23:59:59.999Z')
  expect(toDate(toDateTime(text('0001-01-01T00:00:00Z'))).toISOString()).toBe('0001-01-01T00:00:00.000Z')
})
