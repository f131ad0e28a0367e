/** Peers that take nothing, say nothing, or end in the middle: nobody else notices, and nothing of them is left. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as pass } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  answerOf,
  descriptorsCanBeRefused,
  hello,
  kill,
  lineOf,
  mute,
  othersAreServed,
  peerOf,
  socketOf,
  takesNothing,
  withOthers,
} from '../support/hostile.ts'
import { Knocking, runAs } from '../support/knocking.ts'
import { NetTcpClient } from '../support/net-tcp-client.ts'
import { freePort } from '../support/portico-folders.ts'
import { PorticoUnderTest } from '../support/portico-under-test.ts'
import { openDescriptors } from '../support/unix-pair.ts'

const apps = { echo: 'echo' }
/** Room for all clients of a test at once. */
const netTcp = 'listenBacklog="2000" maxPendingConnections="2000" maxPendingAccepts="2000"'

/** One client for each of the addresses. */
async function clientsOf(port: number, count: number): Promise<NetTcpClient[]> {
  const clients = await Promise.all(Array.from({ length: count }, (_, at) => NetTcpClient.open(port, `/taken/${at}`)))
  onTestFinished(() => {
    for (const client of clients) client[Symbol.dispose]()
  })
  return clients
}

/** Processor time of this process, which Portico runs in, over a while in which nothing is asked of it. */
async function processorShare(): Promise<number> {
  const window = 500
  const before = process.cpuUsage()
  await pass(window) // the measure, not a wait for anything
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000 / window
}

const waitingIn = (portico: PorticoUnderTest) =>
  portico.status.registrations.reduce((sum, { waiting }) => sum + waiting, 0)

describe('a peer that takes no connection', () => {
  test('by keeping the descriptors of hundreds of registrations without a word: they end with it', async () => {
    await using portico = await PorticoUnderTest.start({ apps, netTcp })
    const { nothingIsLeft, honest } = await withOthers(portico)
    const port = await freePort()
    const child = await takesNothing(portico, port, 300, 'unanswered')
    const clients = await clientsOf(port, 300)
    await portico.until(
      ({ registrations }) => registrations.filter(({ unacknowledged }) => unacknowledged === 1).length === 300,
    )
    await othersAreServed(portico, honest)
    await kill(child)
    for (const client of clients) expect(await client.answer()).toBe('closed')
    for (const client of clients) client[Symbol.dispose]()
    await nothingIsLeft()
    expect((await portico.event('connection.refused')).fields).toMatchObject({ code: 'PORT_CLOSED' })
    expect(portico.events.filter(({ event }) => event === 'connection.refused').length).toBeLessThanOrEqual(20)
  })

  test('by leaving its channel unread until the kernel takes no more, with a connection for each of 900 registrations: Portico waits without work', async () => {
    await using portico = await PorticoUnderTest.start({ apps, netTcp })
    const { nothingIsLeft, honest } = await withOthers(portico)
    const idle = await processorShare()
    const port = await freePort()
    const child = await takesNothing(portico, port, 900, 'unread')
    const clients = await clientsOf(port, 900)
    await expect.poll(() => waitingIn(portico)).toBe(900)
    await othersAreServed(portico, honest)
    expect(await processorShare()).toBeLessThan(idle + 0.5)
    await kill(child)
    for (const client of clients) expect(await client.answer()).toBe('closed')
    for (const client of clients) client[Symbol.dispose]()
    await nothingIsLeft()
  })

  test('by dying between a descriptor and its line: the connection goes elsewhere whole, or is closed', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { ...apps, taken: 'echo' } })
    const { nothingIsLeft } = await withOthers(portico)
    for (const [path, answer] of [
      ['/taken/0', 'ack'], // the application above it
      ['/alone', 'closed'],
    ] as const) {
      const port = path === '/alone' ? await freePort() : portico.port
      const child = await takesNothing(portico, port, 1, 'half-a-line')
      const exited = once(child, 'exit')
      using client = await NetTcpClient.open(port, '/taken/0')
      expect(await client.answer()).toBe(answer)
      expect(await exited).toEqual([null, 'SIGKILL'])
    }
    await nothingIsLeft()
  })

  test('by giving up registrations whose connections it has not answered for: those count until it has', async () => {
    await using portico = await PorticoUnderTest.start({ apps, portico: 'maxRegistrations="4"' })
    const { nothingIsLeft } = await withOthers(portico)
    const peer = await peerOf(portico)
    const uri = `net.tcp://+:${portico.port}/greedy`
    const connections: number[] = []
    for (let round = 0; round < 3; round++) {
      const registration = await peer.registered(uri)
      using client = await NetTcpClient.open(portico.port, '/greedy')
      const { dispatch, socket } = await peer.offered()
      connections.push(dispatch.connection)
      peer.say({ type: 'unregister', registration })
      await portico.event('registration.removed')
      socket.destroy()
      void client
    }
    expect(await peer.register(uri)).toMatchObject({ status: 'RegistrationQuotaExceeded' })
    for (const connection of connections) peer.say({ type: 'rejected', connection, reason: 'at last' })
    expect(await peer.register('nonsense')).toMatchObject({ status: 'InvalidArgument' }) // the answers count by now
    await peer.registered(uri)
    peer[Symbol.dispose]()
    await nothingIsLeft()
  })
})

