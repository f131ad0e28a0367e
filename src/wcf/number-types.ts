/** The numbers of .NET. */
import { toDecimal, toDouble, toInteger } from '#encoding/text-value.ts'
import { type Decimal, integer, maxInt64, maxUint64, minInt64, type Value } from '#encoding/value.ts'
import { toText } from '#encoding/value-text.ts'
import { mismatch } from './contract-error.ts'
import { schemaNamespace as namespace } from './contract-names.ts'
import { checkedItems, type SimpleType } from './simple-type.ts'

function whole(name: string, min: number, max: number): SimpleType {
  const type = `of type ${name}, a whole number from ${min} to ${max}`
  const isOne = (value: number) => Number.isInteger(value) && value >= min && value <= max
  return {
    name,
    namespace,
    isValueType: true,
    from(value) {
      if (value.kind === 'int' && isOne(value.value)) return value.value
      return Number(toInteger(value, BigInt(min), BigInt(max), type))
    },
    to(value): Value {
      if (typeof value !== 'number' || !isOne(value)) throw mismatch(value, type)
      // No integer is -0, which the sum makes 0.
      return value === (value | 0) ? { kind: 'int', value: value + 0 } : integer(BigInt(value))
    },
  }
}

function large(name: string, min: bigint, max: bigint): SimpleType {
  const type = `of type ${name}, a whole number (bigint) from ${min} to ${max}`
  return {
    name,
    namespace,
    isValueType: true,
    from: (value) => toInteger(value, min, max, type),
    to(value) {
      if (typeof value !== 'bigint' || value < min || value > max) throw mismatch(value, type)
      return integer(value)
    },
  }
}

function floating(name: 'float' | 'double', mustBeFinite: boolean): SimpleType {
  const number = (value: unknown): number => {
    if (typeof value !== 'number') throw mismatch(value, 'a number')
    const rounded = name === 'float' ? Math.fround(value) : value
    if (mustBeFinite && !Number.isFinite(rounded)) throw mismatch(value, `a finite number of type ${name}`)
    return rounded
  }
  return {
    name,
    namespace,
    isValueType: true,
    from: (value) => number(value.kind === name ? value.value : toDouble(value)),
    to: (value) => ({ kind: name, value: number(value) }),
    toArray: (items) => ({ of: name, items: items.map(number) }),
  }
}

function decimalValue(value: unknown): Decimal {
  if (typeof value !== 'string') throw mismatch(value, 'a decimal as a string, such as "12.50"')
  return toDecimal({ kind: 'text', value })
}

const int = whole('int', -0x8000_0000, 0x7fff_ffff)
const safeLong = whole('long', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
const long = large('long', minInt64, maxInt64)

export function isDecimal(value: string): boolean {
  try {
    decimalValue(value)
    return true
  } catch {
    return false
  }
}

export const numberTypes = {
  sbyte: whole('byte', -0x80, 0x7f),
  byte: whole('unsignedByte', 0, 0xff),
  short: whole('short', -0x8000, 0x7fff),
  ushort: whole('unsignedShort', 0, 0xffff),
  int: { ...int, toArray: (items) => ({ of: 'int32', items: checkedItems<number>(int, items) }) },
  uint: whole('unsignedInt', 0, 0xffff_ffff),
  long: { ...long, toArray: (items) => ({ of: 'int64', items: checkedItems<bigint>(long, items) }) },
  /** A long as a number, as far as those are exact. */
  safeLong: {
    ...safeLong,
    toArray: (items) => ({ of: 'int64', items: checkedItems<number>(safeLong, items).map(BigInt) }),
  },
  ulong: large('unsignedLong', 0n, maxUint64),
  float: floating('float', false),
  double: floating('double', false),
  finiteFloat: floating('float', true),
  finiteDouble: floating('double', true),
  decimal: {
    name: 'decimal',
    namespace,
    isValueType: true,
    from: (value) => toText(toDecimal(value)),
    to: decimalValue,
    toArray: (items) => ({ of: 'decimal', items: items.map(decimalValue) }),
  },
} as const satisfies Record<string, SimpleType>
