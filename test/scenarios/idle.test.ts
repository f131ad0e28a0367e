/** Idleness of real worker processes: the work that keeps them, and what becomes of those that have none. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Status } from '#admin/status.ts'
import { ask } from '#main/admin-client.ts'
import { statusText } from '#main/status-text.ts'
import { callOnce } from '../support/net-tcp-client.ts'
import { PorticoFolders } from '../support/portico-folders.ts'
import { portico as command, serving } from '../support/portico-process.ts'
import { PorticoUnderTest } from '../support/portico-under-test.ts'

const idleTimeout = 60_000

const pool = (attributes: string) =>
  `<add name="DefaultAppPool"><processModel idleTimeout="00:01:00" ${attributes}/></add>`

const underTest = (attributes = '') =>
  PorticoUnderTest.start({
    apps: { works: 'works' },
    pools: pool(attributes),
    netTcp: 'receiveTimeout="01:00:00"', // time is skipped while connections are being read
  })

/** As PM2 tells it. */
const orderly = expect.stringMatching(/^exit code 0/)

/** The letter of the kernel for what the process does: T is stopped. */
const stateOf = (pid: number) => / ([A-Z]) /.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1]

const worker = (portico: PorticoUnderTest) => portico.status.pools[0]?.workers[0]

/** Resolves when no connection is open any more, so that idleness begins. */
const quiet = (portico: PorticoUnderTest) => portico.until(() => worker(portico)?.openConnections === 0)

async function idle(portico: PorticoUnderTest): Promise<void> {
  await quiet(portico)
  portico.clock.skip(idleTimeout) // moves the clock on: the shortest idleTimeout is a minute
}

/** Calls once and waits until its worker process is suspended; the pid of it. */
async function suspended(portico: PorticoUnderTest): Promise<number> {
  const pid = Number(await portico.call('/works'))
  await idle(portico)
  await portico.event('worker.suspended')
  await expect.poll(() => stateOf(pid)).toBe('T')
  return pid
}

describe('a lease', () => {
  test('keeps its worker process from being idle, is shown by status, and ends it no sooner than it is released', async () => {
    await using portico = await underTest()
    const pid = await portico.call('/works', 'work nightly report')
    await portico.until(() => worker(portico)?.leases.length === 1)
    const [lease] = worker(portico)?.leases ?? []
    expect(lease).toEqual({ application: '/works', name: 'nightly report', since: expect.any(String) })
    expect(statusText(portico.status)).toContain(`kept by /works since ${lease?.since}: nightly report`)
    await idle(portico)
    expect(await portico.call('/works', 'done')).toBe(pid)
    await portico.until(() => worker(portico)?.leases.length === 0)
    await idle(portico)
    expect((await portico.event('worker.draining')).fields).toMatchObject({ why: 'idle' })
    await portico.event('worker.exited')
    expect(await portico.call('/works')).not.toBe(pid)
  })

  test('may be taken when the application starts', async () => {
    const entry = `
      let lease
      export default {
        start(context) { lease = context.lease('since the start') },
        async session(session) { for await (const envelope of session) await session.send(envelope) },
      }`
    await using portico = await PorticoUnderTest.start({ apps: { app: { 'index.mjs': entry } }, pools: pool('') })
    expect(await portico.call('/app')).toBe('hello')
    expect(worker(portico)?.leases).toMatchObject([{ application: '/app', name: 'since the start' }])
  })

  test('is waited for when the worker process has to end', async () => {
    await using portico = await underTest()
    const pid = Number(await portico.call('/works', 'work report'))
    await quiet(portico)
    process.kill(pid, 'SIGTERM')
    await portico.event('worker.draining')
    expect(Number(await portico.call('/works'))).not.toBe(pid)
    expect(portico.status.pools[0]?.workers.find((each) => each.pid === pid)).toMatchObject({
      state: 'draining',
      leases: [{ name: 'report' }],
    })
    process.kill(pid, 'SIGUSR2')
    expect((await portico.event('worker.exited')).fields).toMatchObject({ pid, how: orderly })
  })

  test('is waited for no longer than shutdownTimeLimit; then the signal of the application aborts', async () => {
    await using portico = await underTest('shutdownTimeLimit="00:00:02"')
    const pid = Number(await portico.call('/works', 'work report'))
    await quiet(portico)
    process.kill(pid, 'SIGTERM')
    expect((await portico.event('worker.exited')).fields).toMatchObject({ pid, how: orderly })
    expect(readFileSync(portico.status.pools[0]?.log ?? '', 'utf8')).toContain('given up: 1 leases')
  })

  test('is told again to a Portico that was started again', async () => {
    using folders = await PorticoFolders.make({ apps: { works: 'works' } })
    const first = await serving(folders)
    const pid = await callOnce(folders.port, '/works', 'work report')
    first.child.kill('SIGKILL')
    await first.finished
    const second = await serving(folders)
    const leases = async () => {
      const { pools } = await ask<Status>(folders.home, 'GET', '/status')
      return pools[0]?.workers.flatMap((each) => each.leases.map(({ name }) => name))
    }
    await expect.poll(leases).toEqual(['report'])
    expect(await callOnce(folders.port, '/works', 'done')).toBe(pid)
    await expect.poll(leases).toEqual([])
    expect((await command('stop', '--home', folders.home)).code).toBe(0)
    await second.finished
  })
})

