/** Self-hosted services: what they register, whose a connection is, and what misbehaving peers can't do to others. */
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { NetTcpClient } from '../support/net-tcp-client.ts'
import { freePort } from '../support/portico-folders.ts'
import { PorticoUnderTest } from '../support/portico-under-test.ts'
import { SharingPeer } from '../support/sharing-peer.ts'
import { openDescriptors } from '../support/unix-pair.ts'

const socketOf = (portico: PorticoUnderTest) => portico.service.options.home.sharingSocket
const peerOf = (portico: PorticoUnderTest) => SharingPeer.connect(socketOf(portico))

async function isOpen(port: number, host = '127.0.0.1'): Promise<boolean> {
  const socket = connect({ port, host })
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

/** What a client that asks for `path` gets, on a port of its own. */
async function answerOf(port: number, path: string): Promise<string> {
  using client = await NetTcpClient.open(port, path)
  return await client.answer()
}

describe('a self-hosted service', () => {
  test('opens its port with its registration, gets connections whole, and closes the port when it leaves', async () => {
    await using portico = await PorticoUnderTest.start()
    const port = await freePort()
    expect(await isOpen(port)).toBe(false)
    const peer = await peerOf(portico)
    expect(await peer.register(`net.tcp://+:${port}/Orders/`, { request: 7 })).toMatchObject({
      type: 'registered',
      request: 7,
      uri: `net.tcp://+:${port}/Orders`,
      hostNameComparisonMode: 'StrongWildcard',
      binding: { channelInitializationTimeout: 30_000, connectionBufferSize: 8192, idleTimeout: 120_000 },
    })
    using client = await NetTcpClient.open(port, '/orders/deep')
    const { dispatch, socket } = await peer.offered()
    expect(dispatch).toMatchObject({ via: `net.tcp://localhost:${port}/orders/deep`, local: { port } })
    peer.say({ type: 'accepted', connection: dispatch.connection })
    const [first] = (await once(socket, 'data')) as [Buffer]
    expect(first.subarray(0, 3)).toEqual(Buffer.of(0, 1, 0)) // the preamble, from its first byte
    peer[Symbol.dispose]()
    await portico.event('registration.removed')
    expect(await isOpen(port)).toBe(false)
    socket.write(Buffer.of(0x0b))
    expect(await client.answer()).toBe('ack') // the connection is its own
  })

  test('keeps a port open as long as anybody has a registration on it', async () => {
    await using portico = await PorticoUnderTest.start()
    const port = await freePort()
    const peer = await peerOf(portico)
    const one = await peer.registered(`net.tcp://127.0.0.1:${port}/one`)
    const two = await peer.registered(`net.tcp://127.0.0.1:${port}/two`)
    peer.say({ type: 'unregister', registration: one })
    await portico.event('registration.removed')
    expect(await answerOf(port, '/one')).toBe('EndpointNotFound')
    peer.say({ type: 'unregister', registration: two })
    await portico.event('registration.removed')
    expect(await isOpen(port)).toBe(false)
  })

  test('may register on the port of a site, and neither disturbs the other', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { echo: 'echo' } })
    const peer = await peerOf(portico)
    await peer.registered(`net.tcp://+:${portico.port}/orders`)
    const answered = answerOf(portico.port, '/orders')
    await peer.answer()
    expect(await answered).toBe('ack')
    expect(await portico.call('/echo')).toBe('hello')
    peer[Symbol.dispose]()
    await portico.event('registration.removed')
    expect(await portico.call('/echo')).toBe('hello')
    expect(await answerOf(portico.port, '/orders')).toBe('EndpointNotFound')
  })

  test.each([
    ['no absolute address', '/orders', {}, 'InvalidArgument'],
    ['user info', 'net.tcp://me@host:9000/orders', {}, 'InvalidArgument'],
    ['a query', 'net.tcp://+:9000/orders?x=1', {}, 'InvalidArgument'],
    ['a fragment', 'net.tcp://+:9000/orders#x', {}, 'InvalidArgument'],
    ['another protocol', 'http://+:9000/orders', {}, 'ProtocolUnsupported'],
    ['port 0', 'net.tcp://+:0/orders', {}, 'InvalidArgument'],
    ['one byte more than fits', `net.tcp://+:9000/${'a'.repeat(2032)}`, {}, 'PathTooLong'],
    ['a mode that does not exist', 'net.tcp://h:9000/x', { hostNameComparisonMode: 'Loose' }, 'InvalidArgument'],
    ['a mode that contradicts its host', 'net.tcp://+:9000/x', { hostNameComparisonMode: 'Exact' }, 'InvalidArgument'],
    [
      'no time for a preamble',
      'net.tcp://+:9000/x',
      { binding: { channelInitializationTimeout: 0 } },
      'InvalidArgument',
    ],
  ])('that registers %s is told what is wrong, and can go on', async (_, uri, more, status) => {
    await using portico = await PorticoUnderTest.start()
    const peer = await peerOf(portico)
    const refused = await peer.register(uri, more)
    expect(refused).toMatchObject({ type: 'refused', status, message: expect.stringMatching(/./) })
    expect(await peer.register(`net.tcp://+:${await freePort()}/orders`)).toMatchObject({ type: 'registered' })
  })

  test('may register an address of 2,048 bytes', async () => {
    await using portico = await PorticoUnderTest.start()
    const peer = await peerOf(portico)
    const uri = `net.tcp://+:${await freePort()}/`.padEnd(2048, 'a')
    expect(await peer.register(uri)).toMatchObject({ type: 'registered' })
  })

  test('that wants an address of another hears who has it, and gets it once that has gone', async () => {
    await using portico = await PorticoUnderTest.start()
    const port = await freePort()
    const [first, second] = [await peerOf(portico), await peerOf(portico)]
    await first.registered(`net.tcp://+:${port}/orders`)
    const refused = await second.register(`net.tcp://localhost:${port}/ORDERS/`)
    expect(refused).toMatchObject({
      status: 'ConflictingRegistration',
      message: expect.stringContaining(`process ${process.pid}`),
    })
    expect((await portico.event('sharing.refused')).fields).toMatchObject({ code: 'URI_ALREADY_REGISTERED' })
    expect(await second.register(`net.tcp://*:${port}/orders`)).toMatchObject({ type: 'registered' })
    first[Symbol.dispose]()
    await portico.event('registration.removed')
    expect(await second.register(`net.tcp://+:${port}/orders`)).toMatchObject({ type: 'registered' })
  })

  test('that wants the address of an application hears which one', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { echo: 'echo' } })
    const peer = await peerOf(portico)
    expect(await peer.register(`net.tcp://*:${portico.port}/echo`)).toMatchObject({
      status: 'ConflictingRegistration',
      message: expect.stringContaining('application /echo'),
    })
  })

  test('whose port another program has is told so, and the port is tried for a while', async () => {
    await using portico = await PorticoUnderTest.start()
    const other = createServer().listen(0)
    await once(other, 'listening')
    const address = other.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const peer = await peerOf(portico)
    const asking = peer.register(`net.tcp://+:${port}/orders`)
    expect(await asking).toMatchObject({ status: 'FailedToListen', message: expect.stringContaining(`port ${port}`) })
    const timers = portico.clock.pending
    const again = peer.register(`net.tcp://+:${port}/orders`)
    await expect.poll(() => portico.clock.pending, { interval: 1 }).toBeGreaterThan(timers) // it has tried, and waits
    other.close()
    expect(await again).toMatchObject({ type: 'registered' })
  })

  test('hears that Portico itself is in the way, when it wants every address of a port that is open at one of them', async () => {
    await using portico = await PorticoUnderTest.start()
    const port = await freePort()
    const peer = await peerOf(portico)
    const first = await peer.registered(`net.tcp://127.0.0.1:${port}/one`)
    const refused = await peer.register(`net.tcp://+:${port}/two`)
    expect(refused).toMatchObject({
      status: 'FailedToListen',
      message: expect.stringContaining('at 127.0.0.1 already'),
    })
    peer.say({ type: 'unregister', registration: first })
    expect(await peer.register(`net.tcp://+:${port}/two`)).toMatchObject({ type: 'registered' })
    // A port that is open at every address serves each of them.
    expect(await peer.register(`net.tcp://127.0.0.1:${port}/one`)).toMatchObject({ type: 'registered' })
    expect(portico.status.ports.filter((each) => each.port === port)).toHaveLength(1)
  })

  test('has as many registrations as its account may have', async () => {
    await using portico = await PorticoUnderTest.start({ portico: 'maxRegistrations="2"' })
    const port = await freePort()
    const peer = await peerOf(portico)
    const first = await peer.registered(`net.tcp://+:${port}/one`)
    await peer.registered(`net.tcp://+:${port}/two`)
    const another = await peerOf(portico)
    expect(await another.register(`net.tcp://+:${port}/three`)).toMatchObject({
      status: 'RegistrationQuotaExceeded',
      message: expect.stringContaining('applicationHost.config'),
    })
    peer.say({ type: 'unregister', registration: first })
    await portico.event('registration.removed')
    expect(await another.register(`net.tcp://+:${port}/three`)).toMatchObject({ type: 'registered' })
  })
})

