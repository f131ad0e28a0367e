/** The text records of binary XML as values, and its arrays. */
import type { BinaryInput } from './binary-input.ts'
import { describeRecord, letters, recordType } from './record-type.ts'
import {
  type DateTime,
  type Decimal,
  emptyText,
  formatUuid,
  integer,
  maxDateTime,
  maxScale,
  type PrimitiveArray,
  type Value,
} from './value.ts'

const zero: Value = { kind: 'int', value: 0 }
const one: Value = { kind: 'int', value: 1 }
const isTrue: Value = { kind: 'bool', value: true }
const isFalse: Value = { kind: 'bool', value: false }

/** The value of a text record whose type was read and is even. */
export function readValue(input: BinaryInput, type: number): Value {
  switch (type) {
    case recordType.chars8:
      return { kind: 'text', value: input.chars(input.byte()) }
    case recordType.chars16:
      return { kind: 'text', value: input.chars(uint16(input)) }
    case recordType.chars32:
      return { kind: 'text', value: input.chars(size32(input)) }
    case recordType.unicodeChars8:
      return { kind: 'text', value: input.unicodeChars(input.byte()) }
    case recordType.unicodeChars16:
      return { kind: 'text', value: input.unicodeChars(uint16(input)) }
    case recordType.unicodeChars32:
      return { kind: 'text', value: input.unicodeChars(size32(input)) }
    case recordType.bytes8:
      return readBytes(input, input.byte())
    case recordType.bytes16:
      return readBytes(input, uint16(input))
    case recordType.bytes32:
      return readBytes(input, size32(input))
    case recordType.empty:
      return emptyText
    case recordType.zero:
      return zero
    case recordType.one:
      return one
    case recordType.false:
      return isFalse
    case recordType.true:
      return isTrue
    case recordType.dictionary:
      return { kind: 'text', value: readDictionaryText(input) }
    case recordType.uniqueId:
      return { kind: 'uniqueId', value: formatUuid(input.bytes, input.take(16)) }
    case recordType.startList:
      return readList(input)
    case recordType.qnameDictionary:
      return readQName(input)
    case recordType.uint64:
      return integer(input.bytes.readBigUInt64LE(input.take(8)))
    default:
      return readArrayItem(input, type)
  }
}

/** The value of a record of which there are arrays, too. */
export function readArrayItem(input: BinaryInput, type: number): Value {
  switch (type) {
    case recordType.int8:
      return { kind: 'int', value: (input.byte() << 24) >> 24 }
    case recordType.int16:
      return { kind: 'int', value: input.bytes.readInt16LE(input.take(2)) }
    case recordType.int32:
      return { kind: 'int', value: input.bytes.readInt32LE(input.take(4)) }
    case recordType.int64:
      return integer(input.bytes.readBigInt64LE(input.take(8)))
    case recordType.float:
      return { kind: 'float', value: input.bytes.readFloatLE(input.take(4)) }
    case recordType.double:
      return { kind: 'double', value: input.bytes.readDoubleLE(input.take(8)) }
    case recordType.decimal:
      return readDecimal(input)
    case recordType.dateTime:
      return readDateTime(input)
    case recordType.timeSpan:
      return { kind: 'timeSpan', value: input.bytes.readBigInt64LE(input.take(8)) }
    case recordType.uuid:
      return { kind: 'uuid', value: formatUuid(input.bytes, input.take(16)) }
    case recordType.bool: {
      const byte = input.byte()
      if (byte > 1) input.fail('invalidValue', `a boolean is 0 or 1, not ${byte}`, input.at - 1)
      return byte === 1 ? isTrue : isFalse
    }
    default:
      return input.fail('unknownRecord', `${describeRecord(type)} is not one of text`, input.at - 1)
  }
}

function uint16(input: BinaryInput): number {
  return input.bytes.readUInt16LE(input.take(2))
}

function size32(input: BinaryInput): number {
  const size = input.bytes.readInt32LE(input.take(4))
  if (size < 0) input.fail('sizeTooLarge', 'a size is over 2147483647', input.at - 4)
  return size
}

function readBytes(input: BinaryInput, size: number): Value {
  const limit = input.quotas.maxArrayLength
  if (size > limit) input.fail('maxArrayLength', `a content of ${size} bytes is over the limit of ${limit}`)
  const at = input.take(size)
  return { kind: 'bytes', value: input.bytes.subarray(at, at + size) }
}

function readDictionaryText(input: BinaryInput): string {
  const text = input.dictionaryString()
  const limit = input.quotas.maxStringContentLength
  if (text.length > limit) {
    input.fail('maxStringContentLength', `a text of ${text.length} characters is over the limit of ${limit}`)
  }
  return text
}

