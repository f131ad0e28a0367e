import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { BinaryReader } from '#encoding/binary-reader.ts'
import { BinaryWriter } from '#encoding/binary-writer.ts'
import { dictionaryString } from '#encoding/dictionary-string.ts'
import { writeElement } from '#encoding/element-tree.ts'
import { defaultQuotas } from '#encoding/reader-quotas.ts'
import { IncomingSession, OutgoingSession } from '#encoding/session-dictionary.ts'
import { TextReader } from '#encoding/text-reader.ts'
import { TextWriter } from '#encoding/text-writer.ts'
import { exchanges } from '../../support/bytes.ts'
import { documentOf, normal } from '../../support/documents.ts'
import { messages } from '../../support/envelopes.ts'

const read = ({ bytes, session, documentAt }: (typeof messages)[number]) =>
  documentOf(new BinaryReader(bytes, defaultQuotas, session, documentAt))

/** The documents as they were decoded by hand when they were captured. */
const expected = exchanges.flatMap((name) => {
  const text = readFileSync(join(import.meta.dirname, '../../fixtures/captures', `${name}.decoded.txt`), 'utf8')
  return `${text}\n\n`
    .split(/^ {2}XML /m)
    .slice(1)
    .map((part) => part.split('\n\n')[0] ?? '')
})

test('every message has a decoded text', () => {
  expect(expected).toHaveLength(messages.length)
  expect(messages).toHaveLength(22)
})

test.each(messages.map((message, index) => ({ ...message, xml: expected[index] ?? '' })))(
  'a message of real peers is read to its last byte: $title',
  (message) => {
    const writer = new TextWriter()
    writeElement(writer, read(message))
    if (!message.xml.endsWith('>')) {
      // The long one was cut.
      expect(writer.finish().toString().startsWith(message.xml)).toBe(true)
      return
    }
    const asText = documentOf(new TextReader(Buffer.from(message.xml), defaultQuotas))
    expect(documentOf(new TextReader(writer.finish(), defaultQuotas))).toEqual(asText)
  },
)

test.each(messages)('a message of real peers is written again, and is the same then: $title', (message) => {
  const original = read(message)
  const writer = new BinaryWriter(new OutgoingSession(2048))
  writeElement(writer, original, dictionaryString)
  const bytes = writer.finish()
  const session = new IncomingSession(2048)
  const documentAt = session.readTable(bytes)
  expect(normal(documentOf(new BinaryReader(bytes, defaultQuotas, session.strings, documentAt)))).toEqual(
    normal(original),
  )
})