describe('binding settings of a registration', () => {
  test('are those of its first endpoint: an equal one joins, another is told each difference', async () => {
    await using portico = await PorticoUnderTest.start()
    const uri = `net.tcp://+:${await freePort()}/orders`
    const peer = await peerOf(portico)
    const setAt = { maxPendingConnections: 'orders.config:12' }
    const number = await peer.registered(uri, { binding: { maxPendingConnections: 5 }, endpoint: 'orders', setAt })
    expect(await peer.registered(uri, { binding: { maxPendingConnections: 5 } })).toBe(number)
    const refused = await peer.register(uri, { binding: { idleTimeout: null }, endpoint: 'metadata' })
    expect(refused).toMatchObject({ type: 'refused', status: 'ConflictingRegistration' })
    for (const part of [
      'metadata',
      'maxPendingConnections is 5 (orders.config:12) and would be',
      'idleTimeout is 2 min (by default) and would be unlimited (by default)',
    ])
      expect(refused).toMatchObject({ message: expect.stringContaining(part) })
    // Two joined, so one that leaves is not the end of it.
    peer.say({ type: 'unregister', registration: number })
    expect(await peer.register(uri)).toMatchObject({ type: 'refused' })
    peer.say({ type: 'unregister', registration: number })
    await portico.event('registration.removed')
    expect(await peer.register(uri)).toMatchObject({ type: 'registered' })
  })

  test('bound what is offered to it at once, and what waits for it; others go on', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { echo: 'echo' } })
    const peer = await peerOf(portico)
    await peer.registered(`net.tcp://+:${portico.port}/slow`, {
      binding: { maxPendingAccepts: 1, maxPendingConnections: 2 },
    })
    using first = await NetTcpClient.open(portico.port, '/slow/1')
    const { dispatch } = await peer.offered()
    using second = await NetTcpClient.open(portico.port, '/slow/2')
    await portico.until(({ registrations: [slow] }) => slow?.waiting === 2)
    expect(await answerOf(portico.port, '/slow/3')).toBe('closed')
    expect((await portico.event('connection.refused')).fields).toMatchObject({ code: 'TOO_MANY_WAITING' })
    expect(await portico.call('/echo')).toBe('hello')
    expect(portico.status.registrations[0]).toMatchObject({ waiting: 2, unacknowledged: 1, refused: 1, dispatched: 0 })
    peer.say({ type: 'accepted', connection: dispatch.connection })
    const next = await peer.offered()
    expect(next.dispatch.via).toContain('/slow/2')
    peer.say({ type: 'accepted', connection: next.dispatch.connection })
    await portico.until(({ registrations: [slow] }) => slow?.dispatched === 2)
    void [first, second]
  })
})

