import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { binaryContentType, textContentType } from '#encoding/message-encoding.ts'
import type { XmlWriter } from '#encoding/xml-writer.ts'
import { addressing, dispatcher } from '#soap/names.ts'
import { contract, WcfFault, wcf, z } from '#wcf/wcf.ts'
import { connection, WcfPeer, wrapper } from '../../support/wcf-peer.ts'

const action = (operation: string) => `http://tempuri.org/IShop/${operation}`

/** Everything that is written to the log of the pool during the test. */
function poolLog(): () => string {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  onTestFinished(() => write.mockRestore())
  return () => write.mock.calls.map(([text]) => String(text)).join('')
}

const OutOfStock = contract('OutOfStock', { Left: z.int() }, { namespace: 'urn:shop' })

const shop = wcf({
  name: 'IShop',
  operations: {
    Add: { in: { n1: z.number(), n2: z.number().optional() }, out: z.number(), run: ({ n1, n2 }) => n1 + (n2 ?? 0) },
    Buy: {
      in: { count: z.int() },
      faults: { OutOfStock },
      run({ count }) {
        if (count > 5) throw new WcfFault({ reason: 'not so many', detail: { Left: 5 }, code: 'Receiver' })
        if (count < 0) throw new WcfFault({ reason: 'undeclared', fault: 'Other', detail: 1 })
      },
    },
    Crash: {
      run() {
        throw new Error('the password is secret')
      },
    },
    Wrong: { out: z.int(), run: () => 'no number' as unknown as number },
    Coded: {
      run() {
        throw new WcfFault({ reason: 'x', code: 'Sender', subcode: { name: 'Late', namespace: 'urn:codes' } })
      },
    },
  },
})

describe('a request', () => {
  test.each([textContentType, binaryContentType])('is answered in %s', async (contentType) => {
    const peer = await WcfPeer.open(shop, { contentType })
    const { body } = await peer.call(action('Add'), wrapper('Add', { n1: '1.5', n2: '2' }))
    expect(body).toBe('<AddResponse xmlns="http://tempuri.org/"><AddResult>3.5</AddResult></AddResponse>')
  })

  test('may lack what is optional, have its elements in any order, and more than the contract knows', async () => {
    const peer = await WcfPeer.open(shop)
    expect((await peer.call(action('Add'), wrapper('Add', { n1: '1' }))).body).toContain('>1<')
    const odd = wrapper('Add', { n2: '1', Stranger: 'x', n1: '2' })
    expect((await peer.call(action('Add'), odd)).body).toContain('>3<')
  })

  test.each([
    ['a wrong value', wrapper('Add', { n1: 'many' }), /n1/],
    ['a missing one', wrapper('Add', {}), 'Add has no n1'],
    ['one of another name', wrapper('Add', { N1: '1' }), 'Add has no n1, but N1 of http://tempuri.org/'],
    [
      'one twice',
      (writer: XmlWriter) => {
        writer.startElement('', 'Add', 'http://tempuri.org/')
        for (const text of ['1', '2']) {
          writer.startElement('', 'n1', 'http://tempuri.org/')
          writer.value(text)
          writer.endElement()
        }
        writer.endElement()
      },
      'Add has n1 twice',
    ],
    ['another wrapper', wrapper('Sub', { n1: '1' }), 'Add of http://tempuri.org/ was expected'],
    ['no body', () => {}, 'the body is empty'],
  ])('with %s is a fault of its sender, and the session goes on', async (_, body, why) => {
    const peer = await WcfPeer.open(shop)
    const fault = await peer.call(action('Add'), body)
    expect(fault.action).toBe(dispatcher.faultAction.text)
    expect(fault.body).toContain('s:Sender')
    expect(fault.body).toContain('b:DeserializationFailed')
    expect(fault.body).toMatch(why)
    expect((await peer.call(action('Add'), wrapper('Add', { n1: '1' }))).body).toContain('>1<')
  })

  test('with an action that the contract lacks hears so', async () => {
    const peer = await WcfPeer.open(shop)
    const fault = await peer.call(action('Steal'), wrapper('Steal', {}))
    expect(fault).toMatchObject({ action: addressing.faultAction.text, relatesTo: expect.stringMatching(/^urn:uuid:/) })
    expect(fault.body).toContain('<s:Value>a:ActionNotSupported</s:Value>')
    expect(fault.body).toContain(`Action '${action('Steal')}'`)
  })

  test('without a message id, which its answer would relate to, hears so', async () => {
    const peer = await WcfPeer.open(shop)
    peer.send(action('Add'), wrapper('Add', { n1: '1' }), { oneWay: true })
    expect((await peer.next()).body).toContain('a:MessageAddressingHeaderRequired')
  })

  test('with a header that must be understood and is not gets that header back', async () => {
    const peer = await WcfPeer.open(shop, { contentType: textContentType })
    const must = `<x:Security xmlns:x="urn:x" s:mustUnderstand="1"/>`
    const request = `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="${addressing.namespace.text}"><s:Header>
      <a:Action>${action('Add')}</a:Action><a:MessageID>urn:1</a:MessageID>${must}</s:Header><s:Body/></s:Envelope>`
    peer.sendBytes(Buffer.from(request))
    const fault = await peer.next()
    expect(fault).toMatchObject({ action: addressing.soapFaultAction.text, relatesTo: 'urn:1' })
    expect(fault.xml).toContain('<s:NotUnderstood qname="b:Security" xmlns:b="urn:x">')
    expect(fault.body).toContain('<s:Value>s:MustUnderstand</s:Value>')
  })

  test('is answered where it asks for', async () => {
    const peer = await WcfPeer.open(shop, { contentType: textContentType })
    const headers = `<a:Action>${action('Coded')}</a:Action><a:MessageID>urn:1</a:MessageID>
      <a:ReplyTo><a:Address>urn:replies</a:Address></a:ReplyTo><a:FaultTo><a:Address>urn:faults</a:Address></a:FaultTo>`
    const request = `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="${addressing.namespace.text}">
      <s:Header>${headers}</s:Header><s:Body><Coded xmlns="http://tempuri.org/"/></s:Body></s:Envelope>`
    peer.sendBytes(Buffer.from(request))
    expect((await peer.next()).xml).toContain('<a:To s:mustUnderstand="1">urn:faults</a:To>')
  })
})

