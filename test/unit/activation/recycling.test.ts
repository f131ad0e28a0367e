/** A worker process is replaced by a fresh one: who serves meanwhile, and what happens when the fresh one doesn't come. */
import { describe, expect, test } from 'vitest'
import { FakePool, servingEcho, settings, wanted } from '../../support/fake-workers.ts'

const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

const recycling = (changes: Partial<typeof settings.recycling>) => ({
  recycling: { ...settings.recycling, ...changes },
})
const serverOf = async (pool: FakePool) => {
  using hold = await pool.hold('echo')
  return hold.registration.worker
}

describe('a recycle', () => {
  test('lets the new worker process load everything before the old one drains; connections go to the old one until then', async () => {
    const { pool, worker } = await servingEcho()
    const other = pool.hold('other')
    worker.registers('other')
    ;(await other)[Symbol.dispose]()
    const recycled = pool.pool.recycle('OnDemand')
    const next = (await pool.worker(2)).connects()
    expect(next.activated).toEqual(['/echo', '/other'])
    next.registers('echo')
    await settle()
    expect(worker.drained).toEqual([])
    expect(await serverOf(pool)).toBe('w1')
    next.registers('other')
    expect(await recycled).toBe('replaced')
    expect(worker.drained).toEqual(['recycled'])
    expect(await serverOf(pool)).toBe('w2')
    expect(pool.events).toContainEqual({
      event: 'pool.recycling',
      fields: expect.objectContaining({ worker: 'w1', why: 'OnDemand', windowsEventId: 5079 }),
    })
  })

  test('whose new worker process can not load an application leaves the old one serving, and says so', async () => {
    const { pool, worker } = await servingEcho()
    const recycled = pool.pool.recycle('OnDemand')
    const next = (await pool.worker(2)).connects()
    next.fails('echo', 'the database is gone')
    expect(await recycled).toMatchObject({ code: 'APPLICATION_DID_NOT_LOAD' })
    expect(worker.drained).toEqual([])
    expect(await serverOf(pool)).toBe('w1')
    expect(next.drained).toEqual(['recycled'])
    expect(pool.pool.notRecycled).toMatchObject({ code: 'APPLICATION_DID_NOT_LOAD' })
    await next.leaves()
    // The next one replaces it, and nothing is held against it any more.
    const again = pool.pool.recycle('OnDemand')
    ;(await pool.worker(3)).connects().registers('echo')
    expect(await again).toBe('replaced')
    expect(pool.pool.notRecycled).toBeUndefined()
  })

  test('whose new worker process ends leaves the old one serving', async () => {
    const { pool } = await servingEcho()
    const recycled = pool.pool.recycle('OnDemand')
    const next = (await pool.worker(2)).connects()
    await next.crashes()
    expect(await recycled).toMatchObject({ code: expect.stringMatching(/SUCCESSOR_LOST|APPLICATION_ENDED_ITS_WORKER/) })
    expect(await serverOf(pool)).toBe('w1')
  })

  test('while the old worker process ends lets the new one serve at once', async () => {
    const { pool, worker } = await servingEcho()
    const recycled = pool.pool.recycle('OnDemand')
    const next = (await pool.worker(2)).connects()
    await worker.crashes()
    const hold = pool.hold('echo')
    next.registers('echo')
    expect((await hold).registration.worker).toBe('w2')
    expect(await recycled).toBe('replaced')
    expect(pool.workers).toHaveLength(2)
  })

  test('during a recycle joins it, and without a worker process there is nothing to do', async () => {
    const { pool } = await servingEcho()
    const first = pool.pool.recycle('OnDemand')
    const next = (await pool.worker(2)).connects()
    const second = pool.pool.recycle('Time')
    next.registers('echo')
    expect(await first).toBe('replaced')
    expect(await second).toBe('replaced')
    expect(pool.workers).toHaveLength(2)
    expect(await new FakePool().pool.recycle('OnDemand')).toBe('nothing runs')
  })

  test('whose new worker process is lost leaves the old one serving, even if its last word is that it has loaded', async () => {
    const { pool, worker } = await servingEcho()
    const recycled = pool.pool.recycle('OnDemand')
    const next = (await pool.worker(2)).connects()
    next.reports?.lost('closed')
    next.registers('echo')
    expect(await recycled).toMatchObject({ code: 'SUCCESSOR_LOST' })
    expect(worker.drained).toEqual([])
    expect(await serverOf(pool)).toBe('w1')
  })

  test('that may have missed changes is followed by one more for all of them', async () => {
    const { pool } = await servingEcho()
    void pool.pool.recycle('OnDemand')
    const second = (await pool.worker(2)).connects()
    const changed = [pool.pool.recycle('ConfigChange'), pool.pool.recycle('ConfigChange')]
    second.registers('echo')
    ;(await pool.worker(3)).connects().registers('echo')
    expect(await Promise.all(changed)).toEqual(['replaced', 'replaced'])
    expect(second.drained).toEqual(['recycled'])
    expect(pool.workers).toHaveLength(3)
  })

  test('for a change follows one that a worker process was due for', async () => {
    const { pool, worker } = await servingEcho(recycling({ requests: 1 }))
    worker.reports?.accepted()
    const second = (await pool.worker(2)).connects()
    const changed = pool.pool.recycle('ConfigChange')
    second.registers('echo')
    ;(await pool.worker(3)).connects().registers('echo')
    expect(await changed).toBe('replaced')
    expect(pool.workers).toHaveLength(3)
  })

  test('waits for the end of the old one where overlapping is disallowed, and so do connections', async () => {
    const { pool, worker } = await servingEcho(recycling({ disallowOverlappingRotation: true }))
    worker.reports?.accepted()
    expect(await pool.pool.recycle('OnDemand')).toBe('replaced')
    expect(worker.drained).toEqual(['recycled'])
    const hold = pool.hold('echo')
    await settle()
    expect(pool.workers).toHaveLength(1)
    await worker.leaves()
    ;(await pool.worker(2)).connects().registers('echo')
    expect((await hold).registration.worker).toBe('w2')
  })

  test('that a stop overtakes starts nothing', async () => {
    const { pool, worker } = await servingEcho()
    worker.reports?.accepted()
    const recycled = pool.pool.recycle('OnDemand')
    const stopped = pool.pool.stop('shutdown')
    await recycled
    await worker.leaves()
    await stopped
    expect(pool.workers).toHaveLength(1)
  })

  test('loads nothing that is no longer deployed', async () => {
    const { pool, worker } = await servingEcho()
    pool.undeployed.add('/echo')
    expect(await pool.pool.recycle('OnDemand')).toBe('replaced')
    expect(worker.drained).toEqual(['recycled'])
    expect(pool.workers).toHaveLength(1)
  })
})

