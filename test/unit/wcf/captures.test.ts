import { describe, expect, test } from 'vitest'
import { BinaryReader } from '#encoding/binary-reader.ts'
import { readElement } from '#encoding/element-tree.ts'
import { binaryContentType } from '#encoding/message-encoding.ts'
import { greatestQuotas } from '#encoding/reader-quotas.ts'
import { stream, WcfFault, wcf, z } from '#wcf/wcf.ts'
import { messages } from '../../support/envelopes.ts'
import { type Received, received, WcfPeer } from '../../support/wcf-peer.ts'

let notified = 0

const echo = wcf({
  name: 'IEcho',
  operations: {
    Echo: { in: { text: z.string() }, out: z.string(), run: ({ text }) => text },
    Notify: {
      in: { text: z.string() },
      oneWay: true,
      run() {
        notified += 1
      },
    },
    NotifyCount: { out: z.number(), run: () => notified },
    Length: {
      in: stream('data'),
      out: z.number(),
      async run(data) {
        let length = 0
        for await (const bytes of data) length += bytes.length
        return length
      },
    },
    Fail: {
      in: { why: z.string() },
      run({ why }) {
        throw new WcfFault({ reason: why })
      },
    },
  },
})

const duplex = wcf({
  name: 'IDuplexEcho',
  callbacks: { Tick: { in: { n: z.number() }, oneWay: true } },
  operations: {
    Subscribe: {
      in: { ticks: z.number() },
      out: z.string(),
      async run({ ticks }, { callback }) {
        for (let n = 1; n <= ticks; n++) await callback.Tick({ n })
        return `subscribed ${ticks}`
      },
    },
  },
})

/** What the peer of a real client answered in an exchange. */
function captured(exchange: string, from: 'client' | 'server') {
  return messages.filter(({ title }) => title.startsWith(`${exchange}, ${from}`))
}

function decoded({ bytes, session, documentAt }: (typeof messages)[number]): Received {
  return received(readElement(new BinaryReader(bytes, greatestQuotas, session, documentAt)))
}

describe('what a real WCF client sends is answered as a real WCF service answers it', () => {
  test.each(['echo', 'echo3-keepopen', 'length-3000', 'notify-oneway'])('%s', async (exchange) => {
    notified = 0
    const peer = await WcfPeer.open(echo)
    for (const { bytes } of captured(exchange, 'client')) peer.sendBytes(bytes)
    const answers = await peer.finish()
    expect(answers.map(({ xml }) => xml)).toEqual(captured(exchange, 'server').map((each) => decoded(each).xml))
  })

  test('duplex-callback: but for the address of the client, which the connection is', async () => {
    const peer = await WcfPeer.open(duplex)
    for (const { bytes } of captured('duplex-callback', 'client')) peer.sendBytes(bytes)
    const answers = await peer.finish()
    const expected = captured('duplex-callback', 'server').map(decoded)
    const told = ({ action, relatesTo, body }: Received) => ({ action, relatesTo, body })
    expect(answers.map(told)).toEqual(expected.map(told))
  })

  test('streamed', async () => {
    const peer = await WcfPeer.open(echo, { mode: 'singleton', contentType: binaryContentType })
    const [request] = captured('streamed', 'client')
    // One byte after the other: what is asked for can come in any pieces.
    for (const byte of request?.bytes ?? []) peer.sendBytes(Buffer.from([byte]))
    const [answer] = await peer.finish()
    const [expected] = captured('streamed', 'server')
    expect(answer?.xml).toBe(expected && decoded(expected).xml)
  })

  test('soapfault: as .NET has it, with an action and a code of its own', async () => {
    const peer = await WcfPeer.open(echo)
    for (const { bytes } of captured('soapfault', 'client')) peer.sendBytes(bytes)
    const [fault] = await peer.finish()
    expect(fault).toMatchObject({
      action: 'http://www.w3.org/2005/08/addressing/soap/fault',
      relatesTo: 'urn:uuid:01b1f531-f092-4bdf-8022-7eeb797ea52e',
      body: expect.stringContaining('<s:Code><s:Value>s:Sender</s:Value></s:Code>'),
    })
    expect(fault?.body).toContain('<s:Reason><s:Text xml:lang="en-US">because</s:Text></s:Reason></s:Fault>')
  })
})
