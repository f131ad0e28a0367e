/** A pool whose worker processes keep failing. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PoolSettings } from '#activation/pool-settings.ts'
import { trialDelay } from '#activation/rapid-fail.ts'
import { PorticoError } from '#base/errors.ts'
import { FakePool, settings, wanted } from '../../support/fake-workers.ts'

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'held',
    (error: unknown) => (error instanceof PorticoError ? error.code : String(error)),
  )

/** Lets everything that is already decided happen. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

const failure = {
  ...settings.failure,
  rapidFailProtection: true,
  rapidFailProtectionMaxCrashes: 3,
  autoShutdownExe: '/bin/tell',
  autoShutdownParams: 'them',
}

/** Lets a need's worker process crash with its application loaded. */
async function crashed(pool: FakePool): Promise<void> {
  const hold = pool.hold('echo')
  const worker = (await pool.worker(pool.workers.length + 1)).connects()
  worker.registers('echo')
  ;(await hold)[Symbol.dispose]()
  await worker.crashes()
}

async function failing(changes: Partial<PoolSettings> = {}): Promise<FakePool> {
  const pool = new FakePool({ failure, ...changes })
  for (let n = 0; n < 3; n++) await crashed(pool)
  return pool
}

describe('a pool whose worker processes have crashed too often', () => {
  test('answers at once, says why in the log, and runs autoShutdownExe once', async () => {
    const pool = await failing()
    expect(await codeOf(pool.hold('echo'))).toBe('POOL_FAILING')
    expect(await codeOf(pool.hold('echo'))).toBe('POOL_FAILING')
    expect(pool.workers).toHaveLength(3)
    const told = pool.events.filter(({ event }) => event === 'pool.failing')
    expect(told).toMatchObject([{ fields: { pool: 'Pool', windowsEventId: 5002 } }])
    expect(pool.actions).toEqual([
      { attribute: 'autoShutdownExe', pool: 'Pool', program: '/bin/tell', parameters: 'them' },
    ])
    expect(pool.pool.failing?.error.message).toMatch(
      /3 worker processes failed within 300 s \(the last: it ended: exit code 3\); the first connection after 1970-01-01T00:00:15/,
    )
    expect(pool.pool.failing?.error.reply).toBe('EndpointUnavailable')
  })

  test('answers those who wait for another application of the process, too', async () => {
    const pool = new FakePool({ failure: { ...failure, rapidFailProtectionMaxCrashes: 1 } })
    const hold = pool.hold('echo')
    const worker = (await pool.worker(1)).connects()
    const other = codeOf(pool.hold('other'))
    const first = codeOf(hold)
    await settle()
    await worker.crashes()
    expect(await Promise.all([first, other])).toEqual(['POOL_FAILING', 'POOL_FAILING'])
    expect(pool.workers).toHaveLength(1)
  })

  test('starts one process as a trial after the delay, and answers others meanwhile', async () => {
    const pool = await failing()
    pool.clock.turn(trialDelay.first)
    const trial = pool.hold('echo')
    const worker = await pool.worker(4)
    expect(await codeOf(pool.hold('echo'))).toBe('POOL_FAILING')
    expect(pool.workers).toHaveLength(4)
    worker.connects().registers('echo')
    await trial
    expect(pool.pool.failing).toBeUndefined()
    expect(await codeOf(pool.hold('echo'))).toBe('held')
    expect(pool.events.map(({ event }) => event)).toContain('pool.recovered')
  })

  test('waits twice as long after a trial that fails', async () => {
    const pool = await failing()
    pool.clock.turn(trialDelay.first)
    const trial = codeOf(pool.hold('echo'))
    await (await pool.worker(4)).connects().crashes()
    expect(await trial).toBe('APPLICATION_ENDED_ITS_WORKER')
    pool.clock.turn(trialDelay.first * 2 - 1)
    expect(await codeOf(pool.hold('echo'))).toBe('POOL_FAILING')
    pool.clock.turn(1)
    void pool.hold('echo')
    await pool.worker(5)
    expect(pool.actions).toHaveLength(1)
  })

  test('tries again when the trial was given up before it showed anything', async () => {
    const pool = await failing()
    pool.clock.turn(trialDelay.first)
    const trial = codeOf(pool.hold('echo'))
    ;(await pool.worker(4)).connects().fails('echo')
    expect(await trial).toBe('APPLICATION_DID_NOT_LOAD')
    await settle()
    expect(await codeOf(pool.hold('echo'))).toBe('POOL_FAILING')
    pool.clock.turn(trialDelay.first)
    void pool.hold('echo')
    await pool.worker(5)
  })

  test('stays so under manual recovery until it is started', async () => {
    const pool = await failing({ rapidFailRecovery: 'manual' })
    pool.clock.turn(100_000_000)
    expect(await codeOf(pool.hold('echo'))).toBe('POOL_FAILING')
    expect(pool.pool.failing).toMatchObject({ until: undefined })
    pool.pool.start()
    void pool.hold('echo')
    await pool.worker(4)
  })

  test('starts again when its configuration changes, and not when it is only read again', async () => {
    const pool = await failing()
    pool.pool.configure({ ...pool.pool.settings, failure: { ...failure } }, [])
    expect(await codeOf(pool.hold('echo'))).toBe('POOL_FAILING')
    pool.pool.configure({ ...pool.pool.settings, environment: { REPAIRED: 'yes' } }, [])
    void pool.hold('echo')
    await pool.worker(4)
  })

  test('is tried again by itself when it is AlwaysRunning and something is preloaded, each time later', async () => {
    const pool = new FakePool({ failure, startMode: 'AlwaysRunning' })
    pool.pool.configure(pool.pool.settings, [wanted('echo')])
    for (let n = 1; n <= 3; n++) {
      pool.clock.turn(60_000)
      await (await pool.worker(n)).connects().crashes()
    }
    pool.clock.turn(14_999)
    await settle()
    expect(pool.workers).toHaveLength(3)
    pool.clock.turn(1)
    await (await pool.worker(4)).connects().crashes()
    pool.clock.turn(29_999)
    await settle()
    expect(pool.workers).toHaveLength(4)
    pool.clock.turn(1)
    ;(await pool.worker(5)).connects().registers('echo')
    expect(pool.pool.failing).toBeUndefined()
  })

  test('is not kept running although it is AlwaysRunning, until it is started', async () => {
    const pool = new FakePool({ failure, startMode: 'AlwaysRunning' })
    pool.pool.configure(pool.pool.settings, [])
    for (let n = 1; n <= 3; n++) {
      pool.clock.turn(60_000)
      await (await pool.worker(n)).connects().crashes()
    }
    pool.clock.turn(10_000_000)
    await settle()
    expect(pool.workers).toHaveLength(3)
    pool.pool.start()
    pool.clock.turn(0)
    await pool.worker(4)
  })
})