describe('what an operation throws', () => {
  test('as a WcfFault reaches the client with the detail that its contract names', async () => {
    const peer = await WcfPeer.open(shop)
    const fault = await peer.call(action('Buy'), wrapper('Buy', { count: '6' }))
    expect(fault.action).toBe(action('BuyOutOfStockFault'))
    expect(fault.body).toContain('<s:Value>s:Receiver</s:Value>')
    expect(fault.body).toContain('<s:Text xml:lang="en-US">not so many</s:Text>')
    expect(fault.body).toMatch(
      /<s:Detail><OutOfStock xmlns="urn:shop"[^>]*><a:Left>5<\/a:Left><\/OutOfStock><\/s:Detail>/,
    )
  })

  test('has the subcode in its own namespace', async () => {
    const peer = await WcfPeer.open(shop)
    const { body } = await peer.call(action('Coded'), wrapper('Coded', {}))
    expect(body).toContain(
      '<s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value xmlns:b="urn:codes">b:Late</s:Value></s:Subcode></s:Code>',
    )
  })

  test.each([
    ['another error', 'Crash', {}, 'the password is secret'],
    ['a fault that the operation does not declare', 'Buy', { count: '-1' }, 'its faults are: OutOfStock'],
    ['a result that the contract does not allow', 'Wrong', {}, 'no number'],
  ])('is kept from the client and told to the log: %s', async (_, operation, parameters, why) => {
    const log = poolLog()
    const peer = await WcfPeer.open(shop)
    const { action: faultAction, body } = await peer.call(action(operation), wrapper(operation, parameters))
    expect(faultAction).toBe(dispatcher.faultAction.text)
    expect(body).toContain('b:InternalServiceFault')
    expect(body).not.toContain(why)
    expect(log()).toContain(`operation IShop.${operation} of application /app failed`)
    expect(log()).toContain(why)
  })

  test('is told with its causes where the service says so', async () => {
    poolLog()
    const open = wcf({
      name: 'IShop',
      includeExceptionDetailInFaults: true,
      operations: {
        Crash: {
          run() {
            throw new TypeError('outer', { cause: new Error('inner') })
          },
        },
      },
    })
    const peer = await WcfPeer.open(open)
    const { body } = await peer.call(action('Crash'), wrapper('Crash', {}))
    expect(body).toContain('<ExceptionDetail xmlns="http://schemas.datacontract.org/2004/07/System.ServiceModel"')
    expect(body).toMatch(/<InnerException><HelpLink i:nil="true".*<Message>inner<.*<Message>outer<.*<Type>TypeError</s)
  })
})

