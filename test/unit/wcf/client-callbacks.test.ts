import { expect, onTestFinished, test, vi } from 'vitest'
import { openEncoding, sessionContentType } from '#encoding/message-encoding.ts'
import { encodeSizedEnvelope, preambleAck } from '#framing/envelopes.ts'
import { writeMessage } from '#soap/write-message.ts'
import { type ClientOptions, client, type ServiceDeclaration, WcfFault, wcf, z } from '#wcf/wcf.ts'
import { scriptedServer } from '../../support/scripted-server.ts'
import { type ServedWcf, servedWcf } from '../../support/served-wcf.ts'
import { wrapper } from '../../support/wcf-peer.ts'

const feed = {
  name: 'IFeed',
  callbacks: {
    Tick: { in: { n: z.int32() }, oneWay: true },
    Confirm: { in: { text: z.string() }, out: z.boolean(), faults: { Reason: z.string() } },
  },
  operations: {
    Start: { in: { ticks: z.int32() }, out: z.string() },
    Wait: { in: { name: z.string() }, out: z.string() },
    Release: { in: { name: z.string() } },
  },
} satisfies ServiceDeclaration

async function open(options: Partial<ClientOptions<typeof feed>> = {}) {
  const waiting = new Map<string, () => void>()
  const service = wcf(
    feed,
    {
      async Start({ ticks }, { callback }) {
        for (let n = 0; n < ticks; n++) await callback.Tick({ n })
        try {
          return String(await callback.Confirm({ text: 'sure?' }))
        } catch (error) {
          return error instanceof WcfFault ? `${error.message} ${error.detail}` : 'no fault'
        }
      },
      Wait: ({ name }) => new Promise((resolve) => waiting.set(name, () => resolve(name))),
      Release: ({ name }) => waiting.get(name)?.(),
    },
    { concurrency: 'multiple' },
  )
  const served: ServedWcf = await servedWcf(service)
  onTestFinished(() => served[Symbol.asyncDispose]())
  const ticks: number[] = []
  const callbacks = { Tick: ({ n }: { n: number }) => void ticks.push(n), Confirm: () => ticks.length > 1 }
  const whenWaiting = (name: string) => vi.waitFor(() => expect(waiting.has(name)).toBe(true), { interval: 1 })
  return { served, ticks, whenWaiting, client: client(feed, served.address, { callbacks, ...options }) }
}

test('the service calls back within a call, in order, and gets answers', async () => {
  const { client, ticks, served } = await open()
  expect(await client.Start({ ticks: 3 })).toBe('true')
  expect(ticks).toEqual([0, 1, 2])
  await client.close()
  await served.whenOpen(0)
})

test('what a callback throws is a fault for the service: a declared one with its detail, another without its message', async () => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  onTestFinished(() => void vi.restoreAllMocks())
  const thrown: unknown[] = [new WcfFault({ reason: 'no', detail: 'tired' }), new Error('the password')]
  const Confirm = (): boolean => {
    throw thrown.shift()
  }
  const { client } = await open({ callbacks: { Tick: () => {}, Confirm } })
  expect(await client.Start({ ticks: 0 })).toBe('no tired')
  expect(await client.Start({ ticks: 0 })).toMatch(/internal error.* undefined/)
  await client.close()
})

test('calls at once share the session, and answers find their calls in any order', async () => {
  const { client, served, whenWaiting } = await open()
  const [a, b] = [client.Wait({ name: 'a' }), client.Wait({ name: 'b' })]
  await whenWaiting('a')
  await whenWaiting('b')
  await client.Release({ name: 'b' })
  expect(await b).toBe('b')
  await client.Release({ name: 'a' })
  expect(await a).toBe('a')
  expect(served.accepted).toBe(1)
  await client.close()
})

test('a call that is given up leaves the session to the others', async () => {
  const { client, whenWaiting, served } = await open()
  const stop = new AbortController()
  const a = client.Wait({ name: 'a' }, { signal: stop.signal })
  await whenWaiting('a')
  stop.abort(new Error('enough'))
  await expect(a).rejects.toThrow('enough')
  await client.Release({ name: 'a' })
  expect(await client.Start({ ticks: 2 })).toBe('true')
  expect(served.accepted).toBe(1)
  await client.close()
})

test('a client whose session is over says so, and has no other', async () => {
  const disconnected = vi.fn()
  const { client, served, whenWaiting } = await open({ disconnected })
  const a = client.Wait({ name: 'a' })
  await whenWaiting('a')
  served.breakAll()
  await expect(a).rejects.toMatchObject({ problem: 'connectionLost', mayHaveRun: true })
  expect(disconnected).toHaveBeenCalledOnce()
  await expect(client.Release({ name: 'a' })).rejects.toMatchObject({ problem: 'clientClosed', mayHaveRun: false })
  expect(served.accepted).toBe(1)
  await client.close()
})

test('closing it is no disconnection', async () => {
  const disconnected = vi.fn()
  const { client } = await open({ disconnected })
  await client.Start({ ticks: 0 })
  await client.close()
  expect(disconnected).not.toHaveBeenCalled()
})

test('a callback that comes with the acceptance is not lost', async () => {
  const encoding = await openEncoding(sessionContentType)
  const action = 'http://tempuri.org/IFeed/Tick'
  const tick = encoding.write((writer) => writeMessage(writer, { action }, wrapper('Tick', { n: '7' })))
  await using server = await scriptedServer((peer) => peer.write(preambleAck, encodeSizedEnvelope(tick)))
  const ticked = Promise.withResolvers<number>()
  const callbacks = { Tick: ({ n }: { n: number }) => ticked.resolve(n), Confirm: () => true }
  const calls = client(feed, `net.tcp://127.0.0.1:${server.port}/`, { callbacks })
  const stop = new AbortController()
  const call = calls.Start({ ticks: 1 }, { signal: stop.signal })
  expect(await ticked.promise).toBe(7)
  stop.abort(new Error('enough'))
  await expect(call).rejects.toThrow('enough')
})

test('a callback without a function is told when the client is made', () => {
  const callbacks = { Tick: () => {} } as unknown as ClientOptions<typeof feed>['callbacks']
  expect(() => client(feed, 'net.tcp://localhost/feed', { callbacks })).toThrow('the callback Confirm has no function')
})
