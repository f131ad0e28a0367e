/** The types of .NET that schemas name and that need no declaration. */
import { type QualifiedName, schemaNamespace, serializationNamespace, systemNamespace } from '#wcf/contract-names.ts'
import type { SimpleType, StreamType } from './model.ts'
import { message } from './namespaces.ts'

type Row = readonly [name: string, from: 'z' | 'helper', schema: string, value: string, isValueType?: false]

const ofSchema: readonly Row[] = [
  ['string', 'z', 'string', 'string', false],
  ['boolean', 'z', 'boolean', 'boolean'],
  ['int', 'z', 'int32', 'number'],
  ['unsignedInt', 'z', 'uint32', 'number'],
  ['long', 'z', 'int64', 'bigint'],
  ['unsignedLong', 'z', 'uint64', 'bigint'],
  ['short', 'helper', 'short', 'number'],
  ['unsignedShort', 'helper', 'ushort', 'number'],
  ['unsignedByte', 'helper', 'byte', 'number'],
  ['byte', 'helper', 'sbyte', 'number'],
  ['double', 'helper', 'double', 'number'],
  ['float', 'helper', 'float', 'number'],
  ['decimal', 'helper', 'decimal', 'string'],
  ['dateTime', 'z', 'date', 'Date'],
  ['base64Binary', 'helper', 'bytes', 'Uint8Array', false],
  ['anyURI', 'helper', 'uri', 'string', false],
  ['anyType', 'z', 'unknown', 'unknown', false],
]

const ofSerialization: readonly Row[] = [
  ['guid', 'z', 'guid', 'string'],
  ['char', 'helper', 'char', 'string'],
  ['duration', 'helper', 'duration', 'number'],
]

const ofSystem: readonly Row[] = [
  ['DateTimeOffset', 'helper', 'dateTimeOffset', '{ DateTime: Date; OffsetMinutes: number }'],
]

const known = new Map<string, SimpleType>()
for (const [namespace, rows] of [
  [schemaNamespace, ofSchema],
  [serializationNamespace, ofSerialization],
  [systemNamespace, ofSystem],
] as const) {
  for (const [name, from, schema, value, isValueType = true] of rows) {
    known.set(`${namespace} ${name}`, { is: 'simple', from, schema, value, name: { name, namespace }, isValueType })
  }
}

const stream: StreamType = { is: 'stream' }

export function simpleTypeOf({ name, namespace }: QualifiedName): SimpleType | StreamType | undefined {
  if (namespace === message && name === 'StreamBody') return stream
  return known.get(`${namespace} ${name}`)
}

/** What may be anything: for places whose type is wrong, so that the rest is looked at, too. */
export const unknown: Readonly<SimpleType> = simpleTypeOf({ name: 'anyType', namespace: schemaNamespace }) as SimpleType
