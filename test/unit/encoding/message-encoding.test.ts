import { expect, test } from 'vitest'
import { openEncoding } from '#encoding/message-encoding.ts'
import { readContent, readNext } from '#encoding/xml-reader.ts'

test.each([
  ['application/soap+msbinsession1', 'application/soap+msbinsession1'],
  ['application/soap+msbin1', 'application/soap+msbin1'],
  ['application/soap+xml; charset=utf-8', 'application/soap+xml; charset=utf-8'],
  ['Application/SOAP+XML;charset="UTF-8"', 'application/soap+xml; charset=utf-8'],
])('%s is one of the three encodings', async (contentType, name) => {
  expect((await openEncoding(contentType)).contentType).toBe(name)
})

test.each([
  ['multipart/related; type="application/xop+xml"', 'mtom', /MTOM is not supported: let the client use/],
  ['application/soap+msbin1+gzip', 'unsupportedContentType', /"application\/soap\+msbin1\+gzip" is not supported/],
  ['application/soap+xml; charset=utf16', 'unsupportedContentType', /must be application\/soap\+msbinsession1/],
  ['text/xml; charset=utf-8', 'unsupportedContentType', /text\/xml/],
  ['unknown9', 'unsupportedContentType', /unknown9/],
])('%s is refused with a reason', async (contentType, code, says) => {
  await expect(openEncoding(contentType)).rejects.toMatchObject({ code, message: expect.stringMatching(says) })
})

test.each(['application/soap+msbin1', 'application/soap+xml; charset=utf-8'])(
  'a streamed message in %s is read while it arrives',
  async (contentType) => {
    const encoding = await openEncoding(contentType)
    const message = encoding.write((writer) => {
      writer.startElement('s', 'Envelope', 'urn:s')
      writer.value('hello')
      writer.endElement()
    })
    const pieces = Array.from(message, (byte) => Buffer.of(byte))
    const source = pieces.values()
    const reader = encoding.readStreamed(Buffer.alloc(0))
    const nodes: string[] = []
    for (let node = ''; node !== 'end'; nodes.push(node)) node = await readNext(reader, asAsync(source))
    expect(nodes).toEqual(['element', 'value', 'endElement', 'end'])
  },
)

test('a session is never streamed', async () => {
  const encoding = await openEncoding('application/soap+msbinsession1')
  expect(() => encoding.readStreamed(Buffer.alloc(0))).toThrow(/must be application\/soap\+msbin1/)
})

test('a streamed message that ends too early says so', async () => {
  const reader = (await openEncoding('application/soap+msbin1')).readStreamed(Buffer.from([0x40, 1, 0x61]))
  const nothing = asAsync([].values())
  expect(await readNext(reader, nothing).catch((error) => error.code)).toBe('endOfDocument')
})

test('text and binary give the same content', async () => {
  for (const contentType of ['application/soap+msbin1', 'application/soap+xml']) {
    const encoding = await openEncoding(contentType)
    const reader = encoding.read(
      encoding.write((writer) => {
        writer.startElement('', 'a', '')
        writer.value('12')
        writer.comment('and')
        writer.value('34')
        writer.endElement()
      }),
    )
    reader.read()
    expect(readContent(reader)).toEqual({ kind: 'text', value: '1234' })
  }
})

function asAsync(values: Iterator<Buffer>): AsyncIterator<Buffer> {
  return { next: async () => values.next() }
}