describe('a session', () => {
  /** A service whose calls end when the test says so. */
  function slow(concurrency: 'single' | 'multiple') {
    const gates = new Map<string, PromiseWithResolvers<void>>()
    const gate = (name: string) => {
      const found = gates.get(name) ?? Promise.withResolvers<void>()
      gates.set(name, found)
      return found
    }
    const begun: string[] = []
    const service = wcf({
      name: 'IShop',
      concurrency,
      operations: {
        Wait: {
          in: { name: z.string() },
          out: z.string(),
          async run({ name }) {
            begun.push(name)
            await gate(name).promise
            return name
          },
        },
      },
    })
    return { service, begun, open: (name: string) => gate(name).resolve() }
  }

  test('runs one call after the other, in order', async () => {
    const { service, begun, open } = slow('single')
    const peer = await WcfPeer.open(service)
    for (const name of ['a', 'b']) peer.send(action('Wait'), wrapper('Wait', { name }))
    open('b')
    await expect.poll(() => begun).toEqual(['a'])
    open('a')
    const answers = await peer.finish()
    expect(answers.map(({ body }) => body.replaceAll(/<[^>]*>/g, ''))).toEqual(['a', 'b'])
    expect(begun).toEqual(['a', 'b'])
  })

  test('with multiple concurrency answers as the calls end', async () => {
    const { service, open } = slow('multiple')
    const peer = await WcfPeer.open(service)
    const ids = ['a', 'b'].map((name) => peer.send(action('Wait'), wrapper('Wait', { name })))
    open('b')
    expect((await peer.next()).relatesTo).toBe(ids[1])
    open('a')
    expect((await peer.next()).relatesTo).toBe(ids[0])
  })

  test('with multiple concurrency reads no more than sixteen calls ahead', async () => {
    const { service, begun, open } = slow('multiple')
    const peer = await WcfPeer.open(service)
    const names = Array.from({ length: 20 }, (_, index) => String(index))
    for (const name of names) peer.send(action('Wait'), wrapper('Wait', { name }))
    await expect.poll(() => begun.length).toBe(16)
    for (const name of names) open(name)
    expect(await peer.finish()).toHaveLength(20)
  })

  test('keeps an instance of its own, made before its first call', async () => {
    let made = 0
    const counting = wcf({
      name: 'IShop',
      create: ({ connection }) => ({ calls: 0, application: connection.application, number: ++made }),
      operations: {
        Count: { out: z.string(), run: (_, { instance: i }) => `${i.application} ${i.number} ${++i.calls}` },
      },
    })
    const [one, two] = [await WcfPeer.open(counting), await WcfPeer.open(counting)]
    const count = async (peer: WcfPeer) => (await peer.call(action('Count'), wrapper('Count', {}))).body
    expect(await count(one)).toContain('>/app 1 1<')
    expect(await count(two)).toContain('>/app 2 1<')
    expect(await count(one)).toContain('>/app 1 2<')
  })

  test('has the quotas of its endpoint, else those of the definition', async () => {
    poolLog()
    const careful = wcf({
      name: 'IShop',
      readerQuotas: { maxStringContentLength: 100 },
      operations: { Say: { in: { text: z.string() }, out: z.int(), run: ({ text }) => text.length } },
    })
    const info = {
      path: '/app',
      address: '',
      binding: 'netTcpBinding',
      bindingConfiguration: '',
      contract: '',
      name: '',
    }
    const endpoint = { ...info, readerQuotas: { maxStringContentLength: 200 } }
    const say = async (peer: WcfPeer, length: number) =>
      (await peer.call(action('Say'), wrapper('Say', { text: 'x'.repeat(length) }))).body
    const peer = await WcfPeer.open(careful)
    expect(await say(peer, 150)).toContain('over the limit of 100')
    expect(await say(peer, 100)).toContain('<SayResult>100</SayResult>')
    const written = await WcfPeer.open(careful, { context: { ...connection, endpoint } })
    expect(await say(written, 250)).toContain('over the limit of 200')
    expect(await say(written, 150)).toContain('<SayResult>150</SayResult>')
  })

  test.each([
    ['a document that breaks off', Buffer.from([0, 0x56, 0x02])],
    ['a string table that lies', Buffer.from([0xff, 0x01, 0x02])],
    ['no SOAP', Buffer.from([0, 0x40, 1, 0x61, 1])],
  ])('ends with a fault and a line in the log after %s', async (_, bytes) => {
    const log = poolLog()
    const peer = await WcfPeer.open(shop)
    peer.sendBytes(bytes)
    expect((await peer.next()).body).toContain('b:DeserializationFailed')
    await peer.over
    expect(log().match(/a session for net\.tcp:.* ends/g)).toHaveLength(1)
  })

  test.each(['multipart/related; type="application/xop+xml"', 'application/soap+msbin1+gzip'])(
    'in %s is refused',
    async (contentType) => {
      const log = poolLog()
      const peer = await WcfPeer.open(shop, { contentType })
      await peer.over
      expect(peer.refusedWith).toBe('ContentTypeInvalid')
      expect(log()).toContain('is refused')
    },
  )
})