describe('a worker process is replaced', () => {
  const replaced = async (pool: FakePool) => {
    const next = (await pool.worker(2)).connects()
    next.registers('echo')
    await settle()
    return next
  }

  test('at its age', async () => {
    const { pool, worker } = await servingEcho(recycling({ time: 60_000 }))
    pool.clock.turn(59_000)
    expect(pool.workers).toHaveLength(1)
    pool.clock.turn(1_000)
    await replaced(pool)
    expect(worker.drained).toEqual(['recycled'])
    expect(pool.events).toContainEqual({ event: 'pool.recycling', fields: expect.objectContaining({ why: 'Time' }) })
  })

  test('after so many connections and sessions', async () => {
    const { pool, worker } = await servingEcho(recycling({ requests: 3 }))
    worker.reports?.accepted()
    worker.reports?.session()
    expect(pool.workers).toHaveLength(1)
    worker.reports?.accepted()
    await replaced(pool)
    expect(worker.drained).toEqual(['recycled'])
  })

  test('when it has too much memory of its own, within half a minute', async () => {
    const { pool, worker } = await servingEcho(recycling({ privateMemory: 500 }))
    pool.memory = { virtual: 10_000, private: 499 }
    pool.clock.turn(30_000)
    expect(pool.workers).toHaveLength(1)
    pool.memory = { virtual: 10_000, private: 500 }
    pool.clock.turn(30_000)
    await replaced(pool)
    expect(worker.drained).toEqual(['recycled'])
  })

  test('when the configuration changes what it was started with, and by nothing else', async () => {
    const { pool, worker } = await servingEcho()
    pool.pool.configure({ ...settings, idleTimeout: 5 }, [])
    await settle()
    expect(pool.workers).toHaveLength(1)
    pool.pool.configure({ ...settings, environment: { GREETING: 'hello' } }, [])
    await replaced(pool)
    expect(worker.drained).toEqual(['recycled'])
  })

  test('by no change of the configuration where that is disallowed', async () => {
    const changes = recycling({ disallowRotationOnConfigChange: true })
    const { pool } = await servingEcho(changes)
    pool.pool.configure({ ...settings, ...changes, environment: { GREETING: 'hello' } }, [])
    await settle()
    expect(pool.workers).toHaveLength(1)
  })

  test('when files of an application change, but not without end where it writes them itself', async () => {
    const { pool } = await servingEcho()
    for (let change = 1; change <= 12; change++) {
      pool.pool.codeChanged('/echo')
      if (change > 10) continue
      ;(await pool.worker(change + 1)).connects().registers('echo')
      await settle()
    }
    await settle()
    expect(pool.workers).toHaveLength(11)
    expect(pool.events.filter(({ event }) => event === 'pool.codeKeepsChanging')).toHaveLength(1)
    pool.clock.turn(300_001)
    pool.pool.codeChanged('/echo')
    await pool.worker(12)
  })

  test('when files change while they are being loaded, as soon as they are', async () => {
    const pool = new FakePool()
    const hold = pool.hold('echo')
    const worker = (await pool.worker(1)).connects()
    pool.pool.codeChanged('/echo')
    expect(pool.workers).toHaveLength(1)
    worker.registers('echo')
    ;(await hold)[Symbol.dispose]()
    ;(await pool.worker(2)).connects().registers('echo')
    await settle()
    expect(worker.drained).toEqual(['recycled'])
  })

  test('again a minute later when that failed after a change of the configuration', async () => {
    const { pool, worker } = await servingEcho()
    pool.pool.configure({ ...settings, environment: { GREETING: 'hello' } }, [])
    for (const n of [2, 3]) {
      const next = (await pool.worker(n)).connects()
      next.fails('echo')
      await settle()
      await next.leaves()
      pool.clock.turn(59_999)
      await settle()
      expect(pool.workers).toHaveLength(n)
      pool.clock.turn(1)
    }
    ;(await pool.worker(4)).connects().registers('echo')
    await settle()
    expect(worker.drained).toEqual(['recycled'])
    pool.clock.turn(600_000)
    await settle()
    expect(pool.workers).toHaveLength(4)
  })

  test('again a minute later when that failed, not at once', async () => {
    const { pool } = await servingEcho(recycling({ time: 60_000 }))
    pool.clock.turn(60_000)
    ;(await pool.worker(2)).connects().fails('echo')
    await settle()
    pool.clock.turn(59_000)
    await settle()
    expect(pool.workers).toHaveLength(2)
    pool.clock.turn(1_000)
    await pool.worker(3)
  })

  test('without a word where its reason is not to be logged', async () => {
    const { pool } = await servingEcho(recycling({ time: 60_000, logged: ['OnDemand'] }))
    pool.clock.turn(60_000)
    await replaced(pool)
    expect(pool.events.filter(({ event }) => event === 'pool.recycling')).toEqual([])
  })
})