test('an application that throws while it loads never makes its pool fail', async () => {
  const pool = new FakePool({ failure })
  for (let n = 1; n <= 10; n++) {
    const hold = codeOf(pool.hold('echo'))
    const worker = (await pool.worker(n)).connects()
    worker.fails('echo')
    expect(await hold).toBe('APPLICATION_DID_NOT_LOAD')
    await worker.leaves()
  }
  expect(pool.pool.failing).toBeUndefined()
})

test('launches that fail before there is a process do not count', async () => {
  const pool = new FakePool({ failure })
  pool.launchError = new PorticoError('PM2_MISSING', { reason: 'gone' })
  for (let n = 0; n < 10; n++) expect(await codeOf(pool.hold('echo'))).toBe('PM2_MISSING')
})

test('nor do those that an AlwaysRunning pool repeats', async () => {
  const pool = new FakePool({ failure, startMode: 'AlwaysRunning' })
  pool.launchError = new PorticoError('PM2_MISSING', { reason: 'gone' })
  pool.pool.configure(pool.pool.settings, [])
  for (let n = 0; n < 10; n++) {
    pool.clock.turn(60_000)
    await settle()
  }
  expect(pool.events.filter(({ event }) => event === 'worker.exited').length).toBeGreaterThanOrEqual(10)
  expect(pool.pool.failing).toBeUndefined()
})