describe('a callback', () => {
  const Refused = z.string()
  const asking = wcf({
    name: 'IShop',
    callbacks: {
      Ask: { in: { question: z.string() }, out: z.string(), faults: { Refused } },
      Told: { in: { news: z.string() }, oneWay: true },
    },
    operations: {
      Start: {
        out: z.string(),
        async run(_, { callback }) {
          await callback.Told({ news: 'started' })
          try {
            return await callback.Ask({ question: 'go on?' })
          } catch (error) {
            return error instanceof WcfFault ? `${error.fault} ${error.message} ${error.detail}` : String(error)
          }
        },
      },
    },
  })

  const result = (body: string) => body.replaceAll(/<[^>]*>/g, '')

  async function started() {
    const peer = await WcfPeer.open(asking)
    const id = peer.send(action('Start'), wrapper('Start', {}))
    const told = await peer.next()
    expect(told).toMatchObject({ action: action('Told'), messageId: undefined })
    const asked = await peer.next()
    expect(asked).toMatchObject({ action: action('Ask'), messageId: expect.stringMatching(/^urn:uuid:/) })
    return { peer, id, relatesTo: asked.messageId ?? '' }
  }

  test('is answered while the call that made it runs, also behind further requests', async () => {
    const { peer, id, relatesTo } = await started()
    peer.send(action('Start'), wrapper('Start', {}))
    peer.send(action('AskResponse'), wrapper('AskResponse', { AskResult: 'yes' }), { relatesTo })
    const answer = await peer.next()
    expect(answer.relatesTo).toBe(id)
    expect(result(answer.body)).toBe('yes')
  })

  test('may be answered with a fault, and its detail', async () => {
    const { peer, relatesTo } = await started()
    const soapName = 'http://www.w3.org/2003/05/soap-envelope'
    const fault = (writer: XmlWriter) => {
      const element = (prefix: string, name: string, namespace: string, content: () => void) => {
        writer.startElement(prefix, name, namespace)
        content()
        writer.endElement()
      }
      element('s', 'Fault', soapName, () => {
        element('s', 'Code', soapName, () => element('s', 'Value', soapName, () => writer.value('s:Sender')))
        element('s', 'Reason', soapName, () => element('s', 'Text', soapName, () => writer.value('no')))
        const detail = 'http://schemas.microsoft.com/2003/10/Serialization/'
        element('s', 'Detail', soapName, () => element('', 'string', detail, () => writer.value('never')))
      })
    }
    peer.send('urn:fault', fault, { relatesTo })
    expect(result((await peer.next()).body)).toBe('Refused no never')
  })

  test('gets no answer when the client has ended its side', async () => {
    const { peer } = await started()
    const [answer] = await peer.finish()
    expect(answer && result(answer.body)).toContain('the client has ended its side of the session')
  })

  test('is nothing for streamed transfer', async () => {
    poolLog()
    const peer = await WcfPeer.open(asking, { mode: 'singleton', contentType: binaryContentType })
    await peer.over
    expect(peer.refusedWith).toBe('UnsupportedMode')
  })
})

test('a contract has one operation for an action, and one-way operations return nothing', () => {
  const twice = { action: 'urn:same', run() {} }
  expect(() => wcf({ name: 'IShop', operations: { A: twice, B: twice } })).toThrow(
    'A and B have the same action urn:same',
  )
  const returning = { oneWay: true, out: z.string(), run: () => '' }
  expect(() => wcf({ name: 'IShop', operations: { A: returning } })).toThrow('IShop.A is one-way')
})