describe('an administrator', () => {
  test('stops a pool: its connections finish, those that wait and come hear that it is stopped, until it is started', async () => {
    const { pool, worker } = await servingEcho()
    worker.reports?.accepted()
    const waiting = pool.pool.hold(wanted('slow'), new AbortController().signal)
    const stopped = pool.pool.stop('administrator')
    await expect(waiting).rejects.toMatchObject({
      code: 'POOL_STOPPED',
      message: expect.stringContaining('administrator'),
    })
    expect(worker.drained).toEqual(['shutdown'])
    await expect(pool.hold('echo')).rejects.toMatchObject({ code: 'POOL_STOPPED', reply: 'EndpointUnavailable' })
    await worker.leaves()
    await stopped
    expect(pool.pool.state).toEqual({ is: 'stopped', why: 'administrator' })
    pool.pool.configure({ ...settings, idleTimeout: 5 }, []) // no change of the configuration starts it
    expect(pool.pool.state.is).toBe('stopped')
    expect(pool.pool.start()).toBe(true)
    expect(pool.pool.start()).toBe(false)
    const hold = pool.hold('echo')
    ;(await pool.worker(2)).connects().registers('echo')
    await hold
  })

  test('starts a pool again that has not ended yet', async () => {
    const { pool, worker } = await servingEcho()
    worker.reports?.accepted()
    const stopped = pool.pool.stop('administrator')
    expect(pool.pool.start()).toBe(true)
    await stopped
    const hold = pool.hold('echo')
    ;(await pool.worker(2)).connects().registers('echo')
    expect((await hold).registration.worker).toBe('w2')
    await worker.leaves()
    expect(pool.pool.state.is).toBe('started')
  })

  test('starts a pool whose configuration has it wait for that', async () => {
    const pool = new FakePool({ autoStart: false })
    await expect(pool.hold('echo')).rejects.toMatchObject({ code: 'POOL_STOPPED' })
    expect(pool.pool.start()).toBe(true)
    const hold = pool.hold('echo')
    ;(await pool.worker(1)).connects().registers('echo')
    await hold
  })

  test('can not start one that is removed or shut down', async () => {
    const { pool, worker } = await servingEcho()
    worker.reports?.accepted()
    void pool.pool.stop('administrator')
    void pool.pool.stop('removed')
    expect(pool.pool.start()).toBe(false)
    expect(pool.pool.state).toEqual({ is: 'stopping', why: 'removed' })
  })
})
