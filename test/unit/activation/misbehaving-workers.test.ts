/** Worker processes that say what isn't so, or nothing: what becomes of the pool's connections, memory and log. */
import { describe, expect, test } from 'vitest'
import { FakePool, type FakeWorker, servingEcho, settings } from '../../support/fake-workers.ts'

const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

const namesOf = (pool: FakePool) => pool.events.map(({ event }) => event)

describe('a worker process that takes back an application by itself', () => {
  test('is of no use to it: the next connection gets another one', async () => {
    const { pool, worker } = await servingEcho()
    worker.reports?.unregistered('/echo')
    expect(worker.drained).toEqual(['recycled'])
    const hold = pool.hold('echo')
    ;(await pool.worker(2)).connects().registers('echo')
    expect((await hold).registration.worker).toBe('w2')
  })

  test('serves its others until one takes over that has it', async () => {
    const { pool, worker } = await servingEcho()
    const other = pool.hold('other')
    await settle()
    worker.registers('other')
    ;(await other)[Symbol.dispose]()
    worker.reports?.unregistered('/echo')
    expect(worker.drained).toEqual([])
    const hold = pool.hold('echo')
    const next = (await pool.worker(2)).connects()
    expect((await pool.hold('other')).registration.worker).toBe('w1')
    next.registers('echo')
    expect((await hold).registration.worker).toBe('w2')
  })

  test('and never had it changes nothing', async () => {
    const { pool, worker } = await servingEcho()
    worker.reports?.unregistered('/nothing')
    expect((await pool.hold('echo')).registration.worker).toBe('w1')
  })
})

describe('a worker process that registers an application', () => {
  test('that is not in its pool is told to let go of it, and nothing is remembered', async () => {
    const { pool, worker } = await servingEcho()
    const before = pool.events.length
    for (let n = 0; n < 1000; n++) {
      pool.undeployed.add(`/strange${n}`)
      worker.registers(`strange${n}`)
    }
    expect(worker.deactivated).toHaveLength(1000)
    expect(worker.process.applications.in('active')).toEqual(['/echo'])
    expect(pool.events).toHaveLength(before)
  })

  test('that nobody has asked for yet has it loaded', async () => {
    const { pool, worker } = await servingEcho()
    worker.registers('other')
    expect((await pool.hold('other')).registration.worker).toBe('w1')
    expect(worker.activated).toEqual(['/echo'])
  })
})

test('a worker process that reports services of what it has not loaded is not believed', async () => {
  const { pool, worker } = await servingEcho()
  const before = pool.events.length
  const report = { service: '/x.svc', failure: { message: 'no', detail: '' }, binding: undefined }
  for (let n = 0; n < 1000; n++) worker.reports?.service(`/strange${n}`, report)
  expect(pool.events).toHaveLength(before)
  expect(worker.process.services.of('/strange7')).toEqual([])
  worker.reports?.service('/echo', report)
  expect(pool.pool.services('/echo')).toHaveLength(1)
})

test('a worker process that invents services without end does not fill the history with them', async () => {
  const { pool, worker } = await servingEcho()
  const failure = { message: 'no', detail: '' }
  const tell = (n: number) => worker.reports?.service('/echo', { service: `/${n}.svc`, failure, binding: undefined })
  for (let n = 0; n < 900; n++) tell(n)
  expect(namesOf(pool).filter((name) => name === 'service.failed')).toHaveLength(200)
  pool.clock.turn(60_001)
  tell(901)
  expect(pool.events.at(-2)).toMatchObject({ event: 'service.failuresLeftOut', fields: { count: 700 } })
  expect(pool.events.at(-1)).toMatchObject({ event: 'service.failed', fields: { service: '/901.svc' } })
})

describe('a worker process that says that it leaves', () => {
  test('and stays, and says so again and again, is ended a second later', async () => {
    const { pool, worker } = await servingEcho()
    worker.reports?.left()
    for (let n = 0; n < 4; n++) {
      pool.clock.turn(300)
      worker.reports?.left()
    }
    expect(worker.killed).toBe(true)
  })

  test('unasked has failed: a pool whose worker processes do nothing else is protected from them', async () => {
    const failure = { ...settings.failure, rapidFailProtection: true, rapidFailProtectionMaxCrashes: 2 }
    const { pool, worker } = await servingEcho({ failure })
    await worker.leaves()
    const exited = pool.events.find(({ event }) => event === 'worker.exited')
    expect(exited?.fields).toMatchObject({ why: 'leftUnasked', windowsEventId: 5009 })
    const hold = pool.hold('echo').catch(({ code }) => code)
    await (await pool.worker(2)).connects().leaves()
    expect(await hold).toBe('APPLICATION_ENDED_ITS_WORKER')
    expect(pool.pool.failing?.error.message).toContain('it ended: exit code 0')
  })

  test('after it wanted to be replaced has not failed', async () => {
    const { pool, worker } = await servingEcho()
    worker.reports?.retiring()
    await worker.leaves()
    expect(pool.events.at(-1)).toMatchObject({ event: 'worker.exited', fields: { why: 'recycled' } })
    expect(pool.events.at(-1)?.fields.windowsEventId).toBeUndefined()
  })

  test('gets nothing more: connections go to the next one', async () => {
    const { pool, worker } = await servingEcho()
    worker.reports?.left()
    const hold = pool.hold('echo')
    ;(await pool.worker(2)).connects().registers('echo')
    expect((await hold).registration.worker).toBe('w2')
  })
})

