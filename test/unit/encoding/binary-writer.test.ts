import { expect, test } from 'vitest'
import { BinaryReader } from '#encoding/binary-reader.ts'
import { BinaryWriter } from '#encoding/binary-writer.ts'
import { dictionaryString } from '#encoding/dictionary-string.ts'
import { EncodingError } from '#encoding/encoding-error.ts'
import { greatestQuotas } from '#encoding/reader-quotas.ts'
import type { PrimitiveArray, Value } from '#encoding/value.ts'
import { attributeOf, nextElement, readContent, skipElement } from '#encoding/xml-reader.ts'
import { hex } from '../../support/bytes.ts'

function written(write: (writer: BinaryWriter) => void): Buffer {
  const writer = new BinaryWriter()
  writer.startElement('', 'a', '')
  write(writer)
  writer.endElement()
  return writer.finish()
}

test('the names of an array become numbers like others', () => {
  const bytes = written((writer) => writer.array('', dictionaryString('Header'), '', { of: 'bool', items: [true] }))
  expect(bytes).toEqual(hex('40 01 61 03 42 08 01 b5 01 01 01'))
})

test.each<PrimitiveArray>([
  { of: 'bool', items: [true, false] },
  { of: 'int16', items: Int16Array.of(-1, 300) },
  { of: 'int32', items: Int32Array.of(2 ** 31 - 1) },
  { of: 'int64', items: BigInt64Array.of(-(2n ** 63n), 5n) },
  { of: 'timeSpan', items: BigInt64Array.of(1n) },
  { of: 'float', items: Float32Array.of(0.5, Number.NaN) },
  { of: 'double', items: Float64Array.of(0.1, Number.NEGATIVE_INFINITY) },
  { of: 'decimal', items: [{ kind: 'decimal', value: -150n, scale: 2 }] },
  { of: 'dateTime', items: [{ kind: 'dateTime', value: 5n, zone: 'local' }] },
  { of: 'uuid', items: ['3de37246-1e9e-433a-a522-d0e33dc0ce9b'] },
])('an array of $of is taken as it was written', (array) => {
  const reader = new BinaryReader(
    written((writer) => writer.array('', 'i', '', array)),
    greatestQuotas,
  )
  expect([nextElement(reader), nextElement(reader)]).toEqual([true, true])
  expect(reader.arrayLength).toBe(array.items.length)
  expect(reader.takeArray()).toEqual(array)
  expect([reader.node, reader.depth, nextElement(reader), reader.name]).toEqual(['endElement', 1, false, 'a'])
})

test('what is left of an array is taken after some of its items were read', () => {
  const of = { of: 'int32' as const, items: Int32Array.of(5, 6, 7) }
  const reader = new BinaryReader(
    written((writer) => writer.array('', 'i', '', of)),
    greatestQuotas,
  )
  reader.read()
  reader.read()
  expect(readContent(reader)).toEqual({ kind: 'int', value: 5 })
  expect([reader.read(), reader.arrayLength]).toEqual(['element', 2])
  expect(reader.takeArray()).toEqual({ of: 'int32', items: Int32Array.of(6, 7) })
})

test('an array is taken only where one is', () => {
  const reader = new BinaryReader(
    written(() => {}),
    greatestQuotas,
  )
  reader.read()
  expect(() => reader.takeArray()).toThrow('not at an item of an array')
})

test('attributes are found, contents read and elements skipped', () => {
  const bytes = written((writer) => {
    writer.attribute('i', 'nil', 'urn:i', { kind: 'bool', value: true })
    for (const name of ['b', 'c']) {
      writer.startElement('', name, '')
      writer.startElement('', 'deep', '')
      writer.value({ kind: 'bytes', value: Buffer.of(1, 2, 3, 4) })
      writer.endElement()
      writer.endElement()
    }
  })
  const reader = new BinaryReader(bytes, greatestQuotas)
  reader.read()
  expect(attributeOf(reader, 'nil', 'urn:i')).toEqual({ kind: 'bool', value: true })
  expect(attributeOf(reader, 'nil')).toBeUndefined()
  nextElement(reader)
  skipElement(reader)
  expect([reader.node, reader.name, nextElement(reader), reader.name]).toEqual(['endElement', 'b', true, 'c'])
  nextElement(reader)
  expect(readContent(reader)).toEqual({ kind: 'bytes', value: Buffer.of(1, 2, 3, 4) })
  expect(() => {
    const again = new BinaryReader(bytes, greatestQuotas)
    again.read()
    readContent(again)
  }).toThrow("the element b came where it can't stand")
})

test('a large document is not touched by the next one', () => {
  const writer = new BinaryWriter()
  const write = (text: string) => {
    writer.begin()
    writer.startElement('', 'a', '')
    writer.value(text)
    writer.endElement()
    return writer.finish()
  }
  const first = write('x'.repeat(100_000))
  write('y'.repeat(100_000))
  expect(first.includes('y')).toBe(false)
})

const uuid = (value: string): Value => ({ kind: 'uuid', value })

