import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BinaryReader } from '#encoding/binary-reader.ts'
import { BinaryWriter } from '#encoding/binary-writer.ts'
import { dictionaryString } from '#encoding/dictionary-string.ts'
import { writeElement } from '#encoding/element-tree.ts'
import { defaultQuotas, greatestQuotas } from '#encoding/reader-quotas.ts'
import { IncomingSession, OutgoingSession } from '#encoding/session-dictionary.ts'
import { TextReader } from '#encoding/text-reader.ts'
import { TextWriter } from '#encoding/text-writer.ts'
import { cutAt } from '../../support/bytes.ts'
import { documentOf, documents, nodesOf, normal } from '../../support/documents.ts'
import { messages } from '../../support/envelopes.ts'

test('what is written in binary is read as it was', () => {
  fc.assert(
    fc.property(documents, (document) => {
      const writer = new BinaryWriter()
      writeElement(writer, document)
      const again = documentOf(new BinaryReader(writer.finish(), greatestQuotas))
      expect(normal(again)).toEqual(normal(document))
    }),
    { numRuns: 300 },
  )
})

test('messages of one session are read as they were written, whatever each of them took up', () => {
  fc.assert(
    fc.property(fc.array(documents, { maxLength: 6 }), fc.constantFrom(0, 30, 200, 2048), (sent, maxSessionSize) => {
      const writer = new BinaryWriter(new OutgoingSession(maxSessionSize))
      const session = new IncomingSession(maxSessionSize)
      for (const document of sent) {
        writer.begin()
        writeElement(writer, document, dictionaryString)
        const message = writer.finish()
        const documentAt = session.readTable(message)
        const again = documentOf(new BinaryReader(message, greatestQuotas, session.strings, documentAt))
        expect(normal(again)).toEqual(normal(document))
      }
    }),
    { numRuns: 60 },
  )
})

test('what is written as text says what it said in binary', () => {
  fc.assert(
    fc.property(documents, (document) => {
      const writer = new TextWriter()
      writeElement(writer, document)
      const first = writer.finish()
      const again = documentOf(new TextReader(first, greatestQuotas))
      writer.begin()
      writeElement(writer, again)
      expect(writer.finish().toString()).toBe(first.toString())
    }),
    { numRuns: 200 },
  )
})

test('a message that arrives in pieces is read as one that is all there', () => {
  fc.assert(
    fc.property(fc.constantFrom(...messages), fc.array(fc.nat(), { maxLength: 12 }), (message, cuts) => {
      const document = message.bytes.subarray(message.documentAt)
      const pieces = cutAt(document, cuts)
      const reader = new BinaryReader(pieces[0] ?? Buffer.alloc(0), defaultQuotas, message.session, 0, false)
      expect(nodesOf(reader, feeder(reader, pieces.slice(1)))).toEqual(
        nodesOf(new BinaryReader(document, defaultQuotas, message.session)),
      )
    }),
    { numRuns: 300 },
  )
})

test('a text that arrives in pieces is read as one that is all there', () => {
  fc.assert(
    fc.property(documents, fc.array(fc.nat(), { maxLength: 12 }), (document, cuts) => {
      const writer = new TextWriter()
      writeElement(writer, document)
      const bytes = Buffer.concat([Buffer.from('\ufeff<?xml version="1.0"?>\r\n'), writer.finish(), Buffer.from('\n')])
      const pieces = cutAt(bytes, cuts)
      const reader = new TextReader(pieces[0] ?? Buffer.alloc(0), greatestQuotas, false)
      expect(nodesOf(reader, feeder(reader, pieces.slice(1)))).toEqual(nodesOf(new TextReader(bytes, greatestQuotas)))
    }),
    { numRuns: 200 },
  )
})

function feeder(reader: BinaryReader | TextReader, pieces: Buffer[]): () => void {
  return () => {
    const piece = pieces.shift()
    if (piece) reader.feed(piece)
    else reader.endOfInput()
  }
}
