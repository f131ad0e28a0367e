import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Hold } from '#activation/application-pool.ts'
import { type FakePool, type FakeWorker, servingEcho, wanted } from '../../support/fake-workers.ts'

const idleTimeout = 1_200_000
const lease = { application: '/echo', name: 'report', heldFor: 0 }
const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

async function suspended(canBeSuspended = true) {
  const idled = await servingEcho({ idleTimeoutAction: 'Suspend' })
  idled.worker.canBeSuspended = canBeSuspended
  idled.pool.clock.turn(idleTimeout)
  await settle()
  return idled
}

const turnsOf = ({ events }: FakePool) => events.map(({ event }) => event)

describe('a lease', () => {
  test('keeps a worker process from being idle until it is released', async () => {
    const { pool, worker } = await servingEcho()
    worker.reports?.leased(1, lease)
    worker.reports?.leased(2, lease)
    worker.reports?.leaseReleased(1)
    pool.clock.turn(10 * idleTimeout)
    expect(worker.drained).toEqual([])
    worker.reports?.leaseReleased(2)
    pool.clock.turn(idleTimeout - 1)
    expect(worker.drained).toEqual([])
    pool.clock.turn(1)
    expect(worker.drained).toEqual(['idle'])
  })

  test('is known with its name, and since when it is held', async () => {
    const { pool, worker } = await servingEcho()
    pool.clock.turn(1_000)
    worker.reports?.leased(1, { ...lease, heldFor: 400 })
    expect(worker.process.leases).toEqual([{ application: '/echo', name: 'report', since: 600 }])
  })
})

test('a pool that came to be always running keeps a worker process that was about to be idle', async () => {
  const { pool, worker } = await servingEcho()
  pool.clock.turn(idleTimeout - 1)
  pool.pool.configure({ ...pool.pool.settings, startMode: 'AlwaysRunning' }, [])
  pool.clock.turn(idleTimeout)
  expect(worker.drained).toEqual([])
})

describe('while memory is scarce', () => {
  test('a worker process that is idle already ends as soon as it has been for the shorter time', async () => {
    const { pool, worker } = await servingEcho()
    pool.clock.turn(idleTimeout / 4)
    pool.idleShare = 1 / 2
    worker.process.idleShareChanged()
    pool.clock.turn(idleTimeout / 4 - 1)
    expect(worker.drained).toEqual([])
    pool.clock.turn(1)
    expect(worker.drained).toEqual(['idle'])
    expect(pool.events.at(-1)).toMatchObject({ event: 'worker.draining', fields: { windowsEventId: 5195 } })
  })

  test('it ends at once when it has been idle for longer, and one that is held does not', async () => {
    const { pool, worker } = await servingEcho()
    pool.clock.turn(idleTimeout / 2)
    pool.idleShare = 1 / 32
    const hold = await pool.hold('echo')
    worker.process.idleShareChanged()
    pool.clock.turn(idleTimeout)
    expect(worker.drained).toEqual([])
    hold[Symbol.dispose]()
    pool.clock.turn(idleTimeout / 32)
    expect(worker.drained).toEqual(['idle'])
  })
})

test('the end of an idle worker process is always told, with the event id of Windows only where logEventOnProcessModel has it', async () => {
  const { pool, worker } = await servingEcho({ idleTimeoutLogged: false })
  pool.clock.turn(idleTimeout)
  expect(worker.drained).toEqual(['idle'])
  const told = pool.events.find(({ event }) => event === 'worker.draining')
  expect(told?.fields).toMatchObject({ why: 'idle', windowsEventId: undefined })
})

