/** Worker processes that keep failing, that don't answer, and those that are left running. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { trialDelay } from '#activation/rapid-fail.ts'
import { systemClock } from '#base/clock.ts'
import { identityOf, lives, untilGone } from '#launcher/processes.ts'
import { statusText } from '#main/status-text.ts'
import { PorticoFolders, processesOf } from '../support/portico-folders.ts'
import { PorticoUnderTest } from '../support/portico-under-test.ts'

const pool = (failure: string, processModel = '', more = '') =>
  `<add name="DefaultAppPool" ${more}><processModel ${processModel}/><failure ${failure}/></add>`

/** Opens after two failures. */
const nervous = 'rapidFailProtectionMaxCrashes="2"'

/** Ends its process while it loads, unless its folder has been repaired. */
const brittle = {
  'index.mjs': `import { existsSync } from 'node:fs'
    if (!existsSync(new URL('./repaired', import.meta.url))) process.exit(3)
    export default { async session(session) { for await (const envelope of session) await session.send(envelope) } }`,
}

/** Answers with its pid, or never lets go of the processor. */
const spins = {
  'index.mjs': `export default {
      async session(session) {
        for await (const envelope of session) {
          if (envelope.toString() === 'spin') for (;;);
          await session.send(Buffer.from(String(process.pid)))
        }
      },
    }`,
}

const stateOf = (portico: PorticoUnderTest) => portico.status.pools[0]?.state
const launches = (portico: PorticoUnderTest) =>
  portico.events.filter(({ event }) => event === 'worker.launching').length

/** Lets time pass, in steps that leave room for answers, until the event comes. */
async function passUntil(portico: PorticoUnderTest, event: string): Promise<Record<string, unknown>> {
  const found = () => portico.events.find((each) => each.event === event)
  await expect
    .poll(() => {
      portico.clock.skip(10_000) // moves the clock on; pings and their limits take minutes
      return found()
    })
    .toBeDefined()
  return found()?.fields ?? {}
}

describe('a pool whose worker processes keep ending', () => {
  test('answers at once, tries one after the delay, and serves again when it is repaired', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { brittle }, pools: pool(nervous) })
    expect(await portico.call('/brittle')).toBe('ServiceActivationFailed')
    expect(await portico.call('/brittle')).toBe('ServiceActivationFailed')
    expect((await portico.event('pool.failing')).fields).toMatchObject({ pool: 'DefaultAppPool', windowsEventId: 5002 })
    expect(await portico.call('/brittle')).toBe('EndpointUnavailable')
    expect((await portico.event('connection.refused', ({ code }) => code === 'POOL_FAILING')).level).toBe('warn')
    expect(launches(portico)).toBe(2)
    expect(stateOf(portico)).toBe('failing')
    expect(portico.status.pools[0]?.failing).toMatchObject({
      why: expect.stringMatching(/2 worker processes failed within 300 s \(the last: it ended: exit code 3\)/),
      until: expect.stringMatching(/^\d{4}-.*Z$/),
    })
    expect(statusText(portico.status)).toMatch(/FAILING: application pool DefaultAppPool is failing: 2 worker/)

    portico.clock.skip(trialDelay.first) // moves the clock on to the first trial
    expect(await portico.call('/brittle')).toBe('ServiceActivationFailed')
    await portico.event('pool.stillFailing')
    portico.clock.skip(trialDelay.first) // too early: the second one takes twice as long
    expect(await portico.call('/brittle')).toBe('EndpointUnavailable')
    expect(launches(portico)).toBe(3)

    writeFileSync(join(portico.folders.apps, 'brittle', 'repaired'), '')
    portico.clock.skip(trialDelay.first)
    expect(await portico.call('/brittle', 'back')).toBe('back')
    await portico.event('pool.recovered')
    expect(stateOf(portico)).toBe('started')
  })

  test('fails by crashes in sessions, and its clients that come later are answered without a start', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { crashes: 'crashes' }, pools: pool(nervous) })
    for (let n = 0; n < 2; n++) {
      expect(await portico.call('/crashes', 'crash')).toBeUndefined()
      await portico.event('worker.exited')
    }
    expect(await Promise.all(Array.from({ length: 20 }, () => portico.call('/crashes')))).toEqual(
      Array(20).fill('EndpointUnavailable'),
    )
    expect(launches(portico)).toBe(2)
  })

  test('answers those who wait for it when the protection opens', async () => {
    await using portico = await PorticoUnderTest.start({
      apps: { hangs: 'hangs-at-load', 'hangs-too': 'hangs-at-load', crashes: 'crashes' },
      pools: pool('rapidFailProtectionMaxCrashes="1"'),
    })
    expect(Number(await portico.call('/crashes', 'who'))).toBeGreaterThan(0)
    const waiting = Promise.all([portico.call('/hangs'), portico.call('/hangs-too')])
    await portico.until(({ applications }) => applications.filter(({ waiting: count }) => count === 1).length === 2)
    await portico.until(({ pools }) => pools[0]?.workers[0]?.applications.length === 3)
    process.kill(portico.status.pools[0]?.workers[0]?.pid ?? 0, 'SIGKILL')
    expect(await waiting).toEqual(Array(2).fill('EndpointUnavailable'))
    expect(await portico.call('/crashes', 'who')).toBe('EndpointUnavailable')
  })

  test('under manual recovery waits for an administrator', async () => {
    await using portico = await PorticoUnderTest.start({
      apps: { brittle },
      pools: pool(nervous),
      portico: 'rapidFailRecovery="manual"',
    })
    for (let n = 0; n < 2; n++) expect(await portico.call('/brittle')).toBe('ServiceActivationFailed')
    writeFileSync(join(portico.folders.apps, 'brittle', 'repaired'), '')
    portico.clock.skip(24 * 3_600_000)
    expect(await portico.call('/brittle')).toBe('EndpointUnavailable')
    expect(portico.status.pools[0]?.failing?.until).toBeUndefined()
    portico.service.manager.pool('DefaultAppPool')?.start()
    expect(await portico.call('/brittle', 'back')).toBe('back')
  })

  test('runs autoShutdownExe without a shell', async () => {
    const folders = await PorticoFolders.make({ apps: { brittle } })
    const told = join(folders.root, 'told $(id)')
    const action = `autoShutdownExe="/bin/cp" autoShutdownParams="/proc/self/cmdline &quot;${told}&quot;"`
    folders.configure({ pools: pool(`rapidFailProtectionMaxCrashes="1" ${action}`) })
    await using portico = await PorticoUnderTest.in(folders)
    expect(await portico.call('/brittle')).toBe('ServiceActivationFailed')
    await expect.poll(() => textOf(told)).toContain('/bin/cp\0/proc/self/cmdline\0')
  })

  test('does not fail because an application throws while it loads', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { bad: 'throws-at-load' }, pools: pool(nervous) })
    for (let n = 0; n < 4; n++) expect(await portico.call('/bad')).toBe('ServiceActivationFailed')
    expect(stateOf(portico)).toBe('started')
  })
})

