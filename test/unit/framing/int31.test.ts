/** Sizes: every pair of the specification, the longer forms, the refused ones. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { int31Length, maxInt31, readInt31, writeInt31 } from '#framing/int31.ts'
import { hex } from '../../support/bytes.ts'

const pairs: readonly (readonly [number, string])[] = [
  [0, '00'],
  [1, '01'],
  [127, '7f'],
  [128, '80 01'],
  [255, 'ff 01'],
  [256, '80 02'],
  [300, 'ac 02'],
  [2048, '80 10'],
  [16383, 'ff 7f'],
  [16384, '80 80 01'],
  [65536, '80 80 04'],
  [2097151, 'ff ff 7f'],
  [2097152, '80 80 80 01'],
  [268435455, 'ff ff ff 7f'],
  [268435456, '80 80 80 80 01'],
  [2147483647, 'ff ff ff ff 07'],
]

function written(value: number): Buffer {
  const target = Buffer.alloc(int31Length(value))
  expect(writeInt31(value, target, 0)).toBe(target.length)
  return target
}

test.each(pairs)('the size %i is written and read as %s', (value, dump) => {
  const bytes = hex(dump)
  expect(written(value)).toEqual(bytes)
  expect(readInt31(bytes, 0)).toEqual({ is: 'value', value, next: bytes.length })
})

test.each([
  ['80 00', 0],
  ['a7 00', 39],
  ['a7 80 80 80 00', 39],
])('the longer form %s counts as %i', (dump, value) => {
  expect(readInt31(hex(dump), 0)).toEqual({ is: 'value', value, next: hex(dump).length })
})

test.each(['80 80 80 80 08', 'ff ff ff ff 0f', '80 80 80 80 80'])(
  'the size %s is too large at its fifth byte',
  (dump) => {
    expect(readInt31(hex(dump), 0)).toEqual({ is: 'tooLarge', at: 4 })
    expect(readInt31(hex(dump).subarray(0, 4), 0)).toEqual({ is: 'incomplete' })
  },
)

test.each(pairs)('the size %i is incomplete until its last byte', (_, dump) => {
  const bytes = hex(dump)
  for (let end = 0; end < bytes.length; end += 1) {
    expect(readInt31(bytes.subarray(0, end), 0)).toEqual({ is: 'incomplete' })
  }
})

test('every size is read as it was written, wherever it stands', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: maxInt31 }), fc.uint8Array({ maxLength: 8 }), (value, before) => {
      const bytes = Buffer.concat([before, written(value), Buffer.from([0xff])])
      expect(readInt31(bytes, before.length)).toEqual({ is: 'value', value, next: bytes.length - 1 })
    }),
  )
})

test.each([-1, 1.5, maxInt31 + 1, Number.NaN])('%d is no size and is not written', (value) => {
  expect(() => writeInt31(value, Buffer.alloc(8), 0)).toThrow(RangeError)
})
