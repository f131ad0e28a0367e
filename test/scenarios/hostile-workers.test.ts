/** Worker processes that misbehave: the other pools don't notice, the next connection is served, and nothing is left. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { PorticoUnderTest } from '../support/portico-under-test.ts'
import { openDescriptors } from '../support/unix-pair.ts'

const setup = {
  apps: { evil: 'misbehaves', good: 'echo' },
  // Rapid-fail protection is another test's business, and pings where time is skipped.
  pools: `<add name="DefaultAppPool"><processModel pingingEnabled="false"/><failure rapidFailProtection="false"/></add>
    <add name="Good"><processModel pingingEnabled="false"/></add>`,
  applications: '<application path="/good" applicationPool="Good"/>',
}
/** `"#"` is a number that no connection has. */
const lineOf = (message: object) => JSON.stringify(message).replaceAll('"#"', '90000#')
const failure = { application: '/evil', message: 'x'.repeat(1_000), detail: '' }

/** What a worker process says, and how often; it says it in place of what it should say. */
const endsIt: [string, string][] = [
  ['garbage', 'say 1 garbage'],
  ['a line without end', 'say-long 70000'],
  ['that it leaves, and it stays', `say 9 ${lineOf({ type: 'leave' })}`],
  ['that it wants to be replaced, a thousand times', `say 1000 ${lineOf({ type: 'retire' })}`],
  ['nothing any more', 'hang-up'],
]
const changesNothing: [string, string][] = [
  ['it has loaded what it had', `say 5000 ${lineOf({ type: 'register', application: '/evil' })}`],
  ['others are its own', `say 2000 ${lineOf({ type: 'register', application: '/other/#' })}`],
  [
    'services failed that it does not have',
    `say 5000 ${lineOf({ type: 'service', application: '/other/#', service: '/#.svc', failure })}`,
  ],
  ['connections ended that it does not have', `say 5000 ${lineOf({ type: 'closed', connection: '#', failure })}`],
  ['it took what it was not offered', `say 5000 ${lineOf({ type: 'accepted', connection: '#' })}`],
]

/** A connection to another pool, which must not notice anything, and what Portico has open by then. */
async function withAnother(portico: PorticoUnderTest) {
  const other = await portico.open('/good')
  expect(await other.answer()).toBe('ack')
  const pid = await portico.call('/evil', 'nothing')
  const isQuiet = () =>
    portico.until(({ pools }) => pools[0]?.workers.length === 1 && pools[0].workers[0]?.openConnections === 0)
  await isQuiet()
  const [events, descriptors] = [portico.events.length, openDescriptors()]
  return {
    pid,
    /** One more event of the worker process than `atMost` since then is too many. */
    async isUnharmed(atMost: number): Promise<void> {
      expect(await other.call('still here')).toBe('still here')
      await isQuiet()
      await expect.poll(() => openDescriptors()).toBeLessThanOrEqual(descriptors)
      expect(portico.events.length - events).toBeLessThanOrEqual(atMost)
      other[Symbol.dispose]()
    },
  }
}

describe('a worker process that says', () => {
  test('what it must not say ends, the next connection is served, and other pools do not notice', async () => {
    await using portico = await PorticoUnderTest.start(setup)
    const another = await withAnother(portico)
    let { pid } = another
    for (const [what, deed] of endsIt) {
      expect(await portico.call('/evil', deed), what).toBe(pid)
      await portico.event('worker.exited')
      const next = await portico.call('/evil', 'nothing')
      expect(Number(next), what).toBeGreaterThan(0)
      expect(next, what).not.toBe(pid)
      pid = next
    }
    await another.isUnharmed(10 * endsIt.length)
  })

  test('what is not so, as often as it likes, changes nothing', async () => {
    await using portico = await PorticoUnderTest.start(setup)
    const another = await withAnother(portico)
    for (const [what, deed] of changesNothing) {
      expect(await portico.call('/evil', deed), what).toBe(another.pid)
      // It is heard in the order in which it speaks.
      const done = lineOf({ type: 'lease', number: 1, application: '/evil', name: what })
      await portico.call('/evil', `say 1 ${done}`)
      await portico.until(({ pools }) => pools[0]?.workers[0]?.leases?.[0]?.name === what)
    }
    await another.isUnharmed(0)
  })
})

test('a worker process that reads nothing of its channel is pinged out, and who waited for it is served by the next', async () => {
  const pings = '<processModel pingInterval="00:00:01" pingResponseTime="00:00:01"/>'
  const pools = `<add name="DefaultAppPool">${pings}</add><add name="Good"/>`
  await using portico = await PorticoUnderTest.start({ ...setup, pools })
  const pid = await portico.call('/evil', 'read-nothing')
  const waiting = Array.from({ length: 20 }, () => portico.call('/evil', 'nothing'))
  await portico.event('worker.stopping', ({ why }) => why === 'notResponding')
  const [next, ...others] = new Set(await Promise.all(waiting))
  expect(others).toEqual([])
  expect(next).not.toBe(pid)
  expect(Number(next)).toBeGreaterThan(0)
})

test('an application that never stops costs its pool shutdownTimeLimit, not more', async () => {
  await using portico = await PorticoUnderTest.start(setup)
  await portico.call('/evil', 'never-stop')
  const stopped = portico.service.manager.named('DefaultAppPool').stop('administrator')
  await portico.event('worker.draining')
  expect(await portico.call('/evil')).toBe('EndpointUnavailable')
  portico.clock.skip(90_000) // moves the clock on to shutdownTimeLimit
  await stopped
  expect((await portico.event('worker.exited')).fields).toMatchObject({ why: 'shutdownTimeLimit' })
  expect(portico.status.pools[0]?.workers).toEqual([])
})

test('a worker process that has closed its standard descriptors does not print into the connections that come then', async () => {
  await using portico = await PorticoUnderTest.start(setup)
  const pid = await portico.call('/evil', 'close-standard')
  for (let n = 0; n < 4; n++) expect(await portico.call('/evil', 'print 1')).toBe(pid)
})

test('a worker process that prints without end has its log bounded, and goes on printing', async () => {
  await using portico = await PorticoUnderTest.start(setup)
  const log = join(portico.folders.home, 'logs', 'pool-DefaultAppPool.log')
  const pid = await portico.call('/evil', 'print 40')
  await expect.poll(() => statSync(log).size).toBe(40 * 1_048_576)
  portico.clock.skip(5_000) // moves the clock on to the next look
  await portico.event('pool.logBegun')
  expect(statSync(log).size).toBe(0)
  expect(statSync(`${log}.1`).size).toBe(32 * 1_048_576)
  expect(await portico.call('/evil', 'print 1')).toBe(pid)
  await expect.poll(() => statSync(log).size).toBe(1_048_576)
})