function readDecimal(input: BinaryInput): Decimal {
  const at = input.take(16)
  const { bytes } = input
  const scale = bytes.readUInt8(at + 2)
  const sign = bytes.readUInt8(at + 3)
  if (scale > maxScale) input.fail('invalidValue', `a decimal has at most ${maxScale} places, not ${scale}`, at + 2)
  if ((sign & 0x7f) !== 0) input.fail('invalidValue', `${sign} is not the sign of a decimal`, at + 3)
  const value = (BigInt(bytes.readUInt32LE(at + 4)) << 64n) | bytes.readBigUInt64LE(at + 8)
  return { kind: 'decimal', value: sign === 0 ? value : -value, scale }
}

function readDateTime(input: BinaryInput): DateTime {
  const at = input.take(8)
  const bits = input.bytes.readBigUInt64LE(at)
  const value = bits & 0x3fff_ffff_ffff_ffffn
  if (value > maxDateTime) input.fail('invalidValue', 'a date is after the year 9999', at)
  // Of the two bits the upper one says local; with the lower one it is the second of the two hours with the same name.
  const zone = bits >> 62n
  return { kind: 'dateTime', value, zone: zone === 0n ? 'unspecified' : zone === 1n ? 'utc' : 'local' }
}

function readQName(input: BinaryInput): Value {
  const index = input.byte()
  const prefix = letters[index]
  if (prefix === undefined) input.fail('invalidValue', `${index} is not a prefix from a to z`, input.at - 1)
  return { kind: 'qname', prefix, name: readDictionaryText(input) }
}

function readList(input: BinaryInput): Value {
  const items: Value[] = []
  const limit = input.quotas.maxArrayLength
  for (;;) {
    const type = input.byte()
    // The end of a list ends its element by a bit of its own: the reader looks at it.
    if (type === recordType.endList || type === recordType.endList + 1) {
      input.at -= 1
      return { kind: 'list', items }
    }
    const isItem = type >= recordType.zero && (type & 1) === 0 && type !== recordType.startList
    if (!isItem) input.fail('misplacedRecord', `${describeRecord(type)} stands in a list`, input.at - 1)
    if (items.length >= limit) input.fail('maxArrayLength', `a list is over the limit of ${limit} items`)
    items.push(readValue(input, type))
  }
}

/** The bytes of one item. */
export const itemSizes: Readonly<Record<PrimitiveArray['of'], number>> = {
  bool: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  float: 4,
  double: 8,
  decimal: 16,
  dateTime: 8,
  timeSpan: 8,
  uuid: 16,
}

export function takePrimitiveArray(input: BinaryInput, type: number, count: number): PrimitiveArray {
  switch (type) {
    case recordType.bool:
      return { of: 'bool', items: whole(input, type, count, 'bool').map((item) => item.value) }
    case recordType.int16:
      return { of: 'int16', items: copied(input, Int16Array, count) }
    case recordType.int32:
      return { of: 'int32', items: copied(input, Int32Array, count) }
    case recordType.int64:
      return { of: 'int64', items: copied(input, BigInt64Array, count) }
    case recordType.timeSpan:
      return { of: 'timeSpan', items: copied(input, BigInt64Array, count) }
    case recordType.float:
      return { of: 'float', items: copied(input, Float32Array, count) }
    case recordType.double:
      return { of: 'double', items: copied(input, Float64Array, count) }
    case recordType.uuid:
      return { of: 'uuid', items: whole(input, type, count, 'uuid').map((item) => item.value) }
    case recordType.decimal:
      return { of: 'decimal', items: whole(input, type, count, 'decimal') }
    default:
      return { of: 'dateTime', items: whole(input, type, count, 'dateTime') }
  }
}

interface TypedArrayConstructor<T> {
  readonly BYTES_PER_ELEMENT: number
  new (buffer: ArrayBuffer): T
}

/** Typed arrays want their bytes aligned, which those of a message aren't. Both are little-endian. */
function copied<T>(input: BinaryInput, type: TypedArrayConstructor<T>, count: number): T {
  const size = count * type.BYTES_PER_ELEMENT
  const at = input.take(size)
  const bytes = new Uint8Array(size)
  bytes.set(input.bytes.subarray(at, at + size))
  return new type(bytes.buffer)
}

type Of<K extends Value['kind']> = Extract<Value, { readonly kind: K }>

function whole<K extends Value['kind']>(input: BinaryInput, type: number, count: number, kind: K): Of<K>[] {
  const items: Of<K>[] = []
  while (items.length < count) {
    const item = readArrayItem(input, type)
    if (item.kind !== kind) throw new RangeError(`an array of ${kind} has an item of ${item.kind}`)
    items.push(item as Of<K>)
  }
  return items
}
