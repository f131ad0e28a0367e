import { expect, test } from 'vitest'
import { BinaryReader } from '#encoding/binary-reader.ts'
import { readElement } from '#encoding/element-tree.ts'
import { EncodingError } from '#encoding/encoding-error.ts'
import { defaultQuotas } from '#encoding/reader-quotas.ts'
import { staticStrings } from '#encoding/static-dictionary.ts'
import { readContent } from '#encoding/xml-reader.ts'
import { hex } from '../../support/bytes.ts'
import { documentOf } from '../../support/documents.ts'

function refusal(bytes: Buffer, quotas = {}, session?: readonly string[]): [string, number] {
  const reader = new BinaryReader(bytes, { ...defaultQuotas, ...quotas }, session)
  try {
    documentOf(reader)
  } catch (error) {
    if (error instanceof EncodingError) return [error.code, error.offset]
    throw error
  }
  return ['none', -1]
}

const element = '40 01 61'
const text = (size: number) => `${element} 9b ${hex16(size)} ${'78'.repeat(size)}`
const hex16 = (value: number) => Buffer.of(value & 0xff, value >> 8).toString('hex')
const lastId = (staticStrings.length - 1) * 2

test.each<[title: string, dump: string, code: string, offset: number]>([
  ['nothing', '', 'endOfDocument', 0],
  ['no end', element, 'endOfDocument', 3],
  ['a name without its end', '40 05 61 62', 'endOfDocument', 4],
  ['a record that does not exist', '00', 'unknownRecord', 0],
  ['a record between elements and text', `${element} 78`, 'unknownRecord', 3],
  ['a record behind the last', `${element} be`, 'unknownRecord', 3],
  ['a text record that does not exist, in an attribute', `${element} 04 01 62 be 01`, 'unknownRecord', 6],
  ['text outside of the document', '98 01 61', 'misplacedRecord', 0],
  ['the end of nothing', '01', 'misplacedRecord', 0],
  ['an attribute outside of a tag', '04 01 61 98 01 61', 'misplacedRecord', 0],
  ['an attribute behind text', `${element} 98 01 61 04 01 62 98 01 62 01`, 'misplacedRecord', 6],
  ['an attribute without a value', `${element} 04 01 62 01`, 'misplacedRecord', 6],
  ['an attribute whose value ends an element', `${element} 04 01 62 99 01 62`, 'misplacedRecord', 6],
  ['an attribute with an element', `${element} 04 01 62 40 01 62 01`, 'misplacedRecord', 6],
  ['the end of a list that did not begin', `${element} a6 01`, 'misplacedRecord', 3],
  ['a list in a list', `${element} a4 a4 a6 a6 01`, 'misplacedRecord', 4],
  ['an element in a list', `${element} a4 40 01 61 a6 01`, 'misplacedRecord', 4],
  ['a list without its end', `${element} a4 82 82`, 'endOfDocument', 6],
  ['an item of a list that ends an element', `${element} a4 83 a6 01`, 'misplacedRecord', 4],
  ['an array outside of an element', '03 40 01 61 01 8b 01 00 00', 'misplacedRecord', 0],
  ['an array of text', `${element} 03 40 01 62 01 99 01 01 61`, 'misplacedRecord', 8],
  ['an array of what does not end its element', `${element} 03 40 01 62 01 8a 01 00 00`, 'misplacedRecord', 8],
  ['an array of elements with content', `${element} 03 40 01 62 82 01`, 'misplacedRecord', 7],
  ['an array of nothing', `${element} 03 40 01 62 01 8b 00 01`, 'invalidValue', 9],
  ['an array of two billion', `${element} 03 40 01 62 01 8d ff ff ff ff 07`, 'maxArrayLength', 14],
  ['an array that is shorter than it says', `${element} 03 40 01 62 01 8d 05 01 00 00 00`, 'endOfDocument', 14],
  ['a size of more than 31 bits', `40 ff ff ff ff 08`, 'sizeTooLarge', 5],
  ['a size without an end', `40 ff ff ff ff ff ff ff`, 'sizeTooLarge', 5],
  ['a text of 4 GB', `${element} 9c ff ff ff ff`, 'sizeTooLarge', 4],
  ['a text of 2 GB', `${element} 9c ff ff ff 7f`, 'maxStringContentLength', 8],
  ['bytes of 2 GB', `${element} a2 ff ff ff 7f`, 'maxArrayLength', 8],
  ['a text that is shorter than it says', `${element} 98 05 61 61`, 'endOfDocument', 7],
  ['an id over the static dictionary', '42 ce 07 01', 'unknownStaticString', 1],
  ['an id of a session that is none', '42 01 01', 'unknownSessionString', 1],
  ['a text with an id over the static dictionary', `${element} aa ce 07 01`, 'unknownStaticString', 4],
  ['a name that is not UTF-8', '40 02 c3 28 01', 'invalidUtf8', 2],
  ['a text that is not UTF-8', `${element} 99 02 c3 28`, 'invalidUtf8', 5],
  ['half a surrogate pair in UTF-8', `${element} 99 03 ed a0 80`, 'invalidUtf8', 5],
  ['a text in UTF-16 of three bytes', `${element} b7 03 61 00 61`, 'invalidUtf16', 5],
  ['half a surrogate pair in UTF-16', `${element} b7 02 00 d8`, 'invalidUtf16', 5],
  ['a boolean of 2', `${element} b5 02`, 'invalidValue', 4],
  ['a decimal with 29 places', `${element} 95 00 00 1d ${'00'.repeat(13)}`, 'invalidValue', 6],
  ['a decimal with a strange sign', `${element} 95 00 00 00 01 ${'00'.repeat(12)}`, 'invalidValue', 7],
  ['a date after the year 9999', `${element} 97 ff ff ff ff ff ff ff 2b`, 'invalidValue', 4],
  ['a qualified name with the prefix after z', `${element} bd 1a 02`, 'invalidValue', 4],
  ['an element without a name', '40 00 01', 'invalidName', 0],
  ['an attribute without a name', `${element} 04 00 82 01`, 'invalidName', 5],
  ['an element with an unbound prefix', '5e 01 61 01', 'unboundPrefix', 0],
  ['an attribute with an unbound prefix', `${element} 26 01 61 82 01`, 'unboundPrefix', 0],
  ['a prefix that is declared as nothing', `${element} 09 01 62 00 01`, 'unboundPrefix', 7],
  [
    'a prefix of an element that has ended',
    '40 01 61 40 01 62 09 01 70 01 75 01 41 01 70 01 63 01 01',
    'unboundPrefix',
    12,
  ],
  ['xml declared', `${element} 09 03 78 6d 6c 01 75 01`, 'reservedPrefix', 10],
  ['xmlns declared', `${element} 09 05 78 6d 6c 6e 73 01 75 01`, 'reservedPrefix', 12],
  ['an attribute twice', `${element} 04 01 62 82 04 01 62 82 01`, 'duplicateAttribute', 0],
  [
    'an attribute twice, by two prefixes',
    `${element} 09 01 70 01 75 09 01 71 01 75 35 01 62 82 36 01 62 82 01`,
    'duplicateAttribute',
    0,
  ],
  ['a prefix declared twice', `${element} 09 01 70 01 75 09 01 70 01 76 01`, 'duplicateDeclaration', 13],
  ['the default namespace declared twice', `${element} 08 01 75 08 01 76 01`, 'duplicateDeclaration', 9],
  ['a second document', `${element} 01 ${element} 01`, 'trailingBytes', 4],
  ['an end too many', `${element} 01 01`, 'trailingBytes', 4],
  ['text behind the document', `${element} 01 98 01 61`, 'trailingBytes', 4],
])('%s', (_, dump, code, offset) => {
  expect(refusal(hex(dump))).toEqual([code, offset])
})

