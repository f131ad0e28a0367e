import { expect, test } from 'vitest'
import { EncodingError } from '#encoding/encoding-error.ts'
import { defaultQuotas } from '#encoding/reader-quotas.ts'
import { TextReader } from '#encoding/text-reader.ts'
import { TextWriter } from '#encoding/text-writer.ts'
import { nextElement, readContent } from '#encoding/xml-reader.ts'
import type { XmlWriter } from '#encoding/xml-writer.ts'
import { documentOf } from '../../support/documents.ts'

function refusal(xml: string | Buffer, quotas = {}): [string, number] {
  try {
    documentOf(new TextReader(Buffer.from(xml), { ...defaultQuotas, ...quotas }))
  } catch (error) {
    if (error instanceof EncodingError) return [error.code, error.offset]
    throw error
  }
  return ['none', -1]
}

test.each<[xml: string | Buffer, code: string, offset: number]>([
  ['', 'endOfDocument', 0],
  ['   ', 'endOfDocument', 3],
  ['<a>', 'endOfDocument', 3],
  ['<a', 'endOfDocument', 2],
  ['<a b="', 'endOfDocument', 6],
  ['<a>text', 'endOfDocument', 7],
  ['<a><!-- ', 'endOfDocument', 8],
  ['<a><![CDATA[ ]]', 'endOfDocument', 15],
  ['text', 'malformedXml', 0],
  ['<a/>text', 'trailingBytes', 4],
  ['<a/><b/>', 'trailingBytes', 4],
  ['</a>', 'malformedXml', 0],
  ['<a></b>', 'mismatchedEndTag', 3],
  ['<a><p:a xmlns:p="u"></a></a>', 'mismatchedEndTag', 20],
  ['<1a/>', 'malformedXml', 1],
  ['<a:b:c/>', 'malformedXml', 4],
  ['<:a/>', 'malformedXml', 1],
  ['<a b/>', 'malformedXml', 4],
  ['<a b=c/>', 'malformedXml', 5],
  ['<a b="<"/>', 'malformedXml', 5],
  ['<a b="1"c="2"/>', 'malformedXml', 8],
  ['<a b="1" b="2"/>', 'duplicateAttribute', 0],
  ['<a xmlns:p="u" xmlns:q="u" p:b="1" q:b="2"/>', 'duplicateAttribute', 0],
  ['<a xmlns="u" xmlns="v"/>', 'duplicateDeclaration', 22],
  ['<p:a/>', 'unboundPrefix', 0],
  ['<a p:b="1"/>', 'unboundPrefix', 0],
  ['<a xmlns:p=""/>', 'unboundPrefix', 13],
  ['<a xmlns:xml="u"/>', 'reservedPrefix', 16],
  ['<a xmlns:xmlns="u"/>', 'reservedPrefix', 18],
  ['<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', 'doctype', 0],
  ['<a><!DOCTYPE b></a>', 'doctype', 3],
  ['<a><!ELEMENT b></a>', 'malformedXml', 3],
  ['<?pi?><a/>', 'processingInstruction', 0],
  [' <?xml version="1.0"?><a/>', 'processingInstruction', 1],
  ['<?xml version="1.0" encoding="utf-16"?><a/>', 'malformedXml', 39],
  ['<?xml?><a/>', 'processingInstruction', 0],
  ['<a>&nbsp;</a>', 'unknownEntity', 3],
  ['<a>&toString;</a>', 'unknownEntity', 3],
  ['<a>& </a>', 'unknownEntity', 3],
  ['<a>&#0;</a>', 'unknownEntity', 3],
  ['<a>&#xD800;</a>', 'unknownEntity', 3],
  ['<a>&#x110000;</a>', 'unknownEntity', 3],
  ['<a b="&lt"/>', 'unknownEntity', 5],
  ['<a>\u0001</a>', 'invalidCharacter', 3],
  ['<a>\ufffe</a>', 'invalidCharacter', 3],
  ['<a>]]></a>', 'malformedXml', 3],
  ['<a><!-- -- --></a>', 'malformedXml', 10],
  [Buffer.from([0x3c, 0x61, 0x3e, 0xc3, 0x28]), 'invalidUtf8', 0],
])('%j is refused', (xml, code, offset) => {
  expect(refusal(xml)).toEqual([code, offset])
})

