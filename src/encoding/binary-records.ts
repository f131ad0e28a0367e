/** Values as the records of binary XML, each in the shortest form that .NET's writer has for it. */
import { type BinaryOutput, utf8Size } from './binary-output.ts'
import { itemSizes } from './binary-values.ts'
import { EncodingError } from './encoding-error.ts'
import { recordType } from './record-type.ts'
import {
  type DateTime,
  type Decimal,
  maxDateTime,
  maxDecimal,
  maxInt64,
  maxScale,
  maxUint64,
  minInt64,
  type PrimitiveArray,
  type Value,
  writeUuid,
} from './value.ts'

/** A text as one record; the digits 0 and 1 have records of their own. */
export function writeText(output: BinaryOutput, text: string): void {
  if (text === '') output.text(recordType.empty)
  else if (text === '0') output.text(recordType.zero)
  else if (text === '1') output.text(recordType.one)
  else if (!output.shortAsciiText(recordType.chars8, text)) writeLongText(output, text)
}

function writeLongText(output: BinaryOutput, text: string): void {
  const size = utf8Size(text)
  // UTF-16 only where it is shorter; the halving rounds as .NET's does.
  if (Math.floor(size / 2) <= text.length) {
    output.sized(recordType.chars8, size)
    output.utf8(text, size)
  } else {
    output.sized(recordType.unicodeChars8, text.length * 2)
    output.utf16(text)
  }
}

/** `isSingle`: the value must be one record, as in an attribute or a list. */
export function writeTyped(output: BinaryOutput, value: Exclude<Value, { kind: 'qname' }>, isSingle: boolean): void {
  switch (value.kind) {
    case 'text':
      writeText(output, value.value)
      break
    case 'bool':
      output.text(value.value ? recordType.true : recordType.false)
      break
    case 'int':
      writeInt(output, value.value)
      break
    case 'int64':
    case 'uint64':
      writeInteger(output, value.value)
      break
    case 'float':
      writeFloat(output, value.value)
      break
    case 'double':
      writeDouble(output, value.value)
      break
    case 'decimal':
      output.text(recordType.decimal)
      putDecimal(output, value)
      break
    case 'dateTime':
      output.text(recordType.dateTime)
      putDateTime(output, value)
      break
    case 'timeSpan':
      output.text(recordType.timeSpan)
      putTicks(output, value.value)
      break
    case 'uuid':
      output.text(recordType.uuid)
      putUuid(output, value.value)
      break
    case 'uniqueId':
      output.text(recordType.uniqueId)
      putUuid(output, value.value)
      break
    case 'bytes':
      writeBytes(output, value.value, isSingle)
      break
    case 'list':
      writeList(output, value.items)
      break
  }
}

function writeInt(output: BinaryOutput, value: number): void {
  if ((value | 0) !== value) invalid(`${value} is not a whole number of 32 bits`)
  if (value === 0) {
    output.text(recordType.zero)
  } else if (value === 1) {
    output.text(recordType.one)
  } else if (value >= -0x80 && value < 0x80) {
    output.text(recordType.int8)
    output.byte(value & 0xff)
  } else if (value >= -0x8000 && value < 0x8000) {
    output.text(recordType.int16)
    output.room(2)
    output.at = output.bytes.writeInt16LE(value, output.at)
  } else {
    output.text(recordType.int32)
    output.room(4)
    output.at = output.bytes.writeInt32LE(value, output.at)
  }
}

function writeInteger(output: BinaryOutput, value: bigint): void {
  if (value >= -0x8000_0000n && value <= 0x7fff_ffffn) {
    writeInt(output, Number(value))
  } else if (value >= minInt64 && value <= maxInt64) {
    output.text(recordType.int64)
    putTicks(output, value)
  } else {
    if (value < 0n || value > maxUint64) invalid(`${value} does not fit into 64 bits`)
    output.text(recordType.uint64)
    output.room(8)
    output.at = output.bytes.writeBigUInt64LE(value, output.at)
  }
}

function writeFloat(output: BinaryOutput, value: number): void {
  // What fits into 16 bits is shorter as a whole number; beyond, .NET's writer doesn't look.
  if ((value | 0) === value && value >= -0x8000 && value <= 0x7fff) {
    writeInt(output, value)
  } else {
    output.text(recordType.float)
    putFloat(output, value)
  }
}

function writeDouble(output: BinaryOutput, value: number): void {
  if (Math.fround(value) === value) {
    writeFloat(output, value)
  } else {
    output.text(recordType.double)
    putDouble(output, value)
  }
}

// .NET's NaN has its sign bit set.
function putFloat(output: BinaryOutput, value: number): void {
  output.room(4)
  output.at = Number.isNaN(value)
    ? output.bytes.writeUInt32LE(0xffc0_0000, output.at)
    : output.bytes.writeFloatLE(value, output.at)
}

