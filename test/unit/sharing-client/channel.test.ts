import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { socketOf } from '#base/handle.ts'
import type { PorticoMessage } from '#handoff/protocol.ts'
import { PeerChannel } from '#sharing-client/channel.ts'
import { descriptorOf } from '#syscalls/descriptor.ts'
import { sendDescriptor } from '#syscalls/sockets.ts'
import { linesOf } from '../../support/channel-peer.ts'
import { eventually } from '../../support/eventually.ts'
import { socketPair } from '../../support/framing-client.ts'
import { openDescriptors, ownFolder } from '../../support/unix-pair.ts'

interface Arrived {
  readonly message: PorticoMessage
  readonly socket: Socket | undefined
}

/** A worker process' end of a channel, and the socket at Portico's end. */
async function channel(connected: (channel: PeerChannel) => void = () => {}) {
  const path = join(ownFolder(), 'sharing.sock')
  const server = createServer().listen(path)
  await once(server, 'listening')
  const arrived: Arrived[] = []
  const closed = Promise.withResolvers<void>()
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const worker: PeerChannel = new PeerChannel(path, {
    connected: () => connected(worker),
    message: (message, handle) => arrived.push({ message, socket: handle && socketOf(handle) }),
    closed: () => closed.resolve(),
  })
  const early = { type: 'closed', connection: 1 } as const
  worker.send(early)
  const [portico] = await accepted
  onTestFinished(() => {
    for (const { socket } of arrived) socket?.destroy()
    portico.destroy()
    server.close()
  })
  return { portico, descriptor: descriptorOf(portico), arrived, worker, closed: closed.promise }
}

/** A connection whose client says `name` first. */
async function named(name: string): Promise<number> {
  const { client, server } = await socketPair()
  onTestFinished(() => {
    client.socket.destroy()
    server.destroy()
  })
  client.write(Buffer.from(name))
  return descriptorOf(server)
}

const line = (request: number) => Buffer.from(`${JSON.stringify({ type: 'ping', request })}\n`)
const firstWord = async (socket: Socket | undefined) => (socket ? String((await once(socket, 'data'))[0]) : undefined)

test('nothing is said before the greeting', async () => {
  const { portico } = await channel((worker) => worker.send({ type: 'hello', version: 1, token: 't', open: 0 }))
  const lines = linesOf(portico)
  expect(JSON.parse((await lines.next()).value ?? '')).toMatchObject({ type: 'hello' })
})

test('a descriptor belongs to its line, with others before and behind it', async () => {
  const { portico, descriptor, arrived } = await channel()
  const [one, two] = [await named('one'), await named('two')]
  portico.write(Buffer.concat([line(1), line(2)]))
  sendDescriptor(descriptor, line(3), one)
  portico.write(line(4))
  sendDescriptor(descriptor, line(5), two)
  sendDescriptor(descriptor, line(6), one)
  portico.write(line(7))
  await eventually(() => arrived.length === 7)
  expect(arrived.map(({ message, socket }) => [message, socket !== undefined])).toEqual(
    [1, 2, 3, 4, 5, 6, 7].map((request) => [{ type: 'ping', request }, [3, 5, 6].includes(request)]),
  )
  expect(await firstWord(arrived[2]?.socket)).toBe('one')
  expect(await firstWord(arrived[4]?.socket)).toBe('two')
})

test('a descriptor belongs to its line, even when the line arrives in two parts with another one behind it', async () => {
  const { portico, descriptor, arrived } = await channel()
  const [one, two] = [await named('one'), await named('two')]
  sendDescriptor(descriptor, line(1).subarray(0, 10), one)
  portico.write(Buffer.concat([line(1).subarray(10), line(2)]))
  sendDescriptor(descriptor, line(3), two)
  await eventually(() => arrived.length === 3)
  expect(await firstWord(arrived[0]?.socket)).toBe('one')
  expect(arrived[1]?.socket).toBeUndefined()
  expect(await firstWord(arrived[2]?.socket)).toBe('two')
})

test('descriptors whose line never comes are closed with the channel', async () => {
  const { portico, descriptor, closed, arrived } = await channel()
  const one = await named('one')
  const before = openDescriptors('socket')
  sendDescriptor(descriptor, Buffer.from('{"type":'), one)
  await eventually(() => openDescriptors('socket') === before + 1)
  portico.destroy()
  await closed
  await eventually(() => openDescriptors('socket') <= before - 2)
  expect(arrived).toEqual([])
})

test('what nobody waits for goes with what is said next, or soon, and all in its order', async () => {
  const connected = Promise.withResolvers<void>()
  const { portico, worker } = await channel(() => connected.resolve())
  await connected.promise
  const chunks: string[] = []
  portico.on('data', (chunk) => chunks.push(String(chunk)))
  const said = (connection: number) => ({ type: 'closed', connection }) as const
  const lines = (...connections: number[]) => connections.map((n) => `${JSON.stringify(said(n))}\n`).join('')
  worker.sendWithoutHurry(said(1))
  worker.sendWithoutHurry(said(2))
  expect(worker.send(said(3))).toBe(true)
  worker.sendWithoutHurry(said(4))
  await eventually(() => chunks.length === 2)
  expect(chunks).toEqual([lines(1, 2, 3), lines(4)])
})

test('what waits is said before the channel ends, and nothing after that', async () => {
  const connected = Promise.withResolvers<void>()
  const { portico, worker } = await channel(() => connected.resolve())
  await connected.promise
  const lines = linesOf(portico)
  worker.sendWithoutHurry({ type: 'closed', connection: 1 })
  worker.end()
  expect(worker.send({ type: 'closed', connection: 2 })).toBe(false)
  expect(JSON.parse((await lines.next()).value ?? '')).toMatchObject({ connection: 1 })
  expect((await lines.next()).done).toBe(true)
})