test('an application that is loaded is served while others make the pool fail', async () => {
  const pool = new FakePool({ failure: { ...failure, rapidFailProtectionMaxCrashes: 1 } })
  const bad = codeOf(pool.hold('bad'))
  const good = pool.hold('good')
  const first = (await pool.worker(1)).connects()
  first.registers('good')
  first.fails('bad')
  await good
  expect(await bad).toBe('APPLICATION_DID_NOT_LOAD')
  const again = codeOf(pool.hold('bad'))
  await (await pool.worker(2)).connects().crashes()
  expect(await again).toBe('APPLICATION_ENDED_ITS_WORKER')
  expect(await codeOf(pool.hold('bad'))).toBe('POOL_FAILING')
  expect(await codeOf(pool.hold('good'))).toBe('held')
})

test.each([false, true])(
  'an application that is loaded is not replaced while nothing may start (overlapping disallowed: %s)',
  async (disallowOverlappingRotation) => {
    const recycling = { ...settings.recycling, disallowOverlappingRotation }
    const pool = new FakePool({ recycling, failure: { ...failure, rapidFailProtectionMaxCrashes: 1 } })
    const bad = codeOf(pool.hold('bad'))
    const good = pool.hold('good')
    const first = (await pool.worker(1)).connects()
    first.registers('good')
    first.fails('bad')
    ;(await good)[Symbol.dispose]()
    await bad
    void codeOf(pool.hold('bad'))
    await (await pool.worker(2)).connects().crashes()
    expect(await pool.pool.recycle('Time')).toMatchObject({ code: 'POOL_FAILING' })
    expect(first.drained).toEqual([])
    expect(pool.workers).toHaveLength(2)
    expect(await codeOf(pool.hold('good'))).toBe('held')
    pool.clock.turn(trialDelay.first)
    void pool.pool.recycle('Time')
    if (disallowOverlappingRotation) expect(first.drained).toEqual(['recycled'])
    else await pool.worker(3) // the trial
  },
)

test('whatever happens: one trial at a time, no start before its time, one answer for each need', async () => {
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ do: fc.constant('need' as const) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('crash', 'ready', 'throw') }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.nat(40_000) }) },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 50 }), async (steps) => {
      const pool = new FakePool({ failure, startupTimeLimit: 20_000 })
      const needs: Promise<string>[] = []
      let answers = 0
      for (const each of steps) {
        const before = pool.workers.length
        const { failing: wasFailing } = pool.pool
        const tried = pool.events.filter(({ event }) => event === 'pool.tried').length
        if (each.do === 'need') {
          const need = codeOf(pool.hold('echo'))
          needs.push(need)
          void need.then(() => answers++)
        } else if (each.do === 'pass' && 'ms' in each) pool.clock.turn(each.ms)
        else await play(pool, each.do)
        await settle()
        const started = pool.workers.length - before
        if (wasFailing && pool.pool.failing) expect(started).toBeLessThanOrEqual(1)
        if (wasFailing && (wasFailing.until === undefined || pool.clock.now() < wasFailing.until))
          expect(started).toBe(0)
        // While it fails, whatever starts is a trial.
        if (wasFailing) expect(pool.events.filter(({ event }) => event === 'pool.tried').length - tried).toBe(started)
        const alive = [...pool.pool.workers].filter(({ state }) => state.is === 'launching' || state.is === 'connected')
        expect(alive.length).toBeLessThanOrEqual(1)
      }
      for (let n = 0; n < 100 && answers < needs.length; n++) {
        pool.clock.turn(20_000)
        await settle()
      }
      expect(answers).toBe(needs.length)
    }),
    { numRuns: 200 },
  )
})

/** Something happens to the newest worker process, if it still runs. */
async function play(pool: FakePool, what: string): Promise<void> {
  const worker = pool.workers.at(-1)
  if (!worker || worker.process.state.is === 'exited' || worker.process.state.is === 'stopping') return
  if (!worker.reports) worker.connects()
  if (what === 'crash') await worker.crashes()
  else if (worker.process.applications.state('/echo') !== 'activating') return
  else if (what === 'ready') worker.registers('echo')
  else {
    worker.fails('echo')
    await settle()
    if (worker.drained.length > 0) await worker.leaves()
  }
}
