import { describe, expect, test } from 'vitest'
import { openEncoding, textContentType } from '#encoding/message-encoding.ts'
import { type MessageHeaders, readHeaders, readStreamedHeaders } from '#soap/headers.ts'
import { MessageError } from '#soap/message-error.ts'
import { addressing, soap } from '#soap/names.ts'

const text = await openEncoding(textContentType)
const namespaces = `xmlns:s="${soap.namespace.text}" xmlns:a="${addressing.namespace.text}"`
const envelope = (headers: string, body = '<s:Body/>') =>
  `<s:Envelope ${namespaces}><s:Header>${headers}</s:Header>${body}</s:Envelope>`

const read = (message: string) => readHeaders(text.read(Buffer.from(message)))

async function readStreamed(message: string): Promise<MessageHeaders> {
  async function* bytes() {
    for (const byte of Buffer.from(message)) yield Buffer.from([byte])
  }
  return await readStreamedHeaders(text.readStreamed(Buffer.alloc(0)), bytes())
}

describe.each([
  ['a whole message', async (message: string) => read(message)],
  ['a message byte by byte', readStreamed],
])('the headers of %s', (_, headersOf) => {
  test('are read up to the body', async () => {
    const headers = await headersOf(
      envelope(`<a:Action s:mustUnderstand="1">urn:do</a:Action><a:MessageID>urn:uuid:1</a:MessageID>
        <a:ReplyTo><a:Address>urn:me</a:Address></a:ReplyTo><a:FaultTo><a:Address>urn:you</a:Address></a:FaultTo>
        <a:From><a:Address>urn:from</a:Address></a:From><a:To s:mustUnderstand="1">urn:to</a:To>
        <a:RelatesTo>urn:uuid:0</a:RelatesTo>`),
    )
    expect(headers).toMatchObject({
      action: 'urn:do',
      messageId: { kind: 'text', value: 'urn:uuid:1' },
      replyTo: 'urn:me',
      faultTo: 'urn:you',
      from: 'urn:from',
      to: 'urn:to',
      relatesTo: 'urn:uuid:0',
      notUnderstood: [],
    })
    expect(headers.duplicate).toBeUndefined()
  })

  test('that must be understood and are not known are told, but for those that are meant for others', async () => {
    const headers = await headersOf(
      envelope(`<x:Security xmlns:x="urn:x" s:mustUnderstand="true"><x:Deep s:mustUnderstand="1"/></x:Security>
        <x:Hint xmlns:x="urn:x"/><x:May xmlns:x="urn:x" s:mustUnderstand="0"/>
        <x:Else xmlns:x="urn:x" s:mustUnderstand="1" s:role="urn:somebody"/>
        <x:Next xmlns:x="urn:x" s:mustUnderstand="1" s:role="${soap.namespace.text}/role/next"/><Plain s:mustUnderstand="1"/>`),
    )
    expect(headers.notUnderstood).toEqual([
      { name: 'Security', namespace: 'urn:x' },
      { name: 'Next', namespace: 'urn:x' },
      { name: 'Plain', namespace: '' },
    ])
  })

  test('may relate in other ways than as a reply, and then say nothing', async () => {
    const related = envelope('<a:RelatesTo RelationshipType="urn:other">urn:uuid:0</a:RelatesTo>')
    expect((await headersOf(related)).relatesTo).toBeUndefined()
  })

  test('are told when they are there twice', async () => {
    expect((await headersOf(envelope('<a:To>urn:a</a:To><a:To>urn:b</a:To>'))).duplicate).toBe('To')
  })

  test.each([
    ['<Envelope/>', 'no SOAP 1.2'],
    [`<s:Envelope ${namespaces}/>`, 'has no body'],
    [`<s:Envelope ${namespaces}><s:Header/><s:Other/></s:Envelope>`, 'Other stands where'],
    [`<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body/></s:Envelope>`, 'no SOAP 1.2'],
  ])('of what is no message are refused: %s', async (message, why) => {
    await expect(async () => headersOf(message)).rejects.toThrow(why)
    await expect(async () => headersOf(message)).rejects.toThrow(MessageError)
  })
})

test('the headers of a streamed message have an end', async () => {
  await expect(readStreamed(envelope('<a:Hint/>'.repeat(8000)))).rejects.toThrow('over the limit of 65536 bytes')
})
