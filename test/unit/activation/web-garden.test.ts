/** A web garden: several worker processes of one pool at once. */
import { describe, expect, test } from 'vitest'
import { account, FakePool, FakeWorker, settings } from '../../support/fake-workers.ts'

const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Claims a worker process and keeps it: a connection that stays. */
const connect = async (pool: FakePool, name = 'echo') => (await pool.hold(name)).registration.worker

/** A pool of which so many worker processes serve /echo, each with a connection. */
async function grown(size: number, changes: ConstructorParameters<typeof FakePool>[0] = {}) {
  const pool = new FakePool({ maxProcesses: size, ...changes })
  const first = connect(pool)
  ;(await pool.worker(1)).connects().registers('echo')
  await first
  for (let n = 2; n <= size; n++) {
    await connect(pool)
    ;(await pool.worker(n)).connects().registers('echo')
    await settle()
    await connect(pool)
  }
  expect(pool.pool.workers.map((worker) => worker.facts('/echo').load > 0)).toEqual(Array(size).fill(true))
  return { pool, workers: [...pool.workers] }
}

describe('a pool of several worker processes', () => {
  test('starts a further one when each has a connection; the connection does not wait for it', async () => {
    const pool = new FakePool({ maxProcesses: 3 })
    const first = connect(pool)
    ;(await pool.worker(1)).connects().registers('echo')
    expect(await first).toBe('w1')
    expect(pool.workers).toHaveLength(1)
    expect(await connect(pool)).toBe('w1')
    const second = (await pool.worker(2)).connects()
    expect(await connect(pool)).toBe('w1') // while it loads
    second.registers('echo')
    await settle()
    expect([await connect(pool), await connect(pool), await connect(pool)]).toEqual(['w2', 'w2', 'w2'])
    expect(pool.events).toContainEqual({
      event: 'worker.launching',
      fields: expect.objectContaining({ worker: 'w2', reason: 'load', app: '/echo' }),
    })
  })

  test('starts one at a time, never more than maxProcesses, and none while one is free', async () => {
    const { pool } = await grown(2)
    for (let n = 0; n < 100; n++) await connect(pool)
    await settle()
    expect(pool.workers).toHaveLength(2)
    const calm = new FakePool({ maxProcesses: 8 })
    const first = calm.hold('echo')
    ;(await calm.worker(1)).connects().registers('echo')
    ;(await first)[Symbol.dispose]()
    for (let n = 0; n < 10; n++) (await calm.hold('echo'))[Symbol.dispose]()
    await settle()
    expect(calm.workers).toHaveLength(1)
  })

  test('leaves an application alone for a while that does not load besides; who has it goes on', async () => {
    const pool = new FakePool({ maxProcesses: 2 })
    const first = connect(pool)
    ;(await pool.worker(1)).connects().registers('echo')
    await first
    expect(await connect(pool)).toBe('w1')
    const second = (await pool.worker(2)).connects()
    second.fails('echo', 'its port is taken')
    await settle()
    expect(second.drained).toEqual(['recycled'])
    await second.leaves()
    for (let n = 0; n < 10; n++) expect(await connect(pool)).toBe('w1')
    await settle()
    expect(pool.workers).toHaveLength(2)
    pool.clock.turn(60_000)
    expect(await connect(pool)).toBe('w1')
    await pool.worker(3)
  })

  test('recycles one after the other', async () => {
    const { pool, workers } = await grown(2)
    const recycled = pool.pool.recycle('OnDemand')
    const third = (await pool.worker(3)).connects()
    await settle()
    expect(pool.workers).toHaveLength(3)
    third.registers('echo')
    await settle()
    expect([workers[0]?.drained, workers[1]?.drained]).toEqual([['recycled'], []])
    ;(await pool.worker(4)).connects().registers('echo')
    expect(await recycled).toBe('replaced')
    expect(workers[1]?.drained).toEqual(['recycled'])
  })

  test('whose first new worker process can not load leaves the others as they are', async () => {
    const { pool, workers } = await grown(2)
    const recycled = pool.pool.recycle('OnDemand')
    ;(await pool.worker(3)).connects().fails('echo')
    expect(await recycled).toMatchObject({ code: 'APPLICATION_DID_NOT_LOAD' })
    await settle()
    expect(pool.workers).toHaveLength(3)
    expect(workers.map(({ drained }) => drained)).toEqual([[], []])
    expect(pool.pool.notRecycled).toMatchObject({ code: 'APPLICATION_DID_NOT_LOAD' })
  })

  test('has each recycled for its own requests', async () => {
    const { pool, workers } = await grown(2, { recycling: { ...settings.recycling, requests: 2 } })
    workers[1]?.reports?.accepted()
    workers[1]?.reports?.accepted()
    ;(await pool.worker(3)).connects().registers('echo')
    await settle()
    expect(workers.map(({ drained }) => drained)).toEqual([[], ['recycled']])
  })

  test('that is idle lets them go one by one, and starts again with one', async () => {
    const { pool, workers } = await grown(2)
    const [first, second] = workers
    await first?.crashes()
    await second?.crashes()
    const again = connect(pool)
    ;(await pool.worker(3)).connects().registers('echo')
    expect(await again).toBe('w3')
    expect(pool.workers).toHaveLength(3)
  })

  test('loads an application of its own where nothing is to be done', async () => {
    const { pool, workers } = await grown(2)
    const other = pool.hold('other')
    await settle()
    const [at] = workers.filter(({ activated }) => activated.includes('/other'))
    at?.registers('other')
    expect((await other).registration.worker).toBe(at?.process.id)
    expect(pool.workers).toHaveLength(2)
  })

  test('of which fewer are allowed lets the others finish what they have', async () => {
    const { pool, workers } = await grown(3)
    pool.pool.configure({ ...settings, maxProcesses: 1 }, [])
    expect(workers.map(({ drained }) => drained)).toEqual([[], ['recycled'], ['recycled']])
    expect(await connect(pool)).toBe('w1')
    for (const worker of workers.slice(1)) await worker.leaves()
    expect([...pool.pool.workers].map(({ id }) => id)).toEqual(['w1'])
    expect(pool.workers).toHaveLength(3)
  })

  test('forgets an application in all of them, and stops all of them', async () => {
    const { pool, workers } = await grown(2)
    pool.pool.removeApplication('/echo')
    expect(workers.map(({ deactivated }) => deactivated)).toEqual([['/echo'], ['/echo']])
    const stopped = pool.pool.stop('administrator')
    for (const worker of workers) await worker.leaves()
    await stopped
    expect(pool.pool.state).toEqual({ is: 'stopped', why: 'administrator' })
  })

  test('takes back what an earlier run left, and lets go of one too many as soon as that serves', async () => {
    const pool = new FakePool({ maxProcesses: 2 })
    const found = ['a', 'b', 'c'].map((id, n) => {
      const process = pool.pool.adopt(id, { token: id, account }, n)
      return new FakeWorker(process, n)
    })
    for (const worker of found) worker.connects().registers('echo')
    expect(found.map(({ drained }) => drained)).toEqual([['recycled'], [], []])
    expect(new Set([await connect(pool), await connect(pool)])).toEqual(new Set(['b', 'c']))
  })
})

