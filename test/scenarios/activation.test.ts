/** The first connection starts an application's worker process, and what happens when that goes wrong. */
import { describe, expect, test } from 'vitest'
import { PorticoUnderTest } from '../support/portico-under-test.ts'

const minutes = 60_000

/** A pool with short limits, for applications that don't start. */
const impatient =
  '<add name="DefaultAppPool"><processModel startupTimeLimit="00:00:02" shutdownTimeLimit="00:00:02"/></add>'

describe('the first connection', () => {
  test('starts the worker process, later ones go to it, idleness ends it, and the next one starts it again', async () => {
    await using portico = await PorticoUnderTest.start({
      apps: { echo: 'echo' },
      // A ping that is due by the same leap might be written when the idle process has just gone.
      pools: '<add name="DefaultAppPool"><processModel pingingEnabled="false"/></add>',
    })
    expect(portico.status.pools[0]?.workers).toEqual([])
    expect(await portico.call('/echo', 'first')).toBe('first')
    expect(await portico.call('/echo', 'second')).toBe('second')
    const [worker] = portico.status.pools[0]?.workers ?? []
    expect(worker).toMatchObject({
      state: 'ready',
      servedConnections: 2,
      applications: [{ id: '/echo', state: 'active' }],
    })

    await expect.poll(() => portico.status.pools[0]?.workers[0]?.openConnections).toBe(0)
    portico.clock.skip(20 * minutes)
    expect((await portico.event('worker.exited')).fields).toMatchObject({ why: 'idle', worker: worker?.id })
    expect(await portico.call('/echo', 'third')).toBe('third')
    expect(portico.status.pools[0]?.workers[0]?.id).not.toBe(worker?.id)
  })

  test('reaches the application with every byte that the client sent', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { 'raw-echo': 'raw-echo' } })
    using client = await portico.open('/raw-echo')
    const preamble = await client.read(8)
    expect(preamble.toString('hex')).toBe(
      `000100010202${Buffer.from([`net.tcp://localhost:${portico.port}/raw-echo`.length]).toString('hex')}6e`,
    )
  })

  test('of a thousand at once starts one worker process, and all are served', async () => {
    await using portico = await PorticoUnderTest.start({
      apps: { echo: 'echo' },
      netTcp: 'listenBacklog="1024" maxPendingConnections="2000"',
    })
    const replies = await Promise.all(Array.from({ length: 1000 }, (_, n) => portico.call('/echo', `message ${n}`)))
    expect(replies).toEqual(Array.from({ length: 1000 }, (_, n) => `message ${n}`))
    expect(portico.events.filter(({ event }) => event === 'worker.launching')).toHaveLength(1)
    expect(portico.status.ports[0]?.counters).toMatchObject({ connectionsAccepted: 1000, connectionsDispatched: 1000 })
  })

  test('works over IPv4 and IPv6, with the preamble in pieces', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { echo: 'echo' } })
    const { NetTcpClient, wholePreamble } = await import('../support/net-tcp-client.ts')
    for (const host of ['127.0.0.1', '::1']) {
      using client = await NetTcpClient.connect(portico.port, host)
      for (const byte of wholePreamble(`net.tcp://localhost:${portico.port}/echo`)) {
        client.socket.write(Buffer.of(byte))
        await new Promise(setImmediate)
      }
      expect(await client.answer()).toBe('ack')
      expect(await client.call('hello')).toBe('hello')
    }
  })

  test('of several applications of a pool starts one worker process for all', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { one: 'echo', two: 'echo', three: 'raw-echo' } })
    expect(await Promise.all([portico.call('/one'), portico.call('/two')])).toEqual(['hello', 'hello'])
    using _third = await portico.open('/three')
    await portico.event('worker.ready')
    expect(portico.events.filter(({ event }) => event === 'worker.launching')).toHaveLength(1)
  })

  test('to a pool of its own starts a worker process of its own', async () => {
    await using portico = await PorticoUnderTest.start({
      apps: { one: 'echo', two: 'echo' },
      pools: '<add name="DefaultAppPool"/><add name="Other"/>',
      applications: '<application path="/two" applicationPool="Other"/>',
    })
    await Promise.all([portico.call('/one'), portico.call('/two')])
    expect(portico.status.pools.map((pool) => [pool.name, pool.workers.length])).toEqual([
      ['DefaultAppPool', 1],
      ['Other', 1],
    ])
  })

  test('beyond maxPendingConnections is closed without a byte and counted', async () => {
    await using portico = await PorticoUnderTest.start({
      apps: { hangs: 'hangs-at-load' },
      pools: impatient,
      netTcp: 'maxPendingConnections="3"',
    })
    const waiting = []
    for (let n = 0; n < 3; n++) {
      waiting.push(portico.call('/hangs'))
      await expect.poll(() => portico.status.applications[0]?.waiting).toBe(n + 1)
    }
    expect(await portico.call('/hangs')).toBe('closed')
    expect(portico.status.refusedWaiting).toBe(1)
    expect(await Promise.all(waiting)).toEqual(Array(3).fill('ServiceActivationFailed'))
    expect(portico.status.applications[0]?.waiting).toBe(0)
  })
})