test.each<[title: string, xml: string, quotas: object, code: string]>([
  ['33 elements in each other', `${'<a>'.repeat(33)}${'</a>'.repeat(33)}`, {}, 'maxDepth'],
  ['a text of 8193 characters', `<a>${'x'.repeat(8193)}</a>`, {}, 'maxStringContentLength'],
  ['an attribute of 5 characters', '<a b="xxxxx"/>', { maxStringContentLength: 4 }, 'maxStringContentLength'],
  ['a comment of 5 characters', '<!--xxxxx--><a/>', { maxStringContentLength: 4 }, 'maxStringContentLength'],
  ['CDATA of 5 characters', '<a><![CDATA[xxxxx]]></a>', { maxStringContentLength: 4 }, 'maxStringContentLength'],
  ['a start tag of 4097 bytes', `<a${' '.repeat(4093)}/>`, {}, 'maxBytesPerRead'],
  ['a start tag of 3,000 letters with two bytes each', `<${'é'.repeat(3000)}/>`, {}, 'maxBytesPerRead'],
  ['different names', '<aa><ab><ac/></ab></aa>', { maxNameTableCharCount: 5 }, 'maxNameTableCharCount'],
])('%s is over its quota', (_, xml, quotas, code) => {
  expect(refusal(xml, quotas)[0]).toBe(code)
})

test('what XML allows is read', () => {
  const xml = `\ufeff<?xml version='1.0' encoding="UTF-8" standalone="yes"?>
    <!-- before --><p:a xmlns:p = 'urn:p'
      b = "1&#x41;&quot;&#10;\t'" p:b='2' ><![CDATA[<&]]>]] x&#x1F600;&amp;\r\n\r </p:a >  <!-- after -->`
  expect(documentOf(new TextReader(Buffer.from(xml), defaultQuotas))).toMatchObject({
    prefix: 'p',
    namespace: 'urn:p',
    attributes: [
      { name: 'b', namespace: '', value: { value: '1A"\n \'' } },
      { name: 'b', namespace: 'urn:p', value: { value: '2' } },
    ],
    children: [
      { is: 'value', value: { value: '<&' } },
      { is: 'value', value: { value: ']] x😀&\n\n ' } },
    ],
  })
})

test('a long text is given out while it arrives, and the parts make it up', () => {
  const text = `${'x'.repeat(3000)}&amp;]]${'ü\r\n'.repeat(2000)}`
  const bytes = Buffer.from(`<a>${text}</a>`)
  const reader = new TextReader(Buffer.alloc(0), defaultQuotas, false)
  let read = ''
  let parts = 0
  for (let at = 0, node = reader.read(); node !== 'endElement'; node = reader.read()) {
    if (node === 'value') {
      read += reader.value.kind === 'text' ? reader.value.value : ''
      parts += 1
    }
    if (node === 'incomplete') {
      reader.feed(bytes.subarray(at, at + 7))
      at += 7
    }
  }
  expect(read).toBe(text.replaceAll('&amp;', '&').replaceAll('\r\n', '\n'))
  expect(parts).toBeGreaterThan(3)
})

test.each(['<a b="', '<a', '</', '<!--', '<![CDATA[', '<?xml ', 'x', '<a>&', '<a>]'])(
  'what begins with %s and never ends is refused before it is all there',
  (start) => {
    const reader = new TextReader(Buffer.from(start), defaultQuotas, false)
    expect(() => {
      for (let n = 0; n < 1000; n++) if (reader.read() === 'incomplete') reader.feed(Buffer.alloc(1000, start.at(-1)))
    }).toThrow(EncodingError)
  },
)

test('blanks between elements are passed over, and kept in a content', () => {
  const reader = new TextReader(Buffer.from('<a>\n  <b> </b>\n  <!-- c --></a>'), defaultQuotas)
  expect([nextElement(reader), nextElement(reader)]).toEqual([true, true])
  expect(readContent(reader)).toEqual({ kind: 'text', value: ' ' })
  expect([nextElement(reader), nextElement(reader), reader.node]).toEqual([false, false, 'end'])
})

test.each<[title: string, write: (writer: XmlWriter) => void, says: RegExp]>([
  ['a name with a blank', (writer) => writer.startElement('', 'a b', ''), /"a b" can't be a name/],
  ['a name that is markup', (writer) => writer.startElement('', 'a><b', ''), /can't be a name/],
  ['a prefix with a colon', (writer) => writer.startElement('p:q', 'a', 'u'), /can't be a name/],
  ['a character that XML has not', (writer) => inElement(writer, () => writer.value('\u0000')), /does not allow/],
  ['half a surrogate pair', (writer) => inElement(writer, () => writer.value('\ud800')), /does not allow/],
  ['a comment that ends itself', (writer) => writer.comment('-->'), /has a --/],
])('%s is not written as text', (_, write, says) => {
  expect(() => write(new TextWriter())).toThrow(says)
})

function inElement(writer: XmlWriter, write: () => void): void {
  writer.startElement('', 'a', '')
  write()
}