test.each<[title: string, dump: string, quotas: object, code: string]>([
  ['33 elements in each other', `${`${element} `.repeat(33)} 01`, {}, 'maxDepth'],
  ['3 elements where 2 may be', `${element} ${element} ${element} 01 01 01`, { maxDepth: 2 }, 'maxDepth'],
  ['an array below the depth', `${element} 03 40 01 62 01 8b 01 00 00 01`, { maxDepth: 1 }, 'maxDepth'],
  ['a text of 8193 characters', text(8193), {}, 'maxStringContentLength'],
  ['a dictionary text over the limit', `${element} ab 02`, { maxStringContentLength: 7 }, 'maxStringContentLength'],
  [
    'a comment over the limit',
    `02 05 61 61 61 61 61 ${element} 01`,
    { maxStringContentLength: 4 },
    'maxStringContentLength',
  ],
  ['bytes over the limit', `${element} 9f 05 00 00 00 00 00`, { maxArrayLength: 4 }, 'maxArrayLength'],
  ['a list over the limit', `${element} a4 82 82 82 a6 01`, { maxArrayLength: 2 }, 'maxArrayLength'],
  [
    'a start tag over the limit',
    `${element} 04 01 62 99 ff ${'62'.repeat(255)}`.replace('99', '98'),
    { maxBytesPerRead: 200 },
    'maxBytesPerRead',
  ],
  ['a name over the limit', `40 64 ${'61'.repeat(100)} 01`, { maxBytesPerRead: 90 }, 'maxBytesPerRead'],
  [
    'different names over the limit',
    '40 02 61 61 40 02 61 62 40 02 61 63 01 01 01',
    { maxNameTableCharCount: 5 },
    'maxNameTableCharCount',
  ],
])('%s is over its quota', (_, dump, quotas, code) => {
  expect(refusal(hex(dump), quotas)[0]).toBe(code)
})

