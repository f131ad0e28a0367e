/** Commands, changes of the configuration and starts that meet each other: the last word counts, and nobody is left hanging. */
import { describe, expect, test } from 'vitest'
import { FakePool, servingEcho, settings, wanted } from '../../support/fake-workers.ts'

const settle = () => new Promise<void>((resolve) => setImmediate(resolve))
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'held',
    ({ code }) => code,
  )

const withArguments = (...nodeArguments: string[]) => ({ ...settings, nodeArguments })

describe('a change of the configuration', () => {
  test('during a recycle is in force afterwards: the worker process that came too early is replaced, too', async () => {
    const { pool } = await servingEcho()
    const recycled = pool.pool.recycle('OnDemand')
    const second = (await pool.worker(2)).connects()
    pool.pool.configure(withArguments('--inspect'), [])
    second.registers('echo')
    expect(await recycled).toBe('replaced')
    const third = (await pool.worker(3)).connects()
    third.registers('echo')
    await settle()
    expect(second.drained).toEqual(['recycled'])
    expect(pool.workers).toHaveLength(3)
  })

  test('during a recycle that fails leads to another one', async () => {
    const { pool, worker } = await servingEcho()
    const recycled = pool.pool.recycle('OnDemand')
    const second = (await pool.worker(2)).connects()
    pool.pool.configure(withArguments('--inspect'), [])
    second.fails('echo')
    expect(await recycled).toMatchObject({ code: 'APPLICATION_DID_NOT_LOAD' })
    await second.leaves()
    ;(await pool.worker(3)).connects().registers('echo')
    await settle()
    expect(worker.drained).toEqual(['recycled'])
  })

  test('while the first worker process is launched replaces it as soon as it is there, and whoever waits is served', async () => {
    const pool = new FakePool()
    const hold = pool.hold('echo')
    const first = await pool.worker(1)
    pool.pool.configure(withArguments('--inspect'), [])
    expect(pool.workers).toHaveLength(1)
    first.connects()
    expect(first.drained).toEqual(['recycled'])
    ;(await pool.worker(2)).connects().registers('echo')
    expect((await hold).registration.worker).toBe('w2')
    await settle()
    expect(pool.workers).toHaveLength(2)
  })

  test('while another worker process is about to take over replaces that one, too', async () => {
    const { pool, worker } = await servingEcho()
    const first = codeOf(pool.hold('other'))
    await settle()
    worker.fails('other')
    expect(await first).toBe('APPLICATION_DID_NOT_LOAD')
    const second = pool.hold('other') // by one that is to take over
    const next = (await pool.worker(2)).connects()
    pool.pool.configure(withArguments('--inspect'), [])
    next.registers('other')
    ;(await second)[Symbol.dispose]()
    next.registers('echo')
    const last = (await pool.worker(3)).connects()
    for (const name of last.activated) last.registers(name.slice(1))
    await settle()
    expect(next.drained).toEqual(['recycled'])
    expect(pool.workers).toHaveLength(3)
  })

  test('is in force although all applications are removed while it comes into force', async () => {
    const { pool, worker } = await servingEcho()
    using _held = await pool.hold('echo')
    pool.pool.configure(withArguments('--inspect'), [])
    await pool.worker(2)
    pool.undeployed.add('/echo')
    pool.pool.removeApplication('/echo')
    await settle()
    expect(worker.drained).toEqual(['recycled'])
    const other = pool.hold('other')
    ;(await pool.worker(3)).connects().registers('other')
    expect((await other).registration.worker).toBe('w3')
  })

  test('again and again while an application loads costs nobody the connection', async () => {
    const pool = new FakePool()
    const hold = pool.hold('echo')
    for (const n of [1, 2, 3, 4, 5]) {
      ;(await pool.worker(n)).connects()
      pool.pool.configure(withArguments(`--stack-size=${n}`), [])
      await settle()
    }
    ;(await pool.worker(6)).connects().registers('echo')
    expect((await hold).registration.worker).toBe('w6')
  })

  test('while the pool is stopped or stops starts nothing', async () => {
    const { pool, worker } = await servingEcho({ startMode: 'AlwaysRunning' })
    worker.reports?.accepted()
    const stopped = pool.pool.stop('administrator')
    pool.pool.configure({ ...withArguments('--inspect'), startMode: 'AlwaysRunning' }, [wanted('echo')])
    await worker.leaves()
    await stopped
    pool.pool.configure({ ...withArguments('--no-deprecation'), startMode: 'AlwaysRunning' }, [wanted('echo')])
    pool.clock.turn(3_600_000)
    await settle()
    expect(pool.workers).toHaveLength(1)
  })
})