describe('applications and self-hosted services on one port', () => {
  test('answer by the mode of their addresses first, and then by the longest', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { echo: 'echo' } })
    const { port } = portico
    const [deep, strong] = [await peerOf(portico), await peerOf(portico)]
    await deep.registered(`net.tcp://*:${port}/echo/live`)
    const toDeep = answerOf(port, '/echo/live/x')
    await deep.answer()
    expect(await toDeep).toBe('ack')
    expect(await portico.call('/echo/other')).toBe('hello')
    await strong.registered(`net.tcp://+:${port}/`)
    for (const path of ['/echo', '/echo/live', '/anything']) {
      const toStrong = answerOf(port, path)
      await strong.answer()
      expect(await toStrong).toBe('ack')
    }
    strong[Symbol.dispose]()
    await portico.event('registration.removed')
    expect(await portico.call('/echo')).toBe('hello')
    deep[Symbol.dispose]()
    await portico.event('registration.removed')
    expect(await portico.call('/echo/live')).toBe('hello')
  })

  test('a connection that waits for a service that leaves goes to whoever answers then, and is closed without a byte when nobody does', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { echo: 'echo' } })
    const { port } = portico
    const [alone, over] = [await peerOf(portico), await peerOf(portico)]
    await alone.registered(`net.tcp://+:${port}/alone`)
    await over.registered(`net.tcp://+:${port}/echo`)
    using lost = await NetTcpClient.open(port, '/alone')
    using saved = await NetTcpClient.open(port, '/echo')
    const offered = await Promise.all([alone.offered(), over.offered()])
    for (const { socket } of offered) socket.destroy() // as the end of their process does
    alone[Symbol.dispose]()
    over[Symbol.dispose]()
    expect(await lost.answer()).toBe('closed')
    expect((await portico.event('connection.refused')).fields).toMatchObject({ code: 'REGISTRATION_LEFT' })
    expect(await saved.answer()).toBe('ack')
  })

  test('a connection that waits for its turn goes to whoever answers then, when a service gives its address up', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { echo: 'echo' } })
    const { port } = portico
    const peer = await peerOf(portico)
    const registration = await peer.registered(`net.tcp://+:${port}/echo`, { binding: { maxPendingAccepts: 1 } })
    using first = await NetTcpClient.open(port, '/echo')
    const { dispatch, socket } = await peer.offered()
    using second = await NetTcpClient.open(port, '/echo')
    await portico.until(({ registrations: [it] }) => it?.waiting === 2)
    peer.say({ type: 'unregister', registration })
    expect(await second.answer()).toBe('ack') // by the application
    // What it has been offered it may still take.
    peer.say({ type: 'accepted', connection: dispatch.connection })
    socket.write(Buffer.of(0x0b))
    expect(await first.answer()).toBe('ack')
  })

  test('an application that comes later does not take the address of a service, status says so, and it gets it afterwards', async () => {
    await using portico = await PorticoUnderTest.start()
    const peer = await peerOf(portico)
    await peer.registered(`net.tcp://*:${portico.port}/echo`)
    portico.folders.deploy('echo', 'echo')
    await portico.event('application.deployed')
    expect(portico.status.problems).toEqual([expect.stringMatching(/\/echo.*registered it\. End that process/)])
    const answered = answerOf(portico.port, '/echo')
    await peer.answer()
    expect(await answered).toBe('ack')
    peer[Symbol.dispose]()
    await portico.event('registration.removed')
    expect(portico.status.problems).toEqual([])
    expect(await portico.call('/echo')).toBe('hello')
  })

  test('a registration under an application that is starting leaves those who wait for the application to it', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { slow: 'loads-on-demand' } })
    const { port } = portico
    const cold = answerOf(port, '/slow/live')
    await portico.until(({ applications: [slow] }) => slow?.waiting === 1)
    const peer = await peerOf(portico)
    await peer.registered(`net.tcp://+:${port}/slow/live`)
    const live = answerOf(port, '/slow/live')
    await peer.answer()
    expect(await live).toBe('ack')
    writeFileSync(join(portico.folders.apps, 'slow', 'go'), '')
    expect(await cold).toBe('ack')
  })

  test('a later session on a pooled connection is valid for its own service alone', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { echo: 'echo' } })
    const { port } = portico
    const peer = await peerOf(portico)
    const registration = await peer.registered(`net.tcp://+:${port}/orders`)
    const isValid = async (path: string) => {
      const via = `net.tcp://localhost:${port}${path}`
      peer.say({ type: 'validateRoute', request: 1, registration, via, local: { address: '127.0.0.1', port } })
      return (await peer.next('routeValid')).valid
    }
    expect(await isValid('/orders/next')).toBe(true)
    expect(await isValid('/echo')).toBe(false)
    expect(await isValid('/nothing')).toBe(false)
    // And the other way round: a session of the application does not reach the service.
    using client = await NetTcpClient.open(port, '/echo')
    expect(await client.answer()).toBe('ack')
    await client.call('hello')
    client.endSession()
    await client.read(1)
    client.beginSession(port, '/orders')
    expect(await client.answer()).toBe('closed')
  })
})