test.each<[title: string, dump: string, quotas: object]>([
  ['32 elements in each other', `${`${element} `.repeat(32)} ${'01'.repeat(32)}`, {}],
  ['a text of 8192 characters', text(8192), {}],
  ['the same name again and again', `40 02 61 61 ${'40 02 61 61 01 '.repeat(100)} 01`, { maxNameTableCharCount: 2 }],
  ['the last static string', `42 ${Buffer.of((lastId & 0x7f) | 0x80, lastId >> 7).toString('hex')} 01`, {}],
  ['a size longer than necessary', '40 81 80 00 61 01', {}],
  ['comments around the document', `02 01 61 ${element} 01 02 01 62`, {}],
  ['U+FFFD, which is a character', `${element} 99 03 ef bf bd`, {}],
  ['a byte order mark, which stays', `${element} 99 03 ef bb bf`, {}],
  ['the two ends of a list', `${element} a5 82 a7`, {}],
])('%s is read', (_, dump, quotas) => {
  expect(refusal(hex(dump), quotas)).toEqual(['none', -1])
})

test('a text in many records is over the quota like one in a single record', () => {
  const reader = new BinaryReader(hex(`${element} ${'98 04 61 61 61 61 '.repeat(3)} 01`), {
    ...defaultQuotas,
    maxStringContentLength: 10,
  })
  reader.read()
  expect(() => readContent(reader)).toThrow(/over the limit of 10/)
})

test('many empty records are over the quota, too: each takes memory', () => {
  const reader = new BinaryReader(hex(`${element} ${'a8'.repeat(9000)} 01`), defaultQuotas)
  reader.read()
  expect(() => readContent(reader)).toThrow(/over the limit of 8192/)
})

test('a tree has no more parts than its limit: a byte of a message can become one', () => {
  const many = hex(`${element} ${'a8'.repeat(20)} 01`)
  expect(readElement(new BinaryReader(many, defaultQuotas), 21).children).toHaveLength(20)
  expect(() => readElement(new BinaryReader(many, defaultQuotas), 20)).toThrow(/more than the limit of 20 parts/)
})

test('offsets count from the first byte of the message, also when it came in pieces', () => {
  const reader = new BinaryReader(hex('40 01 61 98'), defaultQuotas, undefined, 0, false)
  expect([reader.read(), reader.read()]).toEqual(['element', 'incomplete'])
  reader.feed(hex('01 62 00'))
  expect(reader.read()).toBe('value')
  expect(reader.offset).toBe(3)
  expect(() => reader.read()).toThrow(/at byte 6/)
})

test('a start tag that never ends is refused before it is all there', () => {
  const reader = new BinaryReader(hex(element), defaultQuotas, undefined, 0, false)
  const attribute = (n: number) =>
    Buffer.concat([hex('04 02'), Buffer.from(n.toString(36).padStart(2, '0')), hex('82')])
  expect(() => {
    for (let n = 0; n < 10_000 && reader.read() === 'incomplete'; n++) reader.feed(attribute(n))
  }).toThrow(/start tag is over the limit of 4096/)
})

test('thousands of attributes and declarations take no more than their number', () => {
  const quotas = { ...defaultQuotas, maxBytesPerRead: 2 ** 31 - 1, maxNameTableCharCount: 2 ** 31 - 1 }
  const count = 20_000
  const number = (n: number) => Buffer.from(n.toString(36).padStart(4, '0'))
  const many = Array.from({ length: count }, (_, n) =>
    Buffer.concat([hex('04 04'), number(n), hex('82 09 04'), number(n), hex('01 75')]),
  )
  const reader = new BinaryReader(Buffer.concat([hex(element), ...many, hex('01')]), quotas)
  expect(reader.read()).toBe('element')
  expect(reader.attributes).toHaveLength(count)
  expect(reader.declarations).toHaveLength(count)
})
