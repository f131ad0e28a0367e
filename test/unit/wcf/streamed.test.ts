import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { binaryContentType, sessionContentType, textContentType } from '#encoding/message-encoding.ts'
import { stream, WcfFault, wcf, z } from '#wcf/wcf.ts'
import { cutAt } from '../../support/bytes.ts'
import { WcfPeer, wrapper } from '../../support/wcf-peer.ts'

const action = (operation: string) => `http://tempuri.org/IFiles/${operation}`

/** Bytes that tell their places. */
const bytes = (length: number) => Buffer.from(Array.from({ length }, (_, index) => index % 251))

const files = wcf({
  name: 'IFiles',
  operations: {
    Reverse: {
      in: stream('data'),
      out: stream(),
      async *run(data) {
        yield Buffer.concat(await Array.fromAsync(data)).reverse()
      },
    },
    Pieces: {
      in: { sizes: z.array(z.int32()) },
      out: stream(),
      async *run({ sizes }) {
        for (const size of sizes) yield bytes(size)
      },
    },
    Fail: {
      in: { after: z.int() },
      out: stream(),
      async *run({ after }) {
        for (let count = 0; count < after; count++) yield bytes(3)
        throw new WcfFault({ reason: 'no more' })
      },
    },
    Echo: { in: { text: z.string() }, out: z.string(), run: ({ text }) => text },
    Note: { in: { text: z.string() }, oneWay: true, run() {} },
  },
})

const upload = (data: Buffer) => wrapper('Reverse', { data: data.toString('base64') })
const content = (body: string) => Buffer.from(body.replaceAll(/<[^>]*>/g, ''), 'base64')

describe.each([
  ['streamed', 'singleton', binaryContentType],
  ['streamed text', 'singleton', textContentType],
  ['buffered', 'duplex', sessionContentType],
  ['buffered text', 'duplex', textContentType],
] as const)('a %s message', (_, mode, contentType) => {
  const open = () => WcfPeer.open(files, { mode, contentType })

  test.each([0, 1, 2, 3, 1000, 4096])('carries a stream of %i bytes in and out', async (size) => {
    const peer = await open()
    peer.send(action('Reverse'), upload(bytes(size)))
    const [answer] = await peer.finish()
    expect(answer?.action).toBe(action('ReverseResponse'))
    expect(answer && content(answer.body)).toEqual(bytes(size).reverse())
  })

  test('has a stream whole whatever pieces it is given in', async () => {
    const peer = await open()
    peer.send(action('Pieces'), (writer) => {
      const arrays = 'http://schemas.microsoft.com/2003/10/Serialization/Arrays'
      writer.startElement('', 'Pieces', 'http://tempuri.org/')
      writer.startElement('', 'sizes', 'http://tempuri.org/')
      writer.array('b', 'int', arrays, { of: 'int32', items: [1, 1, 0, 5, 2500, 1] })
      writer.endElement()
      writer.endElement()
    })
    const [answer] = await peer.finish()
    const expected = Buffer.concat([1, 1, 0, 5, 2500, 1].map(bytes))
    expect(answer && content(answer.body)).toEqual(expected)
  })

  test('becomes a fault when its stream fails before there is a byte', async () => {
    const peer = await open()
    peer.send(action('Fail'), wrapper('Fail', { after: '0' }))
    const [answer] = await peer.finish()
    expect(answer?.body).toContain('no more')
    expect(answer?.body).toContain('s:Sender')
  })

  test('has no reply when it is one-way', async () => {
    const peer = await open()
    peer.send(action('Note'), wrapper('Note', { text: 'x' }), { oneWay: true })
    expect(await peer.finish()).toEqual([])
  })
})

describe('a streamed request', () => {
  const open = () => WcfPeer.open(files, { mode: 'singleton', contentType: binaryContentType })

  test('may be for an operation that wants it whole, in any pieces', async () => {
    const peer = await open()
    const whole = wrapper('Echo', { text: 'hello' })
    const sent = new Promise<Buffer>((resolve) => {
      const sendBytes = peer.sendBytes.bind(peer)
      peer.sendBytes = (all) => {
        for (const piece of cutAt(all, [1, 50, 51, 200])) sendBytes(piece)
        resolve(all)
      }
    })
    peer.send(action('Echo'), whole)
    await sent
    expect((await peer.finish())[0]?.body).toContain('>hello<')
  })

  test('is given to its operation while it still arrives', async () => {
    const seen: number[] = []
    const watching = wcf({
      name: 'IFiles',
      operations: {
        Reverse: {
          in: stream('data'),
          async run(data) {
            for await (const piece of data) seen.push(piece.length)
          },
        },
      },
    })
    const peer = await WcfPeer.open(watching, { mode: 'singleton', contentType: binaryContentType })
    const all: Buffer[] = []
    const sendBytes = peer.sendBytes.bind(peer)
    peer.sendBytes = (message) => all.push(message)
    peer.send(action('Reverse'), (writer) => {
      writer.startElement('', 'Reverse', 'http://tempuri.org/')
      writer.startElement('', 'data', 'http://tempuri.org/')
      for (const size of [30, 600]) writer.value({ kind: 'bytes', value: bytes(size) })
      writer.endElement()
      writer.endElement()
    })
    const [message = Buffer.alloc(0)] = all
    const secondRecord = message.length - 500
    sendBytes(message.subarray(0, secondRecord))
    await expect.poll(() => seen).toEqual([30])
    sendBytes(message.subarray(secondRecord))
    expect(await peer.finish()).toHaveLength(1)
    expect(seen).toEqual([30, 600])
  })

  test('in an encoding of sessions is refused', async () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    onTestFinished(() => write.mockRestore())
    const peer = await WcfPeer.open(files, { mode: 'singleton', contentType: sessionContentType })
    await peer.over
    expect(peer.refusedWith).toBe('ContentTypeInvalid')
  })

  test('that breaks off within its headers gets a fault', async () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    onTestFinished(() => write.mockRestore())
    const peer = await open()
    peer.sendBytes(Buffer.from([0x56, 0x02]))
    expect((await peer.finish())[0]?.body).toContain('b:DeserializationFailed')
  })
})
