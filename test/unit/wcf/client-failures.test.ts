import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { encodeSizedEnvelope, end, preambleAck } from '#framing/envelopes.ts'
import { encodeFault, faultUri } from '#framing/faults.ts'
import { clientOf, type PlainOptions } from '#wcf/client.ts'
import { type Client, ContractError, client, type ServiceDeclaration, wcf, z } from '#wcf/wcf.ts'
import type { FramingClient } from '../../support/framing-client.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { wholePreamble } from '../../support/net-tcp-client.ts'
import { type ScriptedServer, scriptedServer } from '../../support/scripted-server.ts'
import { servedWcf } from '../../support/served-wcf.ts'

const shop = {
  name: 'IShop',
  operations: {
    Add: { in: { n1: z.number() }, out: z.number() },
    Slow: { out: z.string() },
    Note: { in: { text: z.string() }, oneWay: true },
  },
} satisfies ServiceDeclaration

interface Scripted {
  readonly server: ScriptedServer
  readonly client: Client<typeof shop>
  readonly clock: ManualClock
}

async function against(
  script: (peer: FramingClient, n: number) => unknown,
  options: PlainOptions = {},
): Promise<Scripted> {
  const server = await scriptedServer(script)
  onTestFinished(() => server[Symbol.asyncDispose]())
  const clock = new ManualClock()
  return { server, clock, client: clientOf(shop, `net.tcp://127.0.0.1:${server.port}/app`, options, clock) }
}

/** Reads the preamble of the client. */
async function preamble(peer: FramingClient): Promise<void> {
  const { length } = wholePreamble(`net.tcp://127.0.0.1:${peer.socket.localPort}/app`)
  await peer.read(length)
}

/** Accepts the session and takes the first message. */
async function request(peer: FramingClient): Promise<void> {
  await preamble(peer)
  peer.write(preambleAck)
  const [type, size = 0] = await peer.read(2)
  expect(type).toBe(6)
  // Requests of these tests have between 128 and 16,383 bytes.
  const [high = 0] = await peer.read(1)
  await peer.read((size & 0x7f) | (high << 7))
}

test.each(['EndpointNotFound', 'ServerTooBusy', 'ServiceActivationFailed'] as const)(
  'a service that answers %s is told with the URI and its meaning',
  async (fault) => {
    const { client } = await against(async (peer) => {
      await preamble(peer)
      peer.write(encodeFault(fault))
      peer.socket.end()
    })
    const uri = faultUri(fault)
    const error = { name: 'CommunicationError', problem: 'framingFault', fault, uri, mayHaveRun: false }
    await expect(client.Add({ n1: 1 })).rejects.toMatchObject(error)
    await expect(client.Add({ n1: 1 })).rejects.toThrow(fault)
    await client.close()
  },
)

test('a service that is not there is told', async () => {
  const { server, client } = await against(() => {})
  await server[Symbol.asyncDispose]()
  const error = { problem: 'unreachable', mayHaveRun: false, message: expect.stringContaining('ECONNREFUSED') }
  await expect(client.Add({ n1: 1 })).rejects.toMatchObject(error)
  // Errors of a socket know nothing of who has called.
  const thrown = await client.Add({ n1: 1 }).catch((error: Error) => error.stack)
  expect(thrown).toMatch(/Add: net\.tcp:.*client-failures\.test\.ts/s)
})