describe('a worker process that does not answer', () => {
  test('is replaced, and the connections that it had end', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { spins, other: 'echo' }, pools: pool('') })
    using other = await portico.open('/other')
    expect(await other.answer()).toBe('ack')
    const pid = await portico.call('/spins', 'who')
    using client = await portico.open('/spins')
    expect(await client.answer()).toBe('ack')
    const lost = client.call('spin')
    expect(await passUntil(portico, 'worker.stopping')).toMatchObject({ why: 'notResponding', windowsEventId: 5010 })
    expect(await lost).toBeUndefined()
    expect(await other.call('gone')).toBeUndefined()
    const next = await portico.call('/spins', 'who')
    expect(Number(next)).toBeGreaterThan(0)
    expect(next).not.toBe(pid)
  })

  test('is left running as an orphan, which its action hears of, and which outlives Portico', async () => {
    const folders = await PorticoFolders.make({ apps: { spins } })
    const told = join(folders.root, 'told')
    const action = `orphanWorkerProcess="true" orphanActionExe="/bin/cp" orphanActionParams="/proc/%1%/stat ${told}"`
    folders.configure({ pools: pool(action) })
    const portico = await PorticoUnderTest.in(folders)
    const pid = Number(await portico.call('/spins', 'who'))
    const orphan = identityOf(pid)
    if (!orphan) throw new Error('the worker process runs')
    try {
      using client = await portico.open('/spins')
      expect(await client.answer()).toBe('ack')
      void client.call('spin')
      expect(await passUntil(portico, 'worker.orphaned')).toMatchObject({ pid, pool: 'DefaultAppPool' })
      await expect.poll(() => textOf(told)).toMatch(new RegExp(`^${pid} `))
      await expect.poll(() => portico.status.pools[0]?.workers).toEqual([])
      expect(Number(await portico.call('/spins', 'who'))).not.toBe(pid)

      await portico.stop()
      expect(lives(orphan)).toBe(true)
      expect(processesOf(folders.home)).toEqual([pid])
      await using again = await PorticoUnderTest.in(folders)
      expect(again.status.pools[0]?.workers).toEqual([])
      expect(again.events.map(({ event }) => event)).not.toContain('worker.found')
      expect(Number(await again.call('/spins', 'who'))).not.toBe(pid)
      expect(lives(orphan)).toBe(true)
      process.kill(pid, 'SIGKILL')
      await untilGone(orphan, 10_000, systemClock)
    } finally {
      if (lives(orphan)) process.kill(pid, 'SIGKILL')
    }
  })
})

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