describe('a configuration that changes while a worker process is being replaced', () => {
  test('is in force with one more replacement', async () => {
    const pool = new FakePool()
    const first = pool.hold('echo')
    ;(await pool.worker(1)).connects().registers('echo')
    ;(await first)[Symbol.dispose]()
    const recycled = pool.pool.recycle('OnDemand')
    const second = await pool.worker(2)
    pool.pool.configure({ ...settings, environment: { GREETING: 'hi' } }, [])
    second.connects().registers('echo')
    expect(await recycled).toBe('replaced')
    ;(await pool.worker(3)).connects().registers('echo')
    await settle()
    expect(second.drained).toEqual(['recycled'])
    expect(pool.workers).toHaveLength(3)
  })

  test('and that can not be loaded is tried once, until it changes again', async () => {
    const pool = new FakePool()
    const first = pool.hold('echo')
    ;(await pool.worker(1)).connects().registers('echo')
    ;(await first)[Symbol.dispose]()
    pool.pool.configure({ ...settings, environment: { GREETING: 'hi' } }, [])
    const second = (await pool.worker(2)).connects()
    second.fails('echo')
    await second.leaves()
    await settle()
    pool.pool.configure({ ...settings, environment: { GREETING: 'hi' } }, [])
    await settle()
    expect(pool.workers).toHaveLength(2)
    pool.pool.configure({ ...settings, environment: { GREETING: 'hello' } }, [])
    await pool.worker(3)
  })
})