describe('a worker process that is suspended when idle', () => {
  test('is stopped, and its memory given back', async () => {
    const { pool, worker } = await suspended()
    expect(worker.isSuspended).toBe(true)
    expect(worker.process.state).toMatchObject({ is: 'suspended', was: 'ready' })
    expect(pool.events.at(-1)).toMatchObject({
      event: 'worker.memoryGivenBack',
      fields: { worker: 'w1', residentBefore: 80e6, residentAfter: 40e6 },
    })
    pool.clock.turn(10 * idleTimeout)
    expect([worker.suspensions, worker.drained]).toEqual([1, []])
  })

  test('goes on for the next connection, and is suspended again afterwards', async () => {
    const { pool, worker } = await suspended()
    pool.clock.turn(5_000)
    const hold = await pool.hold('echo')
    expect(hold.registration.worker).toBe('w1')
    expect(worker.isSuspended).toBe(false)
    expect(pool.events.at(-1)).toMatchObject({ event: 'worker.resumed', fields: { worker: 'w1', suspendedMs: 5_000 } })
    hold[Symbol.dispose]()
    pool.clock.turn(idleTimeout)
    expect(worker.suspensions).toBe(2)
  })

  test.each<[string, (pool: FakePool, worker: FakeWorker) => void]>([
    ['another application is loaded', (pool) => void pool.hold('other')],
    ['an application is removed', (pool) => pool.pool.removeApplication('/echo')],
    ['Portico stops', (pool) => void pool.pool.stop('shutdown')],
    ['it is to be drained', (_, worker) => worker.process.drain('recycled')],
    ['word of a lease was still on its way', (_, worker) => worker.reports?.leased(1, lease)],
    ['word of a connection was still on its way', (_, worker) => worker.reports?.accepted()],
    ['somebody else asked it to end', (_, worker) => worker.reports?.retiring()],
  ])('goes on before it is spoken to when %s', async (_, happens) => {
    const { pool, worker } = await suspended()
    happens(pool, worker)
    await settle()
    expect(worker.isSuspended).toBe(false)
    expect(turnsOf(pool)).toContain('worker.resumed')
  })

  test('is idle again after it went on for something that left nothing to do', async () => {
    const { pool, worker } = await suspended()
    worker.reports?.accepted()
    worker.reports?.closed()
    pool.clock.turn(idleTimeout)
    expect(worker.suspensions).toBe(2)
  })

  test('is ended without going on', async () => {
    const { pool, worker } = await suspended()
    worker.process.end('notResponding')
    await settle()
    expect([worker.killed, worker.process.state.is]).toEqual([true, 'exited'])
    expect(turnsOf(pool)).not.toContain('worker.resumed')
  })

  test('that is killed is replaced', async () => {
    const { pool, worker } = await suspended()
    await worker.crashes('signal SIGKILL')
    const hold = pool.hold('echo')
    ;(await pool.worker(2)).connects().registers('echo')
    expect((await hold).registration.worker).toBe('w2')
  })

  test('ends when it can not be stopped safely', async () => {
    const { pool, worker } = await suspended(false)
    expect(worker.drained).toEqual(['idle'])
    expect(turnsOf(pool)).toContain('worker.notSuspended')
  })

  test('keeps its memory where the kernel says so, which is logged once and is no error', async () => {
    const { pool, worker } = await servingEcho({ idleTimeoutAction: 'Suspend' })
    worker.memory = () => Promise.reject(new Error('process_madvise failed: EPERM'))
    for (let times = 0; times < 3; times++) {
      pool.clock.turn(idleTimeout)
      await settle()
      ;(await pool.hold('echo'))[Symbol.dispose]()
    }
    expect(worker.suspensions).toBe(3)
    expect(pool.events.filter(({ event }) => event === 'worker.memoryKept')).toMatchObject([
      { fields: { reason: 'process_madvise failed: EPERM' } },
    ])
  })

  test('is not suspended in a pool that is always running', async () => {
    const { pool, worker } = await servingEcho({ idleTimeoutAction: 'Suspend', startMode: 'AlwaysRunning' })
    pool.clock.turn(10 * idleTimeout)
    expect(worker.suspensions).toBe(0)
  })
})

describe('the idle decision and what needs the process', () => {
  const deeds = ['hold', 'turn', 'turn', 'tick', 'accept', 'release', 'close', 'lease', 'unlease'] as const

  test('can not interleave: whatever the order, nobody is lost and nobody who needs it finds it stopped', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...deeds), { maxLength: 40 }), async (order) => {
        const { pool, worker } = await servingEcho({ idleTimeoutAction: 'Suspend' })
        const asked: Promise<Hold>[] = []
        const held: Hold[] = []
        let [open, leases] = [0, 0]
        const carryOut = {
          hold: () => {
            const granted = async () => {
              const hold = await pool.hold('echo')
              expect(worker.isSuspended).toBe(false)
              held.push(hold)
              return hold
            }
            asked.push(granted())
          },
          turn: () => pool.clock.turn(idleTimeout),
          tick: () => {},
          accept: () => {
            if (held.length === 0) return
            worker.reports?.accepted()
            open++
          },
          release: () => held.shift()?.[Symbol.dispose](),
          close: () => {
            if (open === 0) return
            worker.reports?.closed()
            open--
          },
          lease: () => worker.reports?.leased(++leases, lease),
          unlease: () => {
            if (leases > 0) worker.reports?.leaseReleased(leases--)
          },
        }
        for (const deed of order) {
          carryOut[deed]()
          if (deed === 'tick') await Promise.resolve()
          if (held.length + open + leases > 0) expect([deed, worker.isSuspended]).toEqual([deed, false])
          expect(worker.process.state.is === 'suspended').toBe(worker.isSuspended)
        }
        for (const hold of asked) expect((await hold).registration.worker).toBe('w1')
        expect([pool.workers.length, worker.drained, worker.process.open]).toEqual([1, [], open])
        for (const hold of held) hold[Symbol.dispose]()
        for (; open > 0; open--) worker.reports?.closed()
        for (; leases > 0; leases--) worker.reports?.leaseReleased(leases)
        pool.clock.turn(idleTimeout)
        expect(worker.isSuspended).toBe(true)
      }),
      { numRuns: 5_000 },
    )
  })
})

test('what is asked of an unknown application wakes nobody', async () => {
  const { pool, worker } = await suspended()
  pool.pool.removeApplication(wanted('unknown').id)
  expect(worker.isSuspended).toBe(true)
})
