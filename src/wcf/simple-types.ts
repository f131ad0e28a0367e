/** The types of .NET that are one text in XML. */
import { toBoolean, toBytes, toDateTime, toInteger, toTimeSpan, toUuid } from '#encoding/text-value.ts'
import { isUuid, maxInt64, minInt64 } from '#encoding/value.ts'
import { ticksPerMillisecond, toText } from '#encoding/value-text.ts'
import { mismatch } from './contract-error.ts'
import { schemaNamespace, serializationNamespace } from './contract-names.ts'
import { type DateTime, dateOf, dateTimeValue, dateValue } from './date-kind.ts'
import { numberTypes } from './number-types.ts'
import type { SimpleType } from './simple-type.ts'

const ofSchema = { namespace: schemaNamespace, isValueType: true }
const ofNet = { namespace: serializationNamespace, isValueType: true }
const ticksOfMillisecond = Number(ticksPerMillisecond)
const longestDuration = Number(maxInt64) / ticksOfMillisecond

function booleanOf(value: unknown): boolean {
  if (typeof value !== 'boolean') throw mismatch(value, 'a boolean')
  return value
}

function text(type: Pick<SimpleType, 'name' | 'namespace' | 'isValueType'>): SimpleType {
  return {
    ...type,
    from: toText,
    to(value) {
      if (typeof value !== 'string') throw mismatch(value, 'a string')
      return value
    },
  }
}

export const simpleTypes = {
  ...numberTypes,
  boolean: {
    ...ofSchema,
    name: 'boolean',
    from: toBoolean,
    to: (value) => ({ kind: 'bool', value: booleanOf(value) }),
    toArray: (items) => ({ of: 'bool', items: items.map(booleanOf) }),
  },
  /** One UTF-16 unit as a string; in XML its number. */
  char: {
    ...ofNet,
    name: 'char',
    from: (value) => String.fromCharCode(Number(toInteger(value, 0n, 0xffffn, 'the number of a char'))),
    to(value) {
      if (typeof value !== 'string' || value.length !== 1) throw mismatch(value, 'a char, a string of one UTF-16 unit')
      return { kind: 'int', value: value.charCodeAt(0) }
    },
  },
  string: text({ ...ofSchema, isValueType: false, name: 'string' }),
  uri: text({ ...ofSchema, isValueType: false, name: 'anyURI' }),
  date: {
    ...ofSchema,
    name: 'dateTime',
    from: (value) => dateOf(toDateTime(value)),
    to: dateValue,
    toArray: (items) => ({ of: 'dateTime', items: items.map(dateValue) }),
  },
  dateTime: {
    ...ofSchema,
    name: 'dateTime',
    from(value): DateTime {
      const { value: ticks, zone: kind } = toDateTime(value)
      return { ticks, kind }
    },
    to: dateTimeValue,
    toArray: (items) => ({ of: 'dateTime', items: items.map(dateTimeValue) }),
  },
  /** As texts: what `z.iso` has. */
  dateTimeText: text({ ...ofSchema, name: 'dateTime' }),
  durationText: text({ ...ofNet, name: 'duration' }),
  /** In milliseconds. */
  duration: {
    ...ofNet,
    name: 'duration',
    from: (value) => Number(toTimeSpan(value)) / ticksOfMillisecond,
    to(value) {
      const isOne = typeof value === 'number' && Math.abs(value) < longestDuration
      if (!isOne) throw mismatch(value, 'a duration in milliseconds')
      return { kind: 'timeSpan', value: BigInt(Math.round(value * ticksOfMillisecond)) }
    },
  },
  /** In ticks of 100 ns, exactly. */
  timeSpan: {
    ...ofNet,
    name: 'duration',
    from: toTimeSpan,
    to(value) {
      const isOne = typeof value === 'bigint' && value >= minInt64 && value <= maxInt64
      if (!isOne) throw mismatch(value, 'a time span, ticks of 100 ns as a bigint')
      return { kind: 'timeSpan', value }
    },
  },
  guid: {
    ...ofNet,
    name: 'guid',
    from: toUuid,
    to(value) {
      if (typeof value !== 'string' || !isUuid(value)) throw mismatch(value, 'a UUID')
      return { kind: 'uuid', value }
    },
  },
  bytes: {
    ...ofSchema,
    isValueType: false,
    name: 'base64Binary',
    // A copy: the application may keep it for long, and the message with it.
    from: (value) => Buffer.from(toBytes(value)),
    to(value) {
      if (!(value instanceof Uint8Array)) throw mismatch(value, 'a Uint8Array')
      return { kind: 'bytes', value: Buffer.from(value.buffer, value.byteOffset, value.byteLength) }
    },
  },
} as const satisfies Record<string, SimpleType>

export type SimpleTypeName = keyof typeof simpleTypes
