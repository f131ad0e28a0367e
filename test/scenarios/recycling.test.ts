/** Recycling with real processes: who serves before, during and after, and that no connection is lost by it. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { callOnce } from '../support/net-tcp-client.ts'
import { portico as command } from '../support/portico-process.ts'
import { PorticoUnderTest } from '../support/portico-under-test.ts'

/** Answers each envelope with its pid, a variable of its environment, and its version. */
const telling = (version: string) => `
export default {
  async session(session) {
    for await (const _ of session)
      await session.send(Buffer.from([process.pid, process.env.GREETING, '${version}'].join(' ')))
  },
}`
const files = { 'index.mjs': telling('one') }
const pidOf = async (portico: PorticoUnderTest) => (await portico.call('/app'))?.split(' ')[0]
const poolWith = (recycling: string, more = '') =>
  `<add name="DefaultAppPool"><recycling>${recycling}</recycling>${more}</add>`
const act = (portico: PorticoUnderTest, action: string, name = 'DefaultAppPool') =>
  command('pool', action, name, '--home', portico.folders.home)

/** Calls the application without a pause until it is stopped; what each call got. */
function prober(portico: PorticoUnderTest) {
  const replies: (string | undefined)[] = []
  let isOver = false
  const probe = async () => {
    while (!isOver) replies.push(await callOnce(portico.port, '/app'))
  }
  const probing = Promise.all([probe(), probe()])
  return {
    replies,
    async stop() {
      isOver = true
      await probing
      return replies
    },
  }
}

describe('portico pool recycle', () => {
  test('replaces the worker process without losing a connection; the old one finishes its own', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { app: files } })
    const first = await pidOf(portico)
    using client = await portico.open('/app')
    expect(await client.answer()).toBe('ack')
    const probes = prober(portico)
    for (let round = 0; round < 5; round++) {
      const { code, out } = await act(portico, 'recycle')
      expect({ code, out }).toEqual({
        code: 0,
        out: 'application pool DefaultAppPool has another worker process; the old one finishes what it has\n',
      })
    }
    const replies = await probes.stop()
    expect(replies.filter((reply) => !/^\d+ /.test(reply ?? ''))).toEqual([])
    expect(new Set(replies.map((reply) => reply?.split(' ')[0])).size).toBeGreaterThanOrEqual(5)
    expect((await client.call('hello'))?.split(' ')[0]).toBe(first)
    await client.finish()
    expect(await pidOf(portico)).not.toBe(first)
  })

  test('of a version that does not load leaves the old one serving, says so, and takes the repaired one', async () => {
    await using portico = await PorticoUnderTest.start({
      apps: { app: files },
      pools: '<add name="DefaultAppPool"><recycling disallowRotationOnConfigChange="true"/></add>',
    })
    const first = await pidOf(portico)
    const entry = join(portico.folders.apps, 'app', 'index.mjs')
    writeFileSync(entry, 'throw new Error("the database password is missing")')
    const { code, err } = await act(portico, 'recycle')
    expect(code).toBe(1)
    expect(err).toContain('the database password is missing')
    expect(await pidOf(portico)).toBe(first)
    expect(portico.status.pools[0]?.notRecycled).toMatchObject({ code: 'APPLICATION_DID_NOT_LOAD' })
    expect((await command('status', '--home', portico.folders.home)).out).toContain('NOT RECYCLED')
    writeFileSync(entry, telling('two'))
    expect((await act(portico, 'recycle')).code).toBe(0)
    expect(await portico.call('/app')).toMatch(/ two$/)
    expect(portico.status.pools[0]?.notRecycled).toBeUndefined()
  })

  test('says when nothing runs, and which pools there are when the name is wrong', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { app: files } })
    expect((await act(portico, 'recycle')).out).toContain('the next connection starts one')
    const { code, err } = await act(portico, 'recycle', 'Nonsense')
    expect(code).toBe(1)
    expect(err).toContain('there is no application pool Nonsense; there are DefaultAppPool')
  })
})