test('files that change during a recycle are loaded afterwards', async () => {
  const { pool } = await servingEcho()
  const recycled = pool.pool.recycle('OnDemand')
  const second = (await pool.worker(2)).connects()
  pool.pool.codeChanged('/echo')
  second.registers('echo')
  await recycled
  ;(await pool.worker(3)).connects().registers('echo')
  await settle()
  expect(second.drained).toEqual(['recycled'])
})

describe('a stop', () => {
  test('during a start ends it, and whoever waits hears of the stop', async () => {
    const pool = new FakePool()
    const launched = Promise.withResolvers<void>()
    pool.launching = launched.promise
    const hold = codeOf(pool.hold('echo'))
    await pool.worker(1)
    await pool.pool.stop('administrator')
    launched.resolve()
    expect(await hold).toBe('POOL_STOPPED')
    await settle()
    expect(pool.removed).toContain('w1')
    expect(pool.pool.state).toEqual({ is: 'stopped', why: 'administrator' })
    expect(pool.clock.pending).toBe(0)
  })

  test('while an application loads ends that, too', async () => {
    const pool = new FakePool()
    const hold = codeOf(pool.hold('echo'))
    const worker = (await pool.worker(1)).connects()
    const stopped = pool.pool.stop('administrator')
    expect(await hold).toBe('POOL_STOPPED')
    worker.registers('echo') // it had loaded it by then
    expect(await codeOf(pool.hold('echo'))).toBe('POOL_STOPPED')
    await worker.leaves()
    await stopped
    expect(pool.clock.pending).toBe(0)
  })

  test('during a recycle ends both worker processes', async () => {
    const { pool, worker } = await servingEcho()
    const recycled = pool.pool.recycle('OnDemand')
    const next = (await pool.worker(2)).connects()
    const stopped = pool.pool.stop('administrator')
    expect([worker.drained, next.drained]).toEqual([['shutdown'], ['shutdown']])
    expect(await recycled).toMatchObject({ code: 'POOL_STOPPED' })
    await worker.leaves()
    expect(pool.pool.state.is).toBe('stopping')
    await next.leaves()
    await stopped
    expect(pool.clock.pending).toBe(0)
    expect(pool.events.map(({ event }) => event)).not.toContain('pool.notRecycled')
  })

  test('that a start and another stop follow ends what was started between', async () => {
    const { pool, worker } = await servingEcho()
    worker.reports?.accepted()
    const first = pool.pool.stop('administrator')
    pool.pool.start()
    void pool.hold('echo').catch(() => {})
    const second = (await pool.worker(2)).connects()
    const again = pool.pool.stop('administrator')
    await second.leaves()
    expect(pool.pool.state.is).toBe('stopping')
    await worker.leaves()
    await Promise.all([first, again])
    expect(pool.pool.state).toEqual({ is: 'stopped', why: 'administrator' })
  })
})

describe('a recycle', () => {
  test('while the pool stops or is stopped does nothing, and says so: no connection will start one', async () => {
    const { pool, worker } = await servingEcho()
    const stopped = pool.pool.stop('administrator')
    expect(await pool.pool.recycle('OnDemand')).toMatchObject({ code: 'POOL_STOPPED' })
    await worker.leaves()
    await stopped
    expect(await pool.pool.recycle('OnDemand')).toMatchObject({ code: 'POOL_STOPPED' })
    expect(pool.workers).toHaveLength(1)
  })

  test('while the first worker process starts does nothing', async () => {
    const pool = new FakePool()
    const hold = pool.hold('echo')
    const first = await pool.worker(1)
    expect(await pool.pool.recycle('OnDemand')).toBe('nothing runs')
    first.connects().registers('echo')
    expect((await hold).registration.worker).toBe('w1')
  })

  test('whose application is removed meanwhile does not bring it back', async () => {
    const { pool, worker } = await servingEcho()
    const other = pool.hold('other')
    await settle()
    worker.registers('other')
    ;(await other)[Symbol.dispose]()
    const recycled = pool.pool.recycle('OnDemand')
    const next = (await pool.worker(2)).connects()
    pool.undeployed.add('/other')
    pool.pool.removeApplication('/other')
    next.registers('echo')
    next.registers('other')
    expect(next.deactivated).toContain('/other')
    expect(await recycled).toBe('replaced')
    expect(worker.drained).toEqual(['recycled'])
    expect((await pool.hold('echo')).registration.worker).toBe('w2')
  })
})
