import { expect, test } from 'vitest'
import { dictionaryString } from '#encoding/dictionary-string.ts'
import { openEncoding, sessionContentType } from '#encoding/message-encoding.ts'
import { defaultQuotas } from '#encoding/reader-quotas.ts'
import { IncomingSession, OutgoingSession } from '#encoding/session-dictionary.ts'
import { hex } from '../../support/bytes.ts'

test('strings have the ids in the order in which they came, over all messages', () => {
  const session = new IncomingSession(2048)
  expect(session.readTable(hex('04 01 61 01 62 40'))).toBe(5)
  expect(session.readTable(hex('00 40'))).toBe(1)
  expect(session.readTable(hex('03 02 c3 a9 40'))).toBe(4)
  expect(session.strings).toEqual(['a', 'b', 'é'])
})

test.each([
  ['nothing', '', 'stringTableMalformed'],
  ['a table that is longer than its message', '05 01 61', 'stringTableMalformed'],
  ['a string that is longer than its table', '02 05 61', 'stringTableMalformed'],
  ['a table that ends within a size', '01 80', 'stringTableMalformed'],
  ['a size of more than 31 bits', 'ff ff ff ff 08', 'stringTableMalformed'],
  ['a string that is not UTF-8', '03 02 c3 28', 'invalidUtf8'],
  ['a table over the limit', '0c 0b 61 61 61 61 61 61 61 61 61 61 61', 'maxSessionSize'],
])('%s is refused, and everything that comes after it', (_, dump, code) => {
  const session = new IncomingSession(11)
  expect(() => session.readTable(hex(dump))).toThrow(expect.objectContaining({ code }))
  expect(() => session.readTable(hex('00'))).toThrow(expect.objectContaining({ code: 'sessionBroken' }))
})

test('the limit is for the session, not for a message', () => {
  const session = new IncomingSession(5)
  session.readTable(hex('02 01 61'))
  session.readTable(hex('03 02 61 61'))
  expect(() => session.readTable(hex('01 00'))).toThrow(/over the limit of 5 bytes/)
})

test('the first string without room ends the taking up, as with WCF', () => {
  const session = new OutgoingSession(7)
  expect(['aa', 'bbbb', 'c', 'aa'].map((text) => session.idOf(dictionaryString(text)))).toEqual([
    1,
    undefined,
    undefined,
    1,
  ])
})

test('the room of strings that are not sent is free again', () => {
  const session = new OutgoingSession(5)
  expect(session.idOf(dictionaryString('aaaa'))).toBe(1)
  expect(session.idOf(dictionaryString('b'))).toBeUndefined()
  session.forget()
  expect(session.idOf(dictionaryString('cccc'))).toBe(1)
})

test('a message that was not finished leaves no string behind', async () => {
  const own = dictionaryString('Own')
  const encoding = await openEncoding(sessionContentType)
  const writeRoot = (name: string) =>
    encoding.write((writer) => {
      writer.startElement('', dictionaryString(name), '')
      if (name === 'Broken') throw new Error('the service failed')
      writer.endElement()
    })
  expect(() => writeRoot('Broken')).toThrow('the service failed')
  expect(
    encoding.write((writer) => {
      writer.startElement('', own, '')
      writer.endElement()
    }),
  ).toEqual(hex('04 03 4f776e 42 01 01'))
  expect(writeRoot('Own')).toEqual(hex('00 42 01 01'))
})

test('the two directions of a session have strings of their own', async () => {
  const [client, server] = [await openEncoding(sessionContentType), await openEncoding(sessionContentType)]
  const send = (from: typeof client, to: typeof client, name: string) => {
    const reader = to.read(
      from.write((writer) => {
        writer.startElement('a', dictionaryString(name), dictionaryString('urn:own'))
        writer.endElement()
      }),
    )
    expect(reader.read()).toBe('element')
    return `${reader.namespace} ${reader.name}`
  }
  expect(send(client, server, 'Echo')).toBe('urn:own Echo')
  expect(send(server, client, 'EchoResponse')).toBe('urn:own EchoResponse')
  expect(send(client, server, 'Echo')).toBe('urn:own Echo')
})

test('quotas hold for the document behind the table', async () => {
  const encoding = await openEncoding(sessionContentType, {
    quotas: { ...defaultQuotas, maxDepth: 1 },
    maxSessionSize: 99,
  })
  const reader = encoding.read(hex('02 01 61 42 01 42 01 01 01'))
  reader.read()
  expect(() => reader.read()).toThrow(/deeper than the limit of 1, at byte 5/)
})
