/** Bytes that are no net.tcp, clients that misbehave, and that nothing of it stays behind. */
import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { NetTcpClient, wholePreamble } from '../support/net-tcp-client.ts'
import { PorticoUnderTest } from '../support/portico-under-test.ts'

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')

describe('the net.tcp port', () => {
  test.each([
    ['bytes that are no preamble', hex('ff ff ff ff'), /Version|version/],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'), /looks like HTTP/],
    ['another version', hex('00 02 00 01 02'), /version 2/],
    ['simplex mode', hex('00 01 00 01 03'), /simplex/],
    ['a mode that does not exist', hex('00 01 00 01 05'), /mode 5/],
    ['a via that is too long', hex('00 01 00 01 02 02 81 10'), /2049/],
    ['a via that is no URI', hex('00 01 00 01 02 02 09 6e6f7420612075726903 08'), /URI/],
  ])('closes %s without a byte, counts it, and says in the log what it was', async (_, bytes, says) => {
    await using portico = await PorticoUnderTest.start({ apps: { echo: 'echo' } })
    using client = await NetTcpClient.connect(portico.port)
    client.write(bytes)
    expect(await client.readAll()).toHaveLength(0)
    const { fields } = await portico.event('connection.refused')
    expect((fields.error as Error).message).toMatch(says)
    expect(portico.status.ports[0]?.counters).toMatchObject({ protocolFailures: 1, connectionsDispatched: 0 })
    expect(await portico.call('/echo')).toBe('hello')
  })

  test('cuts a client that stays silent within its preamble at receiveTimeout', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { echo: 'echo' }, netTcp: 'receiveTimeout="00:00:30"' })
    using client = await NetTcpClient.connect(portico.port)
    client.write(wholePreamble(`net.tcp://localhost:${portico.port}/echo`).subarray(0, 20))
    await expect.poll(() => portico.status.ports[0]?.beingRead).toBe(1)
    portico.clock.skip(30_000)
    expect(await client.readAll()).toHaveLength(0)
    expect((await portico.event('connection.refused')).fields).toMatchObject({ code: 'PREAMBLE_TIMED_OUT' })
    expect(portico.status.ports[0]?.beingRead).toBe(0)
  })

  test('answers EndpointNotFound to a via that nothing serves, also to a client that has sent much already', async () => {
    await using portico = await PorticoUnderTest.start()
    using client = await NetTcpClient.connect(portico.port)
    client.write(wholePreamble(`net.tcp://localhost:${portico.port}/nobody`), Buffer.alloc(60_000))
    expect(await client.answer()).toBe('EndpointNotFound')
    client.socket.end()
    expect(await client.readAll()).toHaveLength(0)
    expect(portico.status.ports[0]?.counters).toMatchObject({ notFound: 1 })
  })

  test('is not disturbed by many silent clients', async () => {
    await using portico = await PorticoUnderTest.start({
      apps: { echo: 'echo' },
      netTcp: 'listenBacklog="1024" maxPendingConnections="1000"',
    })
    const silent = await Promise.all(Array.from({ length: 300 }, () => NetTcpClient.connect(portico.port)))
    for (const client of silent) client.write(hex('00 01'))
    await expect.poll(() => portico.status.ports[0]?.beingRead).toBe(300)
    expect(await Promise.all(Array.from({ length: 50 }, () => portico.call('/echo')))).toEqual(Array(50).fill('hello'))
    for (const client of silent) client[Symbol.dispose]()
    await expect.poll(() => portico.status.ports[0]?.beingRead).toBe(0)
  })
})

describe('nothing is left behind', () => {
  test('after starts, crashes, refusals and idle ends there are no more descriptors or timers than before', async () => {
    await using portico = await PorticoUnderTest.start({
      apps: { crashes: 'crashes', bad: 'throws-at-load' },
      pools: '<add name="DefaultAppPool"><failure rapidFailProtection="false"/></add>',
    })
    const cycle = async () => {
      expect(await portico.call('/crashes', 'who')).toMatch(/^\d+$/)
      expect(await portico.call('/bad')).toBe('ServiceActivationFailed')
      expect(await portico.call('/nobody')).toBe('EndpointNotFound')
      await portico.call('/crashes', 'crash')
      await portico.event('worker.exited', ({ windowsEventId }) => windowsEventId === 5009)
      await expect.poll(() => portico.status.pools[0]?.workers).toEqual([])
    }
    await cycle() // PM2 and what is loaded late
    const held = () => ({ descriptors: readdirSync('/proc/self/fd').length, timers: portico.clock.pending })
    const before = held()
    for (let n = 0; n < 8; n++) await cycle()
    const more = () => {
      const now = held()
      return Math.max(now.descriptors - before.descriptors, now.timers - before.timers)
    }
    await expect.poll(more).toBeLessThanOrEqual(0)
  })
})