describe('an application that does not start', () => {
  test.each([
    ['throws-at-load', 'APPLICATION_DID_NOT_LOAD', /the database password is missing/],
    ['exits-at-load', 'APPLICATION_ENDED_ITS_WORKER', /no licence found/],
    ['hangs-at-load', 'APPLICATION_START_TIMED_OUT', /2 s after it was asked to load/],
    ['loops-at-load', 'APPLICATION_START_TIMED_OUT', /2 s after it was asked to load/],
  ])('because it %s fails those who wait, and status shows the cause', async (name, code, cause) => {
    await using portico = await PorticoUnderTest.start({ apps: { bad: name, good: 'echo' }, pools: impatient })
    expect(await portico.call('/bad')).toBe('ServiceActivationFailed')
    const { problem } = portico.status.applications.find(({ path }) => path === '/bad') ?? {}
    expect(problem?.code).toBe(code)
    expect(`${problem?.message}\n${problem?.lastOutput}`).toMatch(cause)
    expect((await portico.event('connection.refused')).fields).toMatchObject({ code })
    expect(await portico.call('/good')).toBe('hello')
  })

  test('leaves connections of the other applications of its pool alone', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { bad: 'throws-at-load', good: 'echo' } })
    using client = await portico.open('/good')
    expect(await client.answer()).toBe('ack')
    expect(await portico.call('/bad')).toBe('ServiceActivationFailed')
    expect(await portico.call('/bad')).toBe('ServiceActivationFailed')
    expect(await client.call('still here')).toBe('still here')
  })

  test('starts with the next connection once it has been repaired', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { bad: 'throws-at-load', good: 'echo' } })
    using client = await portico.open('/good')
    expect(await client.answer()).toBe('ack')
    expect(await portico.call('/bad')).toBe('ServiceActivationFailed')
    const { rmSync, cpSync } = await import('node:fs')
    rmSync(`${portico.folders.apps}/bad/index.mjs`)
    cpSync(`${portico.folders.apps}/good/index.ts`, `${portico.folders.apps}/bad/index.ts`)
    expect(await portico.call('/bad')).toBe('hello')
    expect(await client.call('still here')).toBe('still here')
  })

  test('because its folder has no entry module says what is missing', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { empty: { 'readme.txt': 'nothing here' } } })
    expect(await portico.call('/empty')).toBe('ServiceActivationFailed')
    expect(portico.status.applications[0]?.problem?.message).toContain('there is no entry module in')
  })

  test('because it never accepts answers after startupTimeLimit', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { silent: 'never-accepts' }, pools: impatient })
    expect(await portico.call('/silent')).toBe('ServiceActivationFailed')
    expect((await portico.event('connection.failed')).fields).toMatchObject({ app: '/silent' })
  })
})

describe('a worker process that ends', () => {
  test('by a crash is started again by the next connection', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { crashes: 'crashes' } })
    const first = await portico.call('/crashes', 'who')
    expect(await portico.call('/crashes', 'crash')).toBeUndefined()
    const second = await portico.call('/crashes', 'who')
    expect(Number(second)).toBeGreaterThan(0)
    expect(second).not.toBe(first)
    expect((await portico.event('worker.exited')).fields).toMatchObject({ windowsEventId: 5009, how: 'signal SIGKILL' })
  })

  test('because it is asked to by a signal finishes what it has, and loses nobody who comes meanwhile', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { crashes: 'crashes' } })
    using client = await portico.open('/crashes')
    expect(await client.answer()).toBe('ack')
    const pid = await client.call('who')
    process.kill(Number(pid), 'SIGTERM')
    await portico.event('worker.draining')
    const next = await portico.call('/crashes', 'who')
    expect(next).not.toBe(pid)
    expect(Number(next)).toBeGreaterThan(0)
    expect(await client.call('who')).toBe(pid)
    await client.finish()
    await portico.event('worker.exited')
  })

  test('before it acknowledged loses nobody: the connections go to the next one', async () => {
    await using portico = await PorticoUnderTest.start({
      apps: { echo: 'echo' },
      netTcp: 'listenBacklog="1024" maxPendingConnections="1000"',
    })
    await portico.call('/echo')
    const [worker] = portico.status.pools[0]?.workers ?? []
    process.kill(worker?.pid ?? 0, 'SIGSTOP')
    const replies = Array.from({ length: 100 }, (_, n) => portico.call('/echo', `message ${n}`))
    await expect.poll(() => portico.status.applications[0]?.waiting).toBe(100)
    process.kill(worker?.pid ?? 0, 'SIGKILL')
    expect(await Promise.all(replies)).toEqual(Array.from({ length: 100 }, (_, n) => `message ${n}`))
  })
})

describe('an exception in a handler', () => {
  test.each(['throw', 'timer', 'rejection'])(
    '(%s) ends its connection and no other, and the log names the application',
    async (how) => {
      await using portico = await PorticoUnderTest.start({ apps: { fails: 'throws-in-handler' } })
      using other = await portico.open('/fails')
      expect(await other.answer()).toBe('ack')
      using client = await portico.open('/fails')
      expect(await client.answer()).toBe('ack')
      expect(await client.call(how)).toBeUndefined()
      expect((await portico.event('connection.failed')).fields).toMatchObject({ app: '/fails' })
      expect(await other.call('still here')).toBe('still here')
      expect(portico.status.pools[0]?.workers).toHaveLength(1)
    },
  )
})

describe('an AlwaysRunning pool', () => {
  test('has a worker process, and what is preloaded in it, before any connection', async () => {
    await using portico = await PorticoUnderTest.start({
      apps: { echo: 'echo' },
      pools: '<add name="DefaultAppPool" startMode="AlwaysRunning"/>',
      applications: '<application path="/echo" preloadEnabled="true"/>',
    })
    await portico.event('worker.ready')
    await expect.poll(() => portico.status.applications[0]?.active).toBe(true)
    portico.clock.skip(60 * minutes)
    expect(await portico.call('/echo')).toBe('hello')
    expect(portico.events.filter(({ event }) => event === 'worker.launching')).toHaveLength(1)
  })
})
