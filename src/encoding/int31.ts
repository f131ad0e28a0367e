/** Writes sizes and ids of binary XML: base 128, low seven bits first, up to 2^31-1. */

export function int31Length(value: number): number {
  if (value < 0x80) return 1
  if (value < 0x4000) return 2
  if (value < 0x20_0000) return 3
  return value < 0x1000_0000 ? 4 : 5
}

/** Writes the shortest form and returns the offset behind it. */
export function writeInt31(value: number, target: Uint8Array, offset: number): number {
  let at = offset
  let rest = value
  while (rest >= 0x80) {
    target[at++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  target[at] = rest
  return at + 1
}
