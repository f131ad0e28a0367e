/** Sizes of framing records: base 128, low seven bits first, at most five bytes, up to 2^31-1. */

export const maxInt31 = 2 ** 31 - 1

/** What stands at an offset; `next` is the offset behind it, `at` the offset of the byte that makes it too large. */
export type Int31Reading =
  | { readonly is: 'value'; readonly value: number; readonly next: number }
  | { readonly is: 'incomplete' }
  | { readonly is: 'tooLarge'; readonly at: number }

const incomplete: Int31Reading = { is: 'incomplete' }

/** Reads the size at `offset`. Forms longer than necessary count, as other peers write them. */
export function readInt31(bytes: Uint8Array, offset: number): Int31Reading {
  let value = 0
  for (let at = offset, shift = 0; ; at += 1, shift += 7) {
    const byte = bytes[at]
    if (byte === undefined) return incomplete
    if (breaksInt31(byte, shift)) return { is: 'tooLarge', at }
    value |= (byte & 0x7f) << shift
    if (byte < 0x80) return { is: 'value', value, next: at + 1 }
  }
}

/** Whether `byte`, whose low bit counts 2^`shift`, takes a size over its greatest value; the fifth byte always ends one. */
export function breaksInt31(byte: number, shift: number): boolean {
  return shift === 28 && (byte & 0xf8) !== 0
}

/** How many bytes the shortest form of `value` has. */
export function int31Length(value: number): number {
  if (value < 0x80) return 1
  if (value < 0x4000) return 2
  if (value < 0x20_0000) return 3
  return value < 0x1000_0000 ? 4 : 5
}

/** Writes the shortest form of `value` and returns the offset behind it. */
export function writeInt31(value: number, target: Uint8Array, offset: number): number {
  if (!Number.isInteger(value) || value < 0 || value > maxInt31) {
    throw new RangeError(`a size is a whole number from 0 to ${maxInt31}, not ${value}`)
  }
  let at = offset
  for (let rest = value; ; rest >>>= 7) {
    target[at] = rest < 0x80 ? rest : (rest & 0x7f) | 0x80
    at += 1
    if (rest < 0x80) return at
  }
}