describe('a peer that sends descriptors', () => {
  test('leaves none with Portico, and does not keep it from serving others', async () => {
    await using portico = await PorticoUnderTest.start({ apps })
    const { honest, nothingIsLeft } = await withOthers(portico)
    const before = openDescriptors()
    const child = runAs(undefined, 'sends-descriptors.py', {
      args: [socketOf(portico), descriptorsCanBeRefused ? '400' : '0'],
    })
    const [said] = await once(child.stdout ?? child, 'data')
    if (descriptorsCanBeRefused) expect(String(said)).toContain('taken 0, refused 400')
    await othersAreServed(portico, honest)
    await expect.poll(() => openDescriptors()).toBeLessThanOrEqual(before + 1 + 1) // its channel, and its output
    await kill(child)
    await nothingIsLeft()
  })
})

describe('a half-open channel', () => {
  test('ends with the half that speaks, also when the other half reads nothing', async () => {
    await using portico = await PorticoUnderTest.start({ apps })
    const { nothingIsLeft } = await withOthers(portico)
    const port = await freePort()
    const half = await mute(portico)
    // Refusals that are longer than the kernel's buffer, and shorter than what Portico keeps for who doesn't read.
    const refused = Array.from({ length: 150 }, () =>
      lineOf({ type: 'register', uri: `net.tcp://me@${'x'.repeat(1000)}/` }),
    )
    half.write(`${hello}${lineOf({ type: 'register', uri: `net.tcp://+:${port}/half` })}${refused.join('')}`)
    await portico.until(({ registrations }) => registrations.length === 2)
    half.end()
    await nothingIsLeft()
    expect(half.destroyed).toBe(false)
  })
})

describe('peers that say hello and nothing more', () => {
  test('are let in up to a bound for each account, and the log says so', async () => {
    await using portico = await PorticoUnderTest.start({ apps, portico: 'maxRegistrations="2"' })
    const { honest, nothingIsLeft } = await withOthers(portico)
    const idle = await Promise.all(
      Array.from({ length: 256 + 2 - 1 }, async () => {
        const socket = await mute(portico)
        socket.write(hello)
        await once(socket, 'readable') // its welcome
        return socket
      }),
    )
    const late = await mute(portico)
    expect((await portico.event('sharing.turnedAway')).fields.reason).toMatch(/too many connections/)
    await nothingIsLeftOf([late])
    await othersAreServed(portico, honest)
    for (const socket of idle) socket.destroy()
    await nothingIsLeft()
  })
})

test('a peer that ends while many registrations of it wait for a port that another program has is gone at once', async () => {
  await using portico = await PorticoUnderTest.start({ apps })
  const { nothingIsLeft } = await withOthers(portico)
  const other = createServer().listen(0)
  await once(other, 'listening')
  onTestFinished(() => void other.close())
  const address = other.address()
  const taken = typeof address === 'object' && address ? address.port : 0
  const register = (port: number) => ({ type: 'register', uri: `net.tcp://+:${port}/x` })
  const waiting = Array.from({ length: 200 }, () => register(taken)) // for a second each
  const said = [{ type: 'hello', version: 1 }, register(await freePort()), ...waiting]
  const peer = new Knocking(socketOf(portico), said)
  while (((await peer.next()) as { type: string }).type !== 'registered');
  await peer.end()
  await portico.event('registration.removed')
  other.close()
  await nothingIsLeft()
})

describe('the windows that a peer asks for', () => {
  test.each([1, 2 ** 31 - 1])('may be %i: its connections come, and others are served', async (window) => {
    await using portico = await PorticoUnderTest.start({ apps })
    const { nothingIsLeft } = await withOthers(portico)
    const peer = await peerOf(portico)
    const binding = { maxPendingAccepts: window, maxPendingConnections: window }
    const made = await peer.register(`net.tcp://+:${portico.port}/window`, { binding })
    expect(made).toMatchObject({ type: 'registered', binding })
    for (let connection = 0; connection < 3; connection++) {
      const answered = answerOf(portico.port, '/window')
      await peer.answer()
      expect(await answered).toBe('ack')
    }
    peer[Symbol.dispose]()
    await nothingIsLeft()
  })
})

describe('peers that never say hello', () => {
  test('are let in up to a bound for each account, and closed after 10 s; both are in the log, once', async () => {
    await using portico = await PorticoUnderTest.start({ apps })
    const { honest, nothingIsLeft } = await withOthers(portico)
    const silent: Awaited<ReturnType<typeof mute>>[] = []
    while (silent.length < 2_000) silent.push(...(await Promise.all(Array.from({ length: 100 }, () => mute(portico)))))
    await expect.poll(() => portico.status.sharing.refused).toBe(2_000 - 256)
    await othersAreServed(portico, honest)
    portico.clock.skip(10_000) // moves the clock on by the time that a peer may be silent
    await nothingIsLeftOf(silent)
    expect((await portico.event('sharing.turnedAway')).fields.reason).toMatch(/too many silent connections/)
    expect((await portico.event('sharing.silent')).fields.reason).toMatch(/said nothing for 10 s/)
    expect(portico.events.filter(({ event }) => event.startsWith('sharing.'))).toHaveLength(2)
    await nothingIsLeft()
  })
})

async function nothingIsLeftOf(sockets: readonly NodeJS.ReadWriteStream[]): Promise<void> {
  await Promise.all(
    sockets.map(async (socket) => {
      const ended = once(socket, 'end')
      socket.resume()
      await ended
      socket.end()
    }),
  )
}
