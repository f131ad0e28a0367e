/** Sockets that read from the network in pieces of connectionBufferSize. */
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test } from 'vitest'
import { socketOf } from '#base/handle.ts'
import { effectiveSettings } from '#binding/settings.ts'
import { boundedReading } from '#worker-host/bounded-reading.ts'
import { Transport } from '#worker-host/transport.ts'
import { handleOf, socketPair } from '../../support/framing-client.ts'

const size = 1000
const sent = Buffer.from(Array.from({ length: 50_000 }, (_, at) => at % 251))

async function reading() {
  const { client, server } = await socketPair()
  const transport = new Transport()
  transport.use(effectiveSettings({ connectionBufferSize: size }))
  const options = { allowHalfOpen: true, manualStart: true, ...boundedReading(transport) }
  const socket = socketOf(handleOf(server), options)
  onTestFinished(() => {
    client.socket.destroy()
    socket.destroy()
  })
  return { client, socket, transport }
}

describe('a socket that reads at most so many bytes at once', () => {
  test('gives all of them, in pieces that are not larger', async () => {
    const { client, socket } = await reading()
    const pieces: Buffer[] = []
    socket.on('data', (piece) => pieces.push(piece))
    client.write(sent)
    client.socket.end()
    await once(socket, 'end')
    expect(Buffer.concat(pieces).equals(sent)).toBe(true)
    expect(Math.max(...pieces.map(({ length }) => length))).toBe(size)
  })

  test('reads nothing before somebody asks', async () => {
    const { client, socket } = await reading()
    client.write(sent)
    client.socket.end()
    await once(client.socket, 'finish')
    await new Promise(setImmediate)
    expect(socket.bytesRead).toBe(0)
    expect((await buffer(socket)).equals(sent)).toBe(true)
  })

  test('leaves in the network what nobody takes', async () => {
    const { client, socket } = await reading()
    client.write(sent)
    socket.on('readable', () => {})
    while (socket.readableLength < size) await new Promise(setImmediate)
    for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate)
    expect(socket.bytesRead).toBeLessThanOrEqual(2 * size)
    socket.removeAllListeners('readable')
    client.socket.end()
    expect((await buffer(socket)).equals(sent)).toBe(true)
  })

  test('pauses and goes on', async () => {
    const { client, socket } = await reading()
    const pieces: Buffer[] = []
    client.write(sent)
    client.socket.end()
    socket.on('data', (piece) => {
      pieces.push(piece)
      socket.pause()
      setImmediate(() => socket.resume())
    })
    await once(socket, 'end')
    expect(Buffer.concat(pieces).equals(sent)).toBe(true)
  })

  test('answers a client that has closed its side, and ends', async () => {
    const { client, socket } = await reading()
    const closed = once(socket, 'close')
    client.write(sent)
    client.socket.end()
    socket.pipe(new PassThrough({ highWaterMark: 10 })).pipe(socket)
    expect((await client.readAll()).equals(sent)).toBe(true)
    await closed
  })

  test('can be iterated over', async () => {
    const { client, socket } = await reading()
    client.write(sent)
    client.socket.end()
    const pieces: Buffer[] = []
    for await (const piece of socket) pieces.push(piece)
    expect(Buffer.concat(pieces).equals(sent)).toBe(true)
  })

  test('tells that the client has reset the connection', async () => {
    const { client, socket } = await reading()
    socket.on('readable', () => {})
    client.socket.resetAndDestroy()
    expect(await once(socket, 'error')).toMatchObject([{ code: 'ECONNRESET' }])
  })

  test('reads by other settings when they have come into force', async () => {
    const { client, socket, transport } = await reading()
    socket.once('data', () => transport.use(effectiveSettings({ connectionBufferSize: 70 })))
    client.write(sent.subarray(0, 10))
    await once(socket, 'data')
    const pieces: Buffer[] = []
    socket.on('data', (piece) => pieces.push(piece))
    client.write(sent)
    client.socket.end()
    await once(socket, 'end')
    expect(Math.max(...pieces.slice(1).map(({ length }) => length))).toBe(70)
  })
})
