import { expect, onTestFinished, test, vi } from 'vitest'
import { encodeFault } from '#framing/faults.ts'
import { type ClientOptions, client, type ServiceDeclaration, stream, WcfFault, wcf, z } from '#wcf/wcf.ts'
import { scriptedServer } from '../../support/scripted-server.ts'
import { servedWcf } from '../../support/served-wcf.ts'

const megabyte = 1024 * 1024

const documents = {
  name: 'IDocuments',
  operations: {
    Copy: { in: stream('content'), out: stream() },
    Count: { in: stream('content'), out: z.int32() },
    Read: { in: { size: z.int32() }, out: stream(), faults: { Problem: z.string() } },
    Add: { in: { a: z.int32() }, out: z.int32() },
    Note: { in: { text: z.string() }, oneWay: true },
  },
} satisfies ServiceDeclaration

async function open(options: ClientOptions<typeof documents> = {}) {
  const notes: string[] = []
  const service = wcf(
    documents,
    {
      Copy: (content) => content,
      async Count(content) {
        let count = 0
        for await (const bytes of content) count += bytes.length
        return count
      },
      async *Read({ size }) {
        if (size < 0) throw new WcfFault({ reason: 'negative', detail: 'size' })
        for (let left = size; left > 0; left -= 10_000) yield Buffer.alloc(Math.min(left, 10_000), 7)
      },
      Add: ({ a }) => a + 1,
      Note: ({ text }) => void notes.push(text),
    },
    { maxReceivedMessageSize: megabyte },
  )
  const served = await servedWcf(service)
  onTestFinished(() => served[Symbol.asyncDispose]())
  return { notes, served, client: client(documents, served.address, { transfer: 'streamed', ...options }) }
}

async function* zeros(count: number): AsyncGenerator<Buffer> {
  for (let n = 0; n < count; n++) yield Buffer.alloc(1000)
}

const large: ClientOptions<typeof documents> = { maxReceivedMessageSize: 8 * megabyte }

test.each(['binary', 'text'] as const)('streams go there and back, in %s', async (encoding) => {
  const { client, served } = await open({ ...large, encoding, readerQuotas: { maxStringContentLength: megabyte } })
  expect(await client.Count(zeros(50))).toBe(50_000)
  expect(await client.Count(Buffer.alloc(5))).toBe(5)
  let size = 0
  for await (const bytes of await client.Read({ size: 2 * megabyte })) size += bytes.length
  expect(size).toBe(2 * megabyte)
  expect(Buffer.concat(await Array.fromAsync(await client.Copy(Buffer.from('bytes')))).toString()).toBe('bytes')
  await served.whenOpen(0)
})

test('what comes goes before what is sent has ended', async () => {
  const { client } = await open(large)
  const more = Promise.withResolvers<void>()
  const copy = await client.Copy(
    (async function* () {
      yield Buffer.alloc(60_000, 1)
      await more.promise
      yield Buffer.alloc(3, 2)
    })(),
  )
  const sizes: number[] = []
  for await (const bytes of copy) {
    sizes.push(bytes.length)
    more.resolve()
  }
  expect(sizes.reduce((a, b) => a + b)).toBe(60_003)
})

test('calls without streams, one-way ones and faults too', async () => {
  const { client, notes, served } = await open()
  expect(await client.Add({ a: 1 })).toBe(2)
  await client.Note({ text: 'x' })
  expect(notes).toEqual(['x'])
  await expect(client.Read({ size: -1 })).rejects.toMatchObject({ message: 'negative', detail: 'size' })
  await served.whenOpen(0)
})

test('a stream over maxReceivedMessageSize is broken off', async () => {
  const { client, served } = await open({ maxReceivedMessageSize: 100_000 })
  const copy = await client.Read({ size: megabyte })
  await expect(Array.fromAsync(copy)).rejects.toMatchObject({ problem: 'tooLarge', mayHaveRun: true })
  await served.whenOpen(0)
})

test('a stream that nobody reads on, and one whose call is given up, take their connection with them', async () => {
  const { client, served } = await open(large)
  for await (const _ of await client.Read({ size: 4 * megabyte })) break
  await served.whenOpen(0)
  const stop = new AbortController()
  const rest = await client.Read({ size: 4 * megabyte }, { signal: stop.signal })
  stop.abort(new Error('enough'))
  await expect(Array.fromAsync(rest)).rejects.toThrow('enough')
  await served.whenOpen(0)
})

test('closing the client breaks streams off', async () => {
  const { client, served } = await open(large)
  const rest = await client.Read({ size: 4 * megabyte })
  await client.close()
  await expect(Array.fromAsync(rest)).rejects.toMatchObject({ problem: 'clientClosed' })
  await served.whenOpen(0)
})

test('a stream that fails while it is sent fails the call', async () => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  onTestFinished(() => void vi.restoreAllMocks())
  const { client, served } = await open()
  const failing = (async function* () {
    yield Buffer.alloc(10)
    throw new Error('the disk is gone')
  })()
  await expect(client.Count(failing)).rejects.toThrow('the disk is gone')
  await served.whenOpen(0)
})

test('a service that takes no streamed messages is told', async () => {
  await using server = await scriptedServer((peer) => {
    peer.write(encodeFault('UnsupportedMode'))
    peer.socket.end()
  })
  const calls = client(documents, `net.tcp://127.0.0.1:${server.port}/`, { transfer: 'streamed' })
  await expect(calls.Add({ a: 1 })).rejects.toMatchObject({ fault: 'UnsupportedMode', mayHaveRun: false })
})
