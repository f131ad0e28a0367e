/** The items of an array record, all at once. */
import type { BinaryInput } from './binary-input.ts'
import { readArrayItem } from './binary-values.ts'
import { recordType } from './record-type.ts'
import type { PrimitiveArray, Value } from './value.ts'

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