test('a service that speaks something else is told', async () => {
  const { client } = await against((peer) => peer.write(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')))
  await expect(client.Add({ n1: 1 })).rejects.toMatchObject({ problem: 'protocol', message: /HTTP/ })
})

test.each([
  ['closes', (peer: FramingClient) => peer.socket.end(), 'connectionLost'],
  ['resets', (peer: FramingClient) => peer.socket.resetAndDestroy(), 'connectionLost'],
  ['ends the session', (peer: FramingClient) => peer.write(end), 'connectionLost'],
  ['sends a fault', (peer: FramingClient) => peer.write(encodeFault('ServerTooBusy')), 'framingFault'],
  ['sends what is no message', (peer: FramingClient) => peer.write(encodeSizedEnvelope(Buffer.from('?'))), 'protocol'],
  ['sends too much', (peer: FramingClient) => peer.write(encodeSizedEnvelope(Buffer.alloc(70_000))), 'tooLarge'],
])('a service that %s in place of an answer: the call may have run, and is not made again', async (_, act, problem) => {
  const { client, server } = await against(async (peer) => {
    await request(peer)
    act(peer)
  })
  await expect(client.Add({ n1: 1 })).rejects.toMatchObject({ problem, mayHaveRun: true })
  expect(server.accepted).toBe(1)
  await client.close()
})

test('a service that does not accept in time', async () => {
  const { client, clock } = await against(() => {}, { openTimeout: 5000 })
  const call = client.Add({ n1: 1 })
  await clock.whenSet(5000)
  clock.turn(5000)
  await expect(call).rejects.toMatchObject({ problem: 'timeout', mayHaveRun: false })
  expect(clock.pending).toBe(0)
})

test('a service that does not answer in time: the connection is closed', async () => {
  const gone = Promise.withResolvers<void>()
  const { client, clock } = await against(
    async (peer) => {
      peer.socket.once('end', () => gone.resolve())
      await request(peer)
      clock.turn(7000)
    },
    { sendTimeout: 7000 },
  )
  await expect(client.Add({ n1: 1 })).rejects.toMatchObject({ problem: 'timeout', mayHaveRun: true })
  await gone.promise
  expect(clock.pending).toBe(0)
})

test('a call that is given up rejects with the reason, and the service sees its client go', async () => {
  const [gone, came] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const service = wcf(shop, {
    Add: ({ n1 }) => n1,
    async Slow(_, { signal }) {
      came.resolve()
      await once(signal, 'abort')
      gone.resolve()
      return 'late'
    },
    Note: () => {},
  })
  await using served = await servedWcf(service)
  await using calls = client(shop, served.address)
  const stop = new AbortController()
  const call = calls.Slow({}, { signal: stop.signal })
  await came.promise
  stop.abort(new Error('enough'))
  await expect(call).rejects.toThrow('enough')
  await gone.promise
  expect(await calls.Add({ n1: 4 })).toBe(4)
  await expect(calls.Add({ n1: 1 }, { signal: stop.signal })).rejects.toThrow('enough')
})

test('a kept session that the service has closed is replaced, and nobody notices', async () => {
  await using served = await servedWcf(wcf(shop, { Add: ({ n1 }) => n1, Slow: () => 'x', Note: () => {} }))
  await using calls = client(shop, served.address)
  expect(await calls.Add({ n1: 1 })).toBe(1)
  served.breakAll()
  expect(await calls.Add({ n1: 2 })).toBe(2)
  expect(served.accepted).toBe(2)
})

test.each(['buffered', 'streamed'] as const)('an answer that is not of the contract, %s', async (transfer) => {
  const other = { name: 'IShop', operations: { Add: { in: { n1: z.number() }, out: z.string() } } }
  await using served = await servedWcf(wcf(other, { Add: () => 'three' }))
  await using calls = client(shop, served.address, { transfer })
  const error = { problem: 'protocol', mayHaveRun: true, message: expect.stringContaining('AddResult') }
  await expect(calls.Add({ n1: 3 })).rejects.toMatchObject(error)
  await expect(calls.Add({ n1: 'three' as unknown as number })).rejects.toThrow(ContractError)
})

test('a client that was closed finishes its calls, and takes no more', async () => {
  const gate = Promise.withResolvers<string>()
  const came = Promise.withResolvers<void>()
  const service = wcf(shop, {
    Add: ({ n1 }) => n1,
    Slow() {
      came.resolve()
      return gate.promise
    },
    Note: () => {},
  })
  await using served = await servedWcf(service)
  const calls = client(shop, served.address)
  const slow = calls.Slow()
  await came.promise
  const closed = calls.close()
  const first = Promise.race([slow, closed])
  await expect(calls.Add({ n1: 1 })).rejects.toThrow('was closed')
  await new Promise(setImmediate)
  gate.resolve('done')
  expect(await first).toBe('done')
  await closed
  await served.whenOpen(0)
})

test.each(['http://localhost/', 'net.tcp://', 'calculator'])('%s is no address', (address) => {
  expect(() => client(shop, address)).toThrow('is no address as net.tcp://')
})