function putDouble(output: BinaryOutput, value: number): void {
  output.room(8)
  output.at = Number.isNaN(value)
    ? output.bytes.writeBigUInt64LE(0xfff8_0000_0000_0000n, output.at)
    : output.bytes.writeDoubleLE(value, output.at)
}

function putDecimal(output: BinaryOutput, { value, scale }: Decimal): void {
  const digits = value < 0n ? -value : value
  if (digits > maxDecimal) invalid(`${value} has more than the 96 bits of a decimal`)
  if (!Number.isInteger(scale) || scale < 0 || scale > maxScale) invalid(`a decimal can't have ${scale} places`)
  output.room(16)
  const { bytes, at } = output
  bytes.writeUInt32LE((value < 0n ? 0x8000_0000 : 0) + scale * 0x1_0000, at)
  bytes.writeUInt32LE(Number(digits >> 64n), at + 4)
  output.at = bytes.writeBigUInt64LE(digits & 0xffff_ffff_ffff_ffffn, at + 8)
}

const zoneBits = { unspecified: 0n, utc: 1n << 62n, local: 1n << 63n } as const

function putDateTime(output: BinaryOutput, { value, zone }: DateTime): void {
  if (value < 0n || value > maxDateTime) invalid(`${value} ticks are not in the years 1 to 9999`)
  output.room(8)
  output.at = output.bytes.writeBigUInt64LE(value | zoneBits[zone], output.at)
}

function putTicks(output: BinaryOutput, value: bigint): void {
  if (value < minInt64 || value > maxInt64) invalid(`${value} does not fit into 64 bits`)
  output.room(8)
  output.at = output.bytes.writeBigInt64LE(value, output.at)
}

function putUuid(output: BinaryOutput, text: string): void {
  output.room(16)
  if (!writeUuid(text, output.bytes, output.at)) invalid(`${JSON.stringify(text.slice(0, 60))} is not a UUID`)
  output.at += 16
}

/** .NET's writer keeps groups of three bytes together, so that readers who want base64 can go record by record. */
function writeBytes(output: BinaryOutput, bytes: Buffer, isSingle: boolean): void {
  if (bytes.length === 0) {
    // For a content .NET writes no record at all.
    if (isSingle) output.text(recordType.empty)
    return
  }
  const rest = isSingle ? 0 : bytes.length % 3
  const whole = bytes.length - rest
  if (whole > 0) {
    output.sized(recordType.bytes8, whole)
    output.raw(rest === 0 ? bytes : bytes.subarray(0, whole))
  }
  if (rest > 0) {
    output.sized(recordType.bytes8, rest)
    output.raw(bytes.subarray(whole))
  }
}

function writeList(output: BinaryOutput, items: readonly Value[]): void {
  output.node(recordType.startList)
  for (const item of items) {
    if (item.kind === 'list') invalid('a list stands in a list')
    if (item.kind === 'qname') writeText(output, item.prefix === '' ? item.name : `${item.prefix}:${item.name}`)
    else writeTyped(output, item, true)
  }
  output.node(recordType.endList)
}

const arrayTypes: Readonly<Record<PrimitiveArray['of'], number>> = {
  bool: recordType.bool,
  int16: recordType.int16,
  int32: recordType.int32,
  int64: recordType.int64,
  float: recordType.float,
  double: recordType.double,
  decimal: recordType.decimal,
  dateTime: recordType.dateTime,
  timeSpan: recordType.timeSpan,
  uuid: recordType.uuid,
}

/** What follows the element of an array: type, count, items. */
export function writeArrayItems(output: BinaryOutput, array: PrimitiveArray): void {
  const { length } = array.items
  output.node(arrayTypes[array.of] + 1)
  output.int31(length)
  output.room(length * itemSizes[array.of])
  switch (array.of) {
    case 'bool':
      for (const item of array.items) output.byte(item ? 1 : 0)
      break
    case 'int16':
    case 'int32':
      for (let index = 0; index < length; index++) putInt(output, array.of, array.items[index] ?? 0)
      break
    case 'float':
      for (let index = 0; index < length; index++) putFloat(output, array.items[index] ?? 0)
      break
    case 'double':
      for (let index = 0; index < length; index++) putDouble(output, array.items[index] ?? 0)
      break
    case 'int64':
    case 'timeSpan':
      for (let index = 0; index < length; index++) putTicks(output, array.items[index] ?? 0n)
      break
    case 'decimal':
      for (const item of array.items) putDecimal(output, item)
      break
    case 'dateTime':
      for (const item of array.items) putDateTime(output, item)
      break
    case 'uuid':
      for (const item of array.items) putUuid(output, item)
      break
  }
}

function putInt(output: BinaryOutput, of: 'int16' | 'int32', value: number): void {
  const bits = of === 'int16' ? (value << 16) >> 16 : value | 0
  if (bits !== value) invalid(`${value} is not an ${of}`)
  output.at = of === 'int16' ? output.bytes.writeInt16LE(value, output.at) : output.bytes.writeInt32LE(value, output.at)
}

function invalid(says: string): never {
  throw new EncodingError('invalidValue', says)
}