describe('a worker process is replaced', () => {
  test('when a variable of its environment changes', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { app: files } })
    expect(await portico.call('/app')).toMatch(/ {2}one$/)
    const greeting = '<environmentVariables><add name="GREETING" value="hi"/></environmentVariables>'
    const probes = prober(portico)
    portico.folders.configure({ pools: `<add name="DefaultAppPool">${greeting}</add>` })
    expect((await portico.event('pool.recycling')).fields).toMatchObject({ why: 'ConfigChange', windowsEventId: 5080 })
    await portico.event('worker.exited')
    expect((await probes.stop()).filter((reply) => !/^\d+ /.test(reply ?? ''))).toEqual([])
    expect(await portico.call('/app')).toMatch(/ hi one$/)
  })

  test('when the arguments of Node change', async () => {
    const limits = `export default { async session(session) {
      for await (const _ of session) await session.send(Buffer.from(process.execArgv.join(' ')))
    } }`
    await using portico = await PorticoUnderTest.start({ apps: { app: { 'index.mjs': limits } } })
    expect(await portico.call('/app')).not.toContain('old-space')
    portico.folders.configure({ porticoElements: '<poolDefaults nodeArguments="--max-old-space-size=64"/>' })
    expect((await portico.event('pool.recycling')).fields).toMatchObject({ why: 'ConfigChange' })
    await portico.event('worker.exited')
    expect(await portico.call('/app')).toContain('--max-old-space-size=64')
  })

  test('when files change that an application is loaded from, once they are still; data that it writes changes nothing', async () => {
    const lib = { ...files, 'lib/greeting.mjs': "export const greeting = 'hello'" }
    await using portico = await PorticoUnderTest.start({ apps: { app: lib } })
    const first = await pidOf(portico)
    const folder = join(portico.folders.apps, 'app')
    const probes = prober(portico)
    for (const name of ['data.json', 'app.log', 'lib/notes.txt', '.hidden.mjs']) writeFileSync(join(folder, name), 'x')
    writeFileSync(join(folder, 'lib', 'greeting.mjs'), "export const greeting = 'bye'")
    expect((await portico.event('pool.recycling')).fields).toMatchObject({ why: 'ConfigChange' })
    await portico.event('worker.exited')
    writeFileSync(join(folder, 'index.mjs'), telling('two'))
    await portico.event('worker.exited')
    expect((await probes.stop()).filter((reply) => !/^\d+ /.test(reply ?? ''))).toEqual([])
    expect(await portico.call('/app')).toMatch(/ two$/)
    expect(await pidOf(portico)).not.toBe(first)
    expect(portico.events.filter(({ event }) => event === 'pool.recycling')).toHaveLength(2)
  })

  test('and the old one goes on while changed files can not be loaded; once they can, the new one serves', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { app: files } })
    const first = await pidOf(portico)
    const entry = join(portico.folders.apps, 'app', 'index.mjs')
    writeFileSync(entry, 'throw new Error("half a deployment")')
    expect((await portico.event('pool.notRecycled')).fields).toMatchObject({ code: 'APPLICATION_DID_NOT_LOAD' })
    expect(await pidOf(portico)).toBe(first)
    writeFileSync(entry, telling('two'))
    await portico.until(({ pools }) => pools[0]?.notRecycled === undefined)
    expect(await portico.call('/app')).toMatch(/ two$/)
  })

  test('by no change of its files where that is disallowed', async () => {
    await using portico = await PorticoUnderTest.start({
      apps: { app: files, witness: files },
      pools: '<add name="DefaultAppPool"><recycling disallowRotationOnConfigChange="true"/></add><add name="Other"/>',
      applications: '<application path="/witness" applicationPool="Other"/>',
    })
    const first = await pidOf(portico)
    await portico.call('/witness')
    for (const name of ['app', 'witness']) writeFileSync(join(portico.folders.apps, name, 'index.mjs'), telling('two'))
    expect((await portico.event('pool.recycling')).fields).toMatchObject({ pool: 'Other' })
    await portico.event('worker.exited')
    expect(await pidOf(portico)).toBe(first)
  })

  test('after so many requests', async () => {
    await using portico = await PorticoUnderTest.start({
      apps: { app: files },
      pools: poolWith('<periodicRestart requests="20"/>'),
    })
    const probes = prober(portico)
    for (let round = 0; round < 3; round++) await portico.event('pool.recycling', ({ why }) => why === 'Requests')
    const replies = await probes.stop()
    expect(replies.filter((reply) => !/^\d+ /.test(reply ?? ''))).toEqual([])
  })

  test('when it has more private memory than it may', async () => {
    const hungry = `globalThis.kept = Buffer.alloc(150_000_000, 1)\n${telling('one')}`
    await using portico = await PorticoUnderTest.start({
      apps: { app: { 'index.mjs': hungry } },
      pools: poolWith('<periodicRestart privateMemory="100000"/>'),
    })
    const first = await pidOf(portico)
    portico.clock.skip(30_000)
    expect((await portico.event('pool.recycling')).fields).toMatchObject({ why: 'PrivateMemory', windowsEventId: 5117 })
    await portico.event('worker.exited')
    expect(await pidOf(portico)).not.toBe(first)
  })

  test('at a time of day, by the local clock', async () => {
    const inAMinute = new Date(Date.now() + 60_000)
    const time = `${String(inAMinute.getHours()).padStart(2, '0')}:${String(inAMinute.getMinutes()).padStart(2, '0')}:00`
    await using portico = await PorticoUnderTest.start({
      apps: { app: files },
      pools: poolWith(`<periodicRestart><schedule><add value="${time}"/></schedule></periodicRestart>`),
    })
    await pidOf(portico)
    portico.clock.skip(60_000)
    expect((await portico.event('pool.recycling')).fields).toMatchObject({ why: 'Schedule', windowsEventId: 5076 })
  })
})

describe('portico pool stop', () => {
  test('lets connections finish and refuses others, until the pool is started; no change of the configuration starts it', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { app: files } })
    using client = await portico.open('/app')
    expect(await client.answer()).toBe('ack')
    const stopping = act(portico, 'stop')
    await portico.event('worker.draining')
    expect(await portico.call('/app')).toBe('EndpointUnavailable')
    expect(await client.call('still here')).toMatch(/one$/)
    await client.finish()
    expect((await stopping).out).toBe('application pool DefaultAppPool is stopped\n')
    portico.folders.configure({ netTcp: 'maxPendingConnections="50"' })
    await portico.event('configuration.changed')
    expect(await portico.call('/app')).toBe('EndpointUnavailable')
    expect((await act(portico, 'start')).out).toBe('application pool DefaultAppPool is started\n')
    expect(await portico.call('/app')).toMatch(/one$/)
    expect((await act(portico, 'start')).out).toContain('already')
  })

  test('is how a pool begins whose autoStart is false', async () => {
    await using portico = await PorticoUnderTest.start({
      apps: { app: files },
      pools: '<add name="DefaultAppPool" autoStart="false"/>',
    })
    expect(await portico.call('/app')).toBe('EndpointUnavailable')
    await act(portico, 'start')
    expect(await portico.call('/app')).toMatch(/one$/)
  })
})