describe('a worker process that wants to be replaced', () => {
  test('and says so again and again is drained once', async () => {
    const { worker } = await servingEcho()
    for (let n = 0; n < 100; n++) worker.reports?.retiring()
    expect(worker.drained).toEqual(['recycled'])
  })

  test('before it takes anybody is tried three times for one connection, not for ever', async () => {
    const pool = new FakePool()
    const hold = pool.hold('echo').catch(({ code }) => code)
    for (const n of [1, 2, 3]) {
      const worker = (await pool.worker(n)).connects()
      worker.reports?.retiring()
      await settle()
    }
    expect(await hold).toBe('WORKERS_KEEP_ENDING')
  })
})

describe('a worker process that drains', () => {
  const stubborn = async (changes: Parameters<typeof servingEcho>[0]) => {
    const { pool, worker } = await servingEcho({ idleTimeout: 10_000, ...changes })
    void pool.pool.stop('administrator')
    return { pool, worker }
  }

  test('without a connection is not suspended, however long it takes: it could not finish', async () => {
    const { pool, worker } = await stubborn({ idleTimeoutAction: 'Suspend' })
    pool.clock.turn(79_999)
    expect(worker.suspensions).toBe(0)
    expect(worker.killed).toBe(false)
    pool.clock.turn(1)
    expect(worker.killed).toBe(true)
    await settle()
    expect(pool.clock.pending).toBe(0)
  })

  test('and closes its channel is ended, with what it still has', async () => {
    const { pool, worker } = await stubborn({})
    worker.reports?.lost('closed')
    pool.clock.turn(1_000)
    await settle()
    expect(worker.killed).toBe(true)
    expect(pool.pool.state.is).toBe('stopped')
  })
})

test('a worker process that closes its channel and lives on is ended, and the next connection has another one at once', async () => {
  const { pool, worker } = await servingEcho()
  worker.reports?.lost('closed')
  const hold = pool.hold('echo')
  ;(await pool.worker(2)).connects().registers('echo')
  expect((await hold).registration.worker).toBe('w2')
  expect(worker.killed).toBe(false)
  pool.clock.turn(1_000)
  await settle()
  expect(worker.killed).toBe(true)
  expect(pool.removed).toContain('w1')
  expect(namesOf(pool)).toContain('worker.channelLost')
})

describe('failures told for what is not loading', () => {
  test('disturb nobody', async () => {
    const { pool, worker } = await servingEcho()
    worker.fails('echo')
    worker.fails('nothing')
    expect((await pool.hold('echo')).registration.worker).toBe('w1')
    expect(namesOf(pool)).not.toContain('application.failed')
  })
})

describe('the clock is set', () => {
  const day = 86_400_000
  const timed = { recycling: { ...settings.recycling, time: 3_600_000 }, idleTimeout: 600_000 }
  const agesOf = (pool: FakePool) => pool.events.flatMap(({ fields: { ageMs } }) => (ageMs === undefined ? [] : ageMs))

  test.each([
    ['a day forward', day],
    ['a day back', -day],
  ])('%s: no worker process is idle, due, or older because of it', async (_, ms) => {
    const { pool, worker } = await servingEcho(timed)
    pool.clock.jump(ms)
    pool.clock.turn(599_999)
    expect(worker.drained).toEqual([])
    expect(pool.workers).toHaveLength(1)
    pool.clock.turn(1)
    expect(worker.drained).toEqual(['idle'])
    expect(agesOf(pool).every((age) => Number(age) >= 0 && Number(age) <= 600_000)).toBe(true)
  })

  test.each([day, -day])('by %i ms: rapid-fail protection keeps its interval and its delay', async (ms) => {
    const failure = { ...settings.failure, rapidFailProtection: true, rapidFailProtectionMaxCrashes: 2 }
    const pool = new FakePool({ failure })
    const crash = async (n: number) => {
      const hold = pool.hold('echo').catch(({ code }) => code)
      await (await pool.worker(n)).connects().crashes()
      return hold
    }
    await crash(1)
    pool.clock.jump(ms)
    await crash(2)
    expect(pool.pool.failing?.until).toBe(ms + 15_000)
    pool.clock.jump(-ms)
    expect(pool.pool.failing?.until).toBe(15_000)
    pool.clock.turn(14_999)
    await expect(pool.hold('echo')).rejects.toMatchObject({ code: 'POOL_FAILING' })
    pool.clock.turn(1)
    void pool.hold('echo').catch(() => {})
    await pool.worker(3)
  })

  test('while a worker process is suspended: how long is told as it was', async () => {
    const { pool } = await servingEcho({ idleTimeout: 60_000, idleTimeoutAction: 'Suspend' })
    pool.clock.turn(60_000)
    pool.clock.jump(-day)
    pool.clock.turn(5_000)
    await pool.hold('echo')
    expect(pool.events.find(({ event }) => event === 'worker.resumed')?.fields).toMatchObject({ suspendedMs: 5_000 })
  })

  test('back over a scheduled time: it is due when it comes again, and not at once', async () => {
    const at = new Date(0).setHours(3, 0, 0, 0)
    const midnight = new Date(0).setHours(0, 0, 0, 0)
    const pool = new FakePool({ idleTimeout: 0, recycling: { ...settings.recycling, schedule: [at - midnight] } })
    pool.clock.jump(at - 1_800_000)
    const hold = pool.hold('echo')
    ;(await pool.worker(1)).connects().registers('echo')
    await hold
    pool.clock.turn(1_800_000)
    const second: FakeWorker = (await pool.worker(2)).connects()
    second.registers('echo')
    await settle()
    pool.clock.jump(-3_600_000)
    pool.clock.turn(3_590_000)
    await settle()
    expect(pool.workers).toHaveLength(2)
    pool.clock.turn(70_000)
    await pool.worker(3)
  })
})