test.each<[title: string, value: Value | string]>([
  ['a decimal of 97 bits', { kind: 'decimal', value: 2n ** 96n, scale: 0 }],
  ['a decimal with 29 places', { kind: 'decimal', value: 1n, scale: 29 }],
  ['a date before the year 1', { kind: 'dateTime', value: -1n, zone: 'utc' }],
  ['a date after the year 9999', { kind: 'dateTime', value: 2n ** 62n - 1n, zone: 'utc' }],
  ['a duration of 65 bits', { kind: 'timeSpan', value: 2n ** 63n }],
  ['a whole number of 65 bits', { kind: 'uint64', value: 2n ** 64n }],
  ['an int with a fraction', { kind: 'int', value: 1.5 }],
  ['a UUID that is short', uuid('3de37246')],
  ['a UUID with other letters', uuid('3de37246-1e9e-433a-a522-d0e33dc0ceg9')],
  ['a UUID with a hyphen elsewhere', uuid('3de3724-61e9e-433a-a522-d0e33dc0ce9b')],
  ['a list in a list', { kind: 'list', items: [{ kind: 'list', items: [] }] }],
  ['half a surrogate pair', '\ud800'],
])('%s is not written', (_, value) => {
  expect(() => written((writer) => writer.value(value))).toThrow(EncodingError)
})

test.each<[title: string, write: (writer: BinaryWriter) => void, says: string]>([
  [
    'an attribute behind a value',
    (writer) => afterValue(writer, () => writer.attribute('', 'b', '', 'c')),
    'start tag',
  ],
  [
    'a declaration behind a value',
    (writer) => afterValue(writer, () => writer.declareNamespace('b', 'u')),
    'start tag',
  ],
  ['an attribute of a namespace without a prefix', (writer) => writer.attribute('', 'b', 'u', 'c'), 'needs a prefix'],
  ['a prefix with two meanings', (writer) => twice(writer), 'in one start tag'],
  ['a prefix for no namespace', (writer) => writer.startElement('p', 'b', ''), "can't stand for no namespace"],
  ['another meaning of xml', (writer) => writer.startElement('xml', 'b', 'u'), "can't stand for u"],
  ['a name that is empty', (writer) => writer.startElement('', '', ''), 'no name'],
  ['an end too many', (writer) => outside(writer, () => writer.endElement()), 'no element is open'],
  ['a second root', (writer) => outside(writer, () => writer.startElement('', 'b', '')), 'one root'],
  ['a value outside', (writer) => outside(writer, () => writer.value('b')), 'only in an element'],
  ['a document without its end', (writer) => void writer.finish(), 'not finished'],
])('%s is refused', (_, write, says) => {
  expect(() => written(write)).toThrow(says)
})

function afterValue(writer: BinaryWriter, write: () => void): void {
  writer.value('text')
  write()
}

function outside(writer: BinaryWriter, write: () => void): void {
  writer.endElement()
  write()
}

function twice(writer: BinaryWriter): void {
  writer.declareNamespace('p', 'u')
  writer.declareNamespace('p', 'v')
}

test.each(Array.from('abcdefghijklmnopqrstuvwxyz', (letter, index) => [letter, index] as const))(
  'the prefix %s has records of its own',
  (letter, index) => {
    const record = (first: number) => Buffer.of(first + index).toString('hex')
    const declared = `0b 01 ${Buffer.from(letter).toString('hex')} 04`
    const dump = `${record(0x44)} 02 ${record(0x0c)} 04 82 ${record(0x26)} 01 78 82 ${declared} ${record(0x5e)} 01 78 01 01`
    const reader = new BinaryReader(hex(dump), greatestQuotas)
    reader.read()
    const soap = 'http://www.w3.org/2003/05/soap-envelope'
    expect([reader.prefix, reader.name, reader.namespace]).toEqual([letter, 'Envelope', soap])
    expect(reader.attributes).toMatchObject([
      { prefix: letter, name: soap, namespace: soap },
      { prefix: letter, name: 'x', namespace: soap },
    ])
    reader.read()
    expect([reader.prefix, reader.name]).toEqual([letter, 'x'])
  },
)

test.each<[title: string, value: Value, type: number]>([
  ['65,535 letters', { kind: 'text', value: 'x'.repeat(65_535) }, 0x9b],
  ['65,536 letters', { kind: 'text', value: 'x'.repeat(65_536) }, 0x9d],
  ['65,534 bytes of UTF-16', { kind: 'text', value: '日'.repeat(32_767) }, 0xb9],
  ['65,536 bytes of UTF-16', { kind: 'text', value: '日'.repeat(32_768) }, 0xbb],
  ['65,535 bytes', { kind: 'bytes', value: Buffer.alloc(65_535, 7) }, 0xa1],
  ['65,538 bytes', { kind: 'bytes', value: Buffer.alloc(65_538, 7) }, 0xa3],
])('%s have the record with the right size', (_, value, type) => {
  const bytes = written((writer) => writer.value(value))
  expect(bytes[3]).toBe(type)
  const reader = new BinaryReader(bytes, greatestQuotas)
  reader.read()
  expect(readContent(reader)).toEqual(value)
})

test('a boolean that is a byte, as only arrays have it from .NET, is read anywhere', () => {
  const reader = new BinaryReader(hex('40 01 61 04 01 62 b4 01 b5 00'), greatestQuotas)
  reader.read()
  expect(attributeOf(reader, 'b')).toEqual({ kind: 'bool', value: true })
  expect(readContent(reader)).toEqual({ kind: 'bool', value: false })
})
