import { expect, onTestFinished, test, vi } from 'vitest'
import { type Client, client, contract, type ServiceDeclaration, stream, WcfFault, wcf, z } from '#wcf/wcf.ts'
import { type ServedWcf, servedWcf } from '../../support/served-wcf.ts'

const OutOfStock = contract('OutOfStock', { Left: z.int32() }, { namespace: 'urn:shop' })

const shop = {
  name: 'IShop',
  operations: {
    Add: { in: { n1: z.number(), n2: z.number().optional() }, out: z.number() },
    Buy: { in: { count: z.int32() }, faults: { OutOfStock } },
    Note: { in: { text: z.string() }, oneWay: true },
    Notes: { out: z.array(z.string()) },
    Wait: { in: { name: z.string() }, out: z.string() },
    Copy: { in: stream('data'), out: stream() },
  },
} satisfies ServiceDeclaration

interface Shop {
  readonly served: ServedWcf
  readonly client: Client<typeof shop>
  /** Calls of Wait that are under way, by their names. */
  readonly waiting: Map<string, PromiseWithResolvers<void>>
  whenWaiting(name: string): Promise<void>
}

async function open(options: Parameters<typeof client<typeof shop>>[2] = {}): Promise<Shop> {
  const notes: string[] = []
  const waiting = new Map<string, PromiseWithResolvers<void>>()
  const service = wcf(shop, {
    Add: ({ n1, n2 }) => n1 + (n2 ?? 0),
    Buy({ count }) {
      if (count > 5) throw new WcfFault({ reason: 'not so many', detail: { Left: 5 } })
    },
    Note: ({ text }) => void notes.push(text),
    Notes: () => notes,
    async Wait({ name }) {
      const gate = Promise.withResolvers<void>()
      waiting.set(name, gate)
      await gate.promise
      return name
    },
    Copy: (data) => data,
  })
  const served = await servedWcf(service)
  onTestFinished(() => served[Symbol.asyncDispose]())
  const whenWaiting = (name: string) => vi.waitFor(() => expect(waiting.has(name)).toBe(true), { interval: 1 })
  return { served, client: client(shop, served.address, options), waiting, whenWaiting }
}

test.each(['binarySession', 'binary', 'text'] as const)(
  'an operation is a function, in the encoding %s',
  async (encoding) => {
    const { client, served } = await open({ encoding })
    expect(await client.Add({ n1: 1, n2: 2 })).toBe(3)
    expect(await client.Add({ n1: 1.5 })).toBe(1.5)
    await client.Note({ text: 'a' })
    await client.Note({ text: 'ß 😀' })
    expect(await client.Notes()).toEqual(['a', 'ß 😀'])
    const copy = Buffer.concat(await Array.fromAsync(await client.Copy(Buffer.from('bytes'))))
    expect(copy.toString()).toBe('bytes')
    expect(served.accepted).toBe(1)
    await client.close()
    await served.whenOpen(0)
  },
)

test('a fault is thrown with the detail that the contract names, and the session goes on', async () => {
  const { client, served } = await open()
  const fault = await client.Buy({ count: 6 }).catch((error: unknown) => error)
  expect(fault).toBeInstanceOf(WcfFault)
  expect(fault).toMatchObject({ message: 'not so many', fault: 'OutOfStock', detail: { Left: 5 } })
  await client.Buy({ count: 1 })
  expect(served.accepted).toBe(1)
  await client.close()
})

test('what the contract does not allow is not sent', async () => {
  const { client, served } = await open()
  await expect(client.Buy({ count: 'many' as unknown as number })).rejects.toThrow('count')
  await client.Buy({ count: 1 })
  expect(served.accepted).toBe(1)
  await client.close()
})

test('calls at once have a session each, which later calls use', async () => {
  const { client, served, waiting, whenWaiting } = await open()
  const names = ['a', 'b', 'c']
  const calls = names.map((name) => client.Wait({ name }))
  for (const name of names) await whenWaiting(name)
  for (const gate of waiting.values()) gate.resolve()
  expect(await Promise.all(calls)).toEqual(names)
  await Promise.all([client.Add({ n1: 1 }), client.Add({ n1: 2 }), client.Add({ n1: 3 })])
  expect(served.accepted).toBe(3)
  await client.close()
})

test('the contract types calls and options', () => {
  const calls = client(shop, 'net.tcp://localhost/shop')
  const feed = { name: 'IFeed', callbacks: { Tick: { in: { n: z.int32() } } }, operations: { Start: {} } }
  const wrong = () => {
    // @ts-expect-error there is no such operation
    calls.Sub({ n1: 1 })
    // @ts-expect-error a parameter is missing
    calls.Add({})
    // @ts-expect-error a parameter has the wrong type
    calls.Add({ n1: '1' })
    // @ts-expect-error a callback contract needs callbacks
    client(feed, 'net.tcp://localhost/feed')
    // @ts-expect-error a service needs all operations
    wcf(shop, {})
  }
  expect(wrong).toThrow()
  expect(Object.keys(calls)).toEqual(['close', ...Object.keys(shop.operations)])
})

test('what has `run` beside the contract is one too', async () => {
  const definition = { name: 'IEcho', operations: { Echo: { in: { a: z.int32() }, out: z.int32(), run: () => 5 } } }
  await using served = await servedWcf(wcf({ ...definition }))
  await using calls = client(definition, served.address)
  expect(await calls.Echo({ a: 1 })).toBe(5)
})