describe('a peer that misbehaves', () => {
  test.each([
    ['half a line of 64 KiB', 'x'.repeat(70_000), 'a line of more than'],
    ['a line of 10 MB', 'x'.repeat(10_000_000), 'a line of more than'],
    ['what is not JSON', '{"type":\n', 'a line that is not JSON'],
    ['an unknown message', '{"type":"takeOver"}\n', 'invalid message (takeOver)'],
    ['a message without what it needs', '{"type":"accepted"}\n', 'invalid message (accepted)'],
  ])('by %s is told, closed and logged; its registration goes, and others go on', async (_, bytes, reason) => {
    await using portico = await PorticoUnderTest.start({ apps: { echo: 'echo' } })
    const port = await freePort()
    const before = openDescriptors()
    const socket = connect(socketOf(portico))
    socket.on('error', () => {})
    const closed = new Promise((resolve) => socket.once('close', resolve))
    let heard = ''
    socket.on('data', (chunk) => {
      heard += chunk
    })
    const register = { type: 'register', uri: `net.tcp://+:${port}/orders` }
    socket.write(`{"type":"hello","version":1}\n${JSON.stringify(register)}\n`)
    await expect.poll(() => heard).toContain('"type":"registered"')
    socket.write(bytes)
    await closed
    expect(heard).toContain('"status":"InvalidArgument"')
    expect(heard).toContain(reason)
    await portico.event('registration.removed')
    expect((await portico.event('sharing.refused')).fields.reason).toContain(reason)
    expect(await isOpen(port)).toBe(false)
    expect(await portico.call('/echo')).toBe('hello')
    await expect.poll(openDescriptors).toBeLessThanOrEqual(before + 4) // the worker process and its channel
  })

  test('by answering twice, or for what is not its own, changes nothing, and the log says it', async () => {
    await using portico = await PorticoUnderTest.start()
    const port = await freePort()
    const [honest, other] = [await peerOf(portico), await peerOf(portico)]
    await honest.registered(`net.tcp://+:${port}/honest`)
    using client = await NetTcpClient.open(port, '/honest')
    const { dispatch, socket } = await honest.offered()
    other.say({ type: 'accepted', connection: dispatch.connection })
    const { fields } = await portico.event('sharing.misused')
    expect(fields).toMatchObject({ reason: expect.stringContaining(`accepted for connection ${dispatch.connection}`) })
    expect(portico.status.registrations[0]).toMatchObject({ unacknowledged: 1 })
    honest.say({ type: 'rejected', connection: dispatch.connection, reason: 'not now' })
    const again = await honest.offered()
    honest.say({ type: 'accepted', connection: again.dispatch.connection })
    honest.say({ type: 'accepted', connection: again.dispatch.connection })
    await portico.until(({ registrations: [it] }) => it?.dispatched === 1 && it.unacknowledged === 0)
    again.socket.write(Buffer.of(0x0b))
    expect(await client.answer()).toBe('ack')
    void socket
  })

  test('by giving up what it does not have, or talking like a worker process, changes nothing', async () => {
    await using portico = await PorticoUnderTest.start()
    const port = await freePort()
    const [honest, other] = [await peerOf(portico), await peerOf(portico)]
    const registration = await honest.registered(`net.tcp://+:${port}/honest`)
    other.say({ type: 'unregister', registration })
    other.say({ type: 'register', application: '/echo' })
    other.say({ type: 'retire' })
    expect(await other.next('refused')).toMatchObject({ status: 'InvalidArgument' })
    expect(portico.status.registrations).toHaveLength(1)
  })

  test('by asking for 100,000 registrations without reading an answer is not listened to, and others go on', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { echo: 'echo' }, portico: 'maxRegistrations="50"' })
    const port = await freePort()
    const greedy = connect(socketOf(portico)).pause()
    greedy.on('error', () => {})
    await once(greedy, 'connect')
    const lines = Array.from({ length: 100_000 }, (_, at) => `{"type":"register","uri":"net.tcp://+:${port}/${at}"}`)
    greedy.write(`{"type":"hello","version":1}\n${lines.join('\n')}\n`)
    await portico.until(({ registrations }) => registrations.length === 50)
    expect(await portico.call('/echo')).toBe('hello')
    greedy.destroy()
    await portico.until(({ registrations }) => registrations.length === 0)
    expect(await isOpen(port)).toBe(false)
    expect(portico.events.filter(({ event }) => event === 'sharing.refused').length).toBeLessThan(5)
  })

  test('by racing another one for an address a thousand times: one has it, and the other hears why', async () => {
    await using portico = await PorticoUnderTest.start()
    const port = await freePort()
    const [one, other] = [await peerOf(portico), await peerOf(portico)]
    await one.registered(`net.tcp://+:${port}/keeps-the-port-open`)
    for (let round = 0; round < 1000; round++) {
      const uri = `net.tcp://+:${port}/prize`
      const answers = await Promise.all([one.register(uri), other.register(uri)])
      expect(answers.map(({ type }) => type).toSorted()).toEqual(['refused', 'registered'])
      const [winner, number] = answers[0].type === 'registered' ? [one, answers[0]] : [other, answers[1]]
      if (number.type === 'registered') winner.say({ type: 'unregister', registration: number.registration })
      // The answer to another question comes after it has been given up.
      await winner.register('nonsense')
    }
    expect(portico.status.registrations).toHaveLength(1)
  })

  test('by racing another one for an address while its port can not be opened yet: one has it', async () => {
    await using portico = await PorticoUnderTest.start()
    const [one, other] = [await peerOf(portico), await peerOf(portico)]
    const inTheWay = createServer().listen(0)
    await once(inTheWay, 'listening')
    const address = inTheWay.address()
    const uri = `net.tcp://+:${typeof address === 'object' && address ? address.port : 0}/prize`
    const timers = portico.clock.pending
    const asking = Promise.all([one.register(uri), other.register(uri)])
    await expect.poll(() => portico.clock.pending, { interval: 1 }).toBe(timers + 2) // both have tried, and wait
    inTheWay.close()
    expect((await asking).map(({ type }) => type).toSorted()).toEqual(['refused', 'registered'])
    expect(portico.status.registrations).toHaveLength(1)
  })

  test('by racing another one for a port that is not open yet: both have their addresses on it', async () => {
    await using portico = await PorticoUnderTest.start()
    const [one, other] = [await peerOf(portico), await peerOf(portico)]
    for (let round = 0; round < 20; round++) {
      const port = await freePort()
      const [a, b] = await Promise.all([
        one.registered(`net.tcp://+:${port}/a`),
        other.registered(`net.tcp://+:${port}/b`),
      ])
      expect(await isOpen(port)).toBe(true)
      one.say({ type: 'unregister', registration: a })
      other.say({ type: 'unregister', registration: b })
    }
    await portico.until(({ registrations }) => registrations.length === 0)
  })
})
