import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Awaited } from '#activation/awaited.ts'
import { givesWay } from '#activation/fair-places.ts'
import { PoolQueues } from '#activation/pool-queues.ts'
import { FakeConnection } from '../../support/fake-manager.ts'
import { ManualClock } from '../../support/manual-clock.ts'

function queues(maxWaitingConnections = 10, waitingTimeLimit = 60_000) {
  const clock = new ManualClock()
  const around = { bounds: { maxWaitingConnections, waitingTimeLimit }, awaited: 'start' as Awaited }
  const all = new PoolQueues({
    clock,
    bounds: (pool) => (pool === 'gone' ? undefined : around.bounds),
    awaited: () => around.awaited,
  })
  const queue = all.of('Pool')
  const enter = (application: string, waiter = new FakeConnection(), limit = 100) => {
    waiter.place = queue.enter(application, limit, waiter)
    return waiter
  }
  const fill = (application: string, count: number) => Array.from({ length: count }, () => enter(application))
  return { clock, around, all, queue, enter, fill }
}

const counts = (queue: ReturnType<typeof queues>['queue'], ...applications: string[]) =>
  applications.map((application) => queue.of(application).count)

describe('the connections that wait for the applications of a pool', () => {
  test('are as many as the pool allows; one more is turned away', () => {
    const { queue, enter, fill } = queues(3)
    const [first] = fill('/orders', 3)
    expect(() => enter('/orders')).toThrow(
      expect.objectContaining({ code: 'TOO_MANY_WAITING_IN_POOL', reply: 'close' }),
    )
    first?.place?.[Symbol.dispose]()
    first?.place?.[Symbol.dispose]()
    enter('/orders')
    expect([queue.count, queue.of('/orders').turnedAway.poolFull]).toEqual([3, 1])
  })

  test('are for each application no more than that may have', () => {
    const { queue, enter, fill } = queues()
    fill('/orders', 2)
    expect(() => enter('/orders', new FakeConnection(), 2)).toThrow(
      expect.objectContaining({ code: 'TOO_MANY_WAITING' }),
    )
    enter('/stock', new FakeConnection(), 2)
    expect(queue.turnedAway).toEqual({ lineFull: 1, poolFull: 0, tooLong: 0, gone: 0 })
  })

  test('of a flooded application give way, the newest first, to those of another one until both have as many', () => {
    const { queue, enter, fill } = queues(10)
    const flood = fill('/flooded', 10)
    for (let at = 0; at < 5; at++) enter('/stock')
    expect(counts(queue, '/flooded', '/stock')).toEqual([5, 5])
    expect(flood.map(({ refusals }) => refusals.length)).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1])
    expect(flood.at(-1)?.refusals[0]).toMatchObject({ code: 'TOO_MANY_WAITING_IN_POOL' })
    expect(() => enter('/stock')).toThrow(expect.objectContaining({ code: 'TOO_MANY_WAITING_IN_POOL' }))
    expect(queue.turnedAway.poolFull).toBe(6)
  })

  test('of an application with less than its share are never refused and never give way, whatever happens', () => {
    const step = fc.record({
      application: fc.constantFrom('/a', '/b', '/c', '/d'),
      leaves: fc.boolean(),
      weight: fc.integer({ min: 1, max: 8 }),
    })
    const property = fc.property(fc.integer({ min: 1, max: 12 }), fc.array(step, { maxLength: 80 }), (bound, steps) => {
      const { queue, enter } = queues(bound)
      const waiting: { application: string; waiter: FakeConnection }[] = []
      const now = () => new Map(['/a', '/b', '/c', '/d'].map((each) => [each, queue.of(each).count]))
      for (const { application, leaves, weight } of steps)
        for (let times = 0; times < (leaves ? 1 : weight); times++) {
          if (leaves) {
            waiting.shift()?.waiter.place?.[Symbol.dispose]()
            continue
          }
          const had = now()
          const wanting = [...had].filter(([each, count]) => count > 0 || each === application).length
          const share = Math.floor(bound / wanting)
          let refused = false
          const waiter = new FakeConnection()
          try {
            enter(application, waiter)
            waiting.push({ application, waiter })
          } catch {
            refused = true
          }
          if ((had.get(application) ?? 0) < share) expect(refused).toBe(false)
          for (const [each, count] of had) {
            const has = queue.of(each).count
            if (has < count) expect(has).toBeGreaterThanOrEqual(share)
          }
          expect(queue.count).toBeLessThanOrEqual(bound)
          expect(queue.count).toBe([...now().values()].reduce((sum, count) => sum + count, 0))
        }
    })
    fc.assert(property, { numRuns: 200 })
  })

  test('neither grow beyond a bound that was lowered, nor are sent away by it', () => {
    const { around, all, queue, enter, fill } = queues(10)
    const before = fill('/orders', 8)
    around.bounds = { ...around.bounds, maxWaitingConnections: 4 }
    all.configured(new Map())
    expect(queue.count).toBe(8)
    enter('/stock')
    expect(counts(queue, '/orders', '/stock')).toEqual([7, 1])
    expect(() => enter('/orders')).toThrow()
    for (const { place } of before) place?.[Symbol.dispose]()
    expect(queue.count).toBe(1)
  })

  test.each<[Awaited, string, string]>([
    ['turn', 'WAITED_TOO_LONG', 'ServerTooBusy'],
    ['acceptance', 'WAITED_TOO_LONG', 'ServerTooBusy'],
    ['files', 'WAITED_TOO_LONG_FOR_ACTIVATION', 'ServiceActivationFailed'],
    ['start', 'WAITED_TOO_LONG_FOR_ACTIVATION', 'ServiceActivationFailed'],
    ['load', 'WAITED_TOO_LONG_FOR_ACTIVATION', 'ServiceActivationFailed'],
  ])('wait so long and no longer; the answer of one that waits for %s at the end is %s, %s', (awaited, code, reply) => {
    const { clock, around, queue, enter } = queues()
    around.awaited = awaited
    const first = enter('/orders')
    clock.turn(20_000)
    const second = enter('/orders')
    clock.turn(39_999)
    expect(first.refusals).toEqual([])
    clock.turn(1)
    expect(first.refusals).toMatchObject([{ code, reply }])
    expect(first.refusals[0]?.message).toContain('60 s for application /orders of pool Pool')
    expect([queue.count, second.refusals.length]).toEqual([1, 0])
    clock.turn(20_000)
    expect(second.refusals).toHaveLength(1)
    expect([queue.turnedAway.tooLong, clock.pending]).toEqual([2, 0])
  })

  test('leave within seconds when their clients have gone', () => {
    const { clock, queue, enter } = queues()
    const [gone, stays] = [enter('/orders'), enter('/orders')]
    gone.isGone = true
    clock.turn(5_000)
    expect(gone.refusals).toMatchObject([{ code: 'CLIENT_GAVE_UP', reply: 'close' }])
    expect([queue.count, queue.turnedAway.gone, stays.refusals]).toEqual([1, 1, []])
  })

  test('have waited since the first time, when their worker process went and they wait again', () => {
    const { clock, enter } = queues()
    const waiter = enter('/orders')
    clock.turn(30_000)
    enter('/stock')
    waiter.place?.[Symbol.dispose]()
    enter('/orders', waiter)
    clock.turn(30_000)
    expect(waiter.refusals).toHaveLength(1)
  })

  test('wait as long as a changed limit says, as soon as it is in force', () => {
    const { clock, around, all, enter } = queues()
    const waiter = enter('/orders')
    clock.turn(10_000)
    around.bounds = { ...around.bounds, waitingTimeLimit: 15_000 }
    all.configured(new Map())
    clock.turn(4_999)
    expect(waiter.refusals).toEqual([])
    clock.turn(1)
    expect(waiter.refusals).toHaveLength(1)
  })

  test('leave no timer when nobody waits', () => {
    const { clock, enter } = queues()
    const waiter = enter('/orders')
    expect(clock.pending).toBe(1)
    waiter.place?.[Symbol.dispose]()
    expect(clock.pending).toBe(0)
  })

  test('are counted when they were turned away, also after their application has gone', () => {
    const { all, queue, enter } = queues(1)
    const waiter = enter('/orders')
    expect(() => enter('/orders')).toThrow()
    all.configured(new Map([['/orders', { pool: 'POOL' }]]))
    waiter.place?.[Symbol.dispose]()
    all.configured(new Map([['/orders', { pool: 'Other' }]]))
    expect([all.refused, queue.turnedAway.poolFull, queue.of('/orders').turnedAway.poolFull]).toEqual([1, 1, 0])
  })

  test('may wait in a pool that is gone until they have left it', () => {
    const { all, clock } = queues()
    const waiter = new FakeConnection()
    all.of('gone').enter('/orders', 100, waiter)
    clock.turn(10_000_000)
    expect(waiter.refusals).toEqual([])
  })
})

test.each<[string, readonly (readonly [string, number])[], string | undefined]>([
  [
    'the one that has the most',
    [
      ['/a', 5],
      ['/b', 3],
    ],
    '/a',
  ],
  [
    'nobody, when the newcomer would have as many then',
    [
      ['/a', 2],
      ['/c', 1],
    ],
    undefined,
  ],
  [
    'nobody, when the newcomer has the most',
    [
      ['/c', 5],
      ['/b', 3],
    ],
    undefined,
  ],
  ['nobody, when nobody has any', [], undefined],
])('the application that gives way to a newcomer of /c is %s', (_, taken, loser) => {
  expect(givesWay(taken, '/c')).toBe(loser)
})