describe('an idle worker process of a pool that suspends', () => {
  const suspends = () => underTest('idleTimeoutAction="Suspend"')

  test('is stopped where it is, and the next connection finds it as it was', async () => {
    await using portico = await suspends()
    const pid = await suspended(portico)
    expect(worker(portico)).toMatchObject({ pid, state: 'suspended' })
    expect(portico.status.applications[0]?.active).toBe(true)
    portico.clock.skip(5 * idleTimeout) // so often it would have been idle
    expect(await portico.call('/works')).toBe(String(pid))
    const { suspendedMs } = (await portico.event('worker.resumed')).fields
    expect(suspendedMs).toBeGreaterThanOrEqual(5 * idleTimeout)
    expect(worker(portico)).toMatchObject({ pid, state: 'ready' })
    await idle(portico)
    await portico.event('worker.suspended')
  })

  test('gives its memory back, or the log says once why it is kept', async () => {
    await using portico = await suspends()
    await suspended(portico)
    const told = () => portico.events.filter(({ event }) => /^worker\.memory/.test(event))
    await expect.poll(() => told().length).toBe(1)
    const [first] = told()
    expect(first?.level).toBe('info')
    const { reason, residentBefore, residentAfter } = first?.fields ?? {}
    if (first?.event === 'worker.memoryKept') expect(reason).toMatch(/process_madvise failed: E/)
    else expect(residentAfter).toBeLessThanOrEqual(Number(residentBefore)) // how much, is the machine's business
  })

  test('answers every connection that comes at the very moment', { timeout: 120_000 }, async () => {
    await using portico = await suspends()
    const pid = String(await suspended(portico))
    for (let round = 0; round < 300; round++) {
      const call = portico.call('/works')
      for (let turns = round % 15; turns > 0; turns--) await new Promise(setImmediate)
      portico.clock.skip(idleTimeout) // becomes idle now, while the call is somewhere on its way
      expect(await call).toBe(pid)
      if (round % 3 > 0) await idle(portico)
    }
    expect(portico.events.filter(({ event }) => event === 'worker.resumed').length).toBeGreaterThanOrEqual(200)
    expect(portico.events.filter(({ event }) => event === 'worker.launching')).toHaveLength(1)
  })

  test('that is killed is replaced by the next connection', async () => {
    await using portico = await suspends()
    const pid = await suspended(portico)
    process.kill(pid, 'SIGKILL')
    expect((await portico.event('worker.exited')).fields).toMatchObject({ pid, how: 'signal SIGKILL' })
    expect(Number(await portico.call('/works'))).not.toBe(pid)
  })

  test('goes on and leaves in an orderly way when Portico stops', async () => {
    await using portico = await suspends()
    await suspended(portico)
    await portico.stop()
    const turns = portico.events.map(({ event }) => event).filter((event) => /^worker\.(?!memory)/.test(event))
    expect(turns.slice(-4)).toEqual(['worker.resumed', 'worker.draining', 'worker.stopping', 'worker.exited'])
    expect(portico.events.find(({ event }) => event === 'worker.exited')?.fields).toMatchObject({ how: orderly })
  })

  test('ends at once when Portico is told to hurry', async () => {
    await using portico = await suspends()
    const pid = await suspended(portico)
    portico.service.manager.hurry()
    expect((await portico.event('worker.exited')).fields).toMatchObject({ pid, how: 'signal SIGKILL' })
  })

  test('goes on when a Portico is started after the one that stopped it was killed', async () => {
    using folders = await PorticoFolders.make({ apps: { works: 'works' } })
    const first = await serving(folders)
    const pid = Number(await callOnce(folders.port, '/works'))
    process.kill(pid, 'SIGSTOP') // as a suspension does, which takes a minute at least
    await expect.poll(() => stateOf(pid)).toBe('T')
    first.child.kill('SIGKILL')
    await first.finished
    const second = await serving(folders)
    expect(await callOnce(folders.port, '/works')).toBe(String(pid))
    expect((await command('stop', '--home', folders.home)).code).toBe(0)
    await second.finished
  })
})
