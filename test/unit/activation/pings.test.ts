/** Worker processes that don't answer, and those that are left running for it. */
import { describe, expect, test } from 'vitest'
import { FakePool, settings } from '../../support/fake-workers.ts'

/** Lets everything that is already decided happen. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

const pings = { ...settings.pings, pingingEnabled: true }
const failure = { ...settings.failure, rapidFailProtection: true, rapidFailProtectionMaxCrashes: 1 }
const orphaning = { ...failure, orphanWorkerProcess: true, orphanActionExe: '/bin/dump', orphanActionParams: '%1%' }

async function ready(changes = {}) {
  const pool = new FakePool({ pings, failure, idleTimeout: 0, ...changes })
  const hold = pool.hold('echo')
  const worker = (await pool.worker(1)).connects()
  worker.registers('echo')
  ;(await hold)[Symbol.dispose]()
  return { pool, worker }
}

/** Lets time pass in steps between which promises get their turn. */
async function pass(pool: FakePool, ms: number, step = 500): Promise<void> {
  for (let passed = 0; passed < ms; passed += step) {
    pool.clock.turn(step)
    await settle()
  }
}

describe('a worker process that does not answer', () => {
  test('is ended after pingInterval and pingResponseTime, and counts as failed', async () => {
    const { pool, worker } = await ready()
    worker.answersPings = false
    await pass(pool, 120_000)
    expect(worker.killed).toBe(false)
    await pass(pool, 2_000)
    expect(worker.killed).toBe(true)
    expect(pool.events).toContainEqual({
      event: 'worker.stopping',
      fields: expect.objectContaining({ why: 'notResponding', windowsEventId: 5010 }),
    })
    expect(pool.pool.failing?.error.message).toContain('it did not respond')
  })

  test('has shutdownTimeLimit while it drains, and is asked nothing: that could cost its last words', async () => {
    const { pool, worker } = await ready({ shutdownTimeLimit: 200_000 })
    worker.process.drain('recycled')
    let asked = 0
    worker.ping = () => new Promise(() => asked++)
    await pass(pool, 199_500)
    expect([asked, worker.killed]).toEqual([0, false])
    await pass(pool, 500)
    expect(worker.killed).toBe(true)
  })

  test('is left alone while it loads an application, and where it is not to be asked', async () => {
    const { pool, worker } = await ready({ startupTimeLimit: 10_000_000 })
    let asked = 0
    worker.ping = () => new Promise(() => asked++)
    await pass(pool, 30_000)
    expect(asked).toBe(1)
    void pool.hold('slow')
    await pass(pool, 300_000)
    expect(asked).toBe(1)
    expect(worker.killed).toBe(false)
    const { pool: other, worker: unasked } = await ready({ pings: settings.pings })
    unasked.answersPings = false
    await pass(other, 300_000)
    expect(unasked.killed).toBe(false)
  })

  test('whose answer lies there when Portico itself was held up goes on', async () => {
    const { pool, worker } = await ready()
    let answer = () => {}
    worker.ping = () => new Promise((resolve) => (answer = resolve))
    await pass(pool, 30_000)
    pool.clock.turn(90_000)
    await settle()
    answer()
    await pass(pool, 20_000)
    expect(worker.killed).toBe(false)
  })
})

test('a worker process that answers goes on, and one that has ended is asked no more', async () => {
  const { pool, worker } = await ready()
  let asked = 0
  worker.ping = async () => void asked++
  await pass(pool, 300_000)
  expect(worker.process.state.is).toBe('ready')
  expect(asked).toBe(10)
  await worker.crashes()
  await settle()
  expect(pool.clock.pending).toBe(0)
})

describe('with orphanWorkerProcess', () => {
  const orphaned = (pool: FakePool) => ({ released: pool.released, removed: pool.removed, actions: pool.actions })
  const action = (subject: string) => ({
    attribute: 'orphanActionExe',
    pool: 'Pool',
    program: '/bin/dump',
    parameters: '%1%',
    subject,
  })
  const calm = { failure: { ...orphaning, rapidFailProtection: false } }

  test('a worker process that does not answer is left running, its action runs, and the next connection has another', async () => {
    const { pool, worker } = await ready(calm)
    worker.answersPings = false
    await pass(pool, 122_000)
    expect(worker.killed).toBe(false)
    expect(orphaned(pool)).toEqual({ released: ['w1'], removed: [], actions: [action('1000')] })
    expect(pool.events).toContainEqual({ event: 'worker.orphaned', fields: { pool: 'Pool', worker: 'w1', pid: 1000 } })
    void pool.hold('echo')
    await pool.worker(2)
  })

  test('so is one that does not come to its channel, or does not finish', async () => {
    const late = new FakePool(calm)
    const hold = late.hold('echo').catch(() => {})
    await late.worker(1)
    await pass(late, 91_000)
    await hold
    expect(late.released).toEqual(['w1'])
    const { pool, worker } = await ready(calm)
    worker.process.drain('recycled')
    await pass(pool, 81_000)
    expect(orphaned(pool)).toEqual({ released: ['w1'], removed: [], actions: [action('1000')] })
  })

  test('a worker process that has crashed or is hurried is none', async () => {
    const { pool, worker } = await ready(calm)
    await worker.crashes()
    const second = await ready(calm)
    second.pool.pool.hurry()
    await settle()
    expect([...pool.released, ...second.pool.released]).toEqual([])
    expect(second.worker.killed).toBe(true)
  })

  test('the pool stops without waiting for it', async () => {
    const { pool, worker } = await ready(calm)
    const stopped = pool.pool.stop('shutdown')
    expect(worker.drained).toEqual(['shutdown'])
    await pass(pool, 81_000)
    await stopped
    expect(pool.released).toEqual(['w1'])
  })
})
