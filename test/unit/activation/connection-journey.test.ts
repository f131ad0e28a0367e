/** What the journey of a connection tells of the worker process that it goes to. */
import { describe, expect, test } from 'vitest'
import { ConnectionJourney } from '#activation/connection-journey.ts'
import type { OnItsWay } from '#activation/launch-cause.ts'
import { FakePool, servingEcho } from '../../support/fake-workers.ts'

const never = new AbortController().signal
const settled = () => new Promise(setImmediate)
let numbers = 0

/** A connection that somebody asks about. */
function connectionAt({ clock }: FakePool) {
  const journey = new ConnectionJourney(clock, 'accepted')
  const connection: OnItsWay = {
    number: ++numbers,
    via: 'net.tcp://localhost/echo',
    remote: { address: '127.0.0.1', port: 50_000 + numbers },
    acceptedAt: 0,
    isGone: false,
    giveUp() {},
    journey,
  }
  return { journey, connection }
}

const namesOf = ({ steps }: ConnectionJourney) => steps.map(({ step }) => step)

describe('the journey of a connection', () => {
  test('that a worker process is launched for has all steps of its start, as Portico and the process saw them', async () => {
    const pool = new FakePool()
    const { journey, connection } = connectionAt(pool)
    const hold = pool.hold('echo', never, connection)
    const worker = await pool.worker(1)
    pool.clock.turn(40)
    worker.startSteps = [
      { step: 'process started', at: 10 },
      { step: 'first line', at: 30 },
    ]
    worker.connects()
    pool.clock.turn(20)
    worker.registers('echo', [{ step: 'module imported', at: 55 }])
    using _held = await hold
    expect(journey.place).toEqual({ found: 'cold', pool: 'Pool', worker: 'w1' })
    expect(journey.steps).toEqual([
      { step: 'accepted', afterMs: 0 },
      { step: 'files are there', afterMs: 0 },
      { step: 'pid known', afterMs: 0 },
      { step: 'process started', afterMs: 10 },
      { step: 'first line', afterMs: 30 },
      { step: 'channel connected', afterMs: 40 },
      { step: 'loading', afterMs: 40 },
      { step: 'module imported', afterMs: 55 },
      { step: 'loaded', afterMs: 60 },
    ])
    const loaded = pool.events.find(({ event }) => event === 'application.loaded')
    expect(loaded?.fields).toMatchObject({ afterMs: 60, journey: journey.steps.slice(2) })
  })

  test('tells a start from standby', async () => {
    const pool = new FakePool()
    pool.wasStandby = true
    const { journey, connection } = connectionAt(pool)
    const hold = pool.hold('echo', never, connection)
    ;(await pool.worker(1)).connects().registers('echo')
    using _held = await hold
    expect(journey.place?.found).toBe('standby')
    expect(namesOf(journey)).toContain('standby process taken')
    expect(namesOf(journey)).not.toContain('pid known')
  })

  test('that joins a start for another one has what comes after it', async () => {
    const pool = new FakePool()
    const first = pool.hold('echo')
    const worker = await pool.worker(1)
    pool.clock.turn(50)
    const { journey, connection } = connectionAt(pool)
    const hold = pool.hold('echo', never, connection)
    await settled()
    pool.clock.turn(3)
    worker.connects().registers('echo')
    for (const held of [await first, await hold]) held[Symbol.dispose]()
    expect(journey.place?.found).toBe('joined')
    expect(namesOf(journey)).toEqual(['accepted', 'files are there', 'channel connected', 'loading', 'loaded'])
    expect(journey.steps.at(-1)?.afterMs).toBe(3)
  })

  test('whose application a running worker process has to load has the loading alone', async () => {
    const { pool, worker } = await servingEcho()
    const { journey, connection } = connectionAt(pool)
    const hold = pool.hold('other', never, connection)
    await settled()
    worker.registers('other')
    using _held = await hold
    expect(journey.place?.found).toBe('loads')
    expect(namesOf(journey)).toEqual(['accepted', 'files are there', 'loading', 'loaded'])
  })

  test('that finds all ready has no step of a start, and writes no event', async () => {
    const { pool } = await servingEcho()
    const before = pool.events.length
    const { journey, connection } = connectionAt(pool)
    using _held = await pool.hold('echo', never, connection)
    expect(journey.place).toEqual({ found: 'warm', pool: 'Pool', worker: 'w1' })
    expect(namesOf(journey)).toEqual(['accepted'])
    expect(pool.events).toHaveLength(before)
  })

  test('that wakes a suspended worker process says so', async () => {
    const { pool, worker } = await servingEcho({ idleTimeoutAction: 'Suspend', idleTimeout: 60_000 })
    pool.clock.turn(60_000)
    expect(worker.isSuspended).toBe(true)
    const { journey, connection } = connectionAt(pool)
    using _held = await pool.hold('echo', never, connection)
    expect(journey.place?.found).toBe('suspended')
  })

  test('that was lost by a warm worker process is explained by the start of the next one', async () => {
    const { pool, worker } = await servingEcho()
    const { journey, connection } = connectionAt(pool)
    ;(await pool.hold('echo', never, connection))[Symbol.dispose]()
    await worker.crashes()
    const again = pool.hold('echo', never, connection)
    ;(await pool.worker(2)).connects().registers('echo')
    using _held = await again
    expect(journey.place).toEqual({ found: 'cold', pool: 'Pool', worker: 'w2' })
  })
})

test('the event of a load that failed says how long it took, and where that went', async () => {
  const pool = new FakePool()
  const hold = pool.hold('echo').catch(() => {})
  const worker = (await pool.worker(1)).connects()
  pool.clock.turn(9)
  worker.fails('echo')
  await hold
  const { fields } = pool.events.find(({ event }) => event === 'application.failed') ?? {}
  expect(fields).toMatchObject({ afterMs: 9, journey: expect.arrayContaining([{ step: 'failed', afterMs: 9 }]) })
})
