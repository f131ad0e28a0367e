import { expect, test } from 'vitest'
import { defaultPool, type Pooled, type PoolSettings, SessionPool } from '#net-tcp-client/session-pool.ts'
import { ManualClock } from '../../support/manual-clock.ts'

class FakeSession implements Pooled {
  readonly #over = new AbortController()
  readonly closed = Promise.withResolvers<void>()
  isClosing = false
  keeps = true

  get isOpen(): boolean {
    return !this.isClosing && !this.signal.aborted
  }

  get signal(): AbortSignal {
    return this.#over.signal
  }

  async close(): Promise<void> {
    this.isClosing = true
    await this.closed.promise
  }

  keepsProcess(keeps: boolean): void {
    this.keeps = keeps
  }

  /** The service ends it. */
  end(): void {
    this.#over.abort(new Error('over'))
  }
}

function poolWith(settings: Partial<PoolSettings> = {}) {
  const clock = new ManualClock()
  const opened: FakeSession[] = []
  const pool = new SessionPool({ ...defaultPool, ...settings }, clock, async () => {
    const session = new FakeSession()
    opened.push(session)
    return session
  })
  return { clock, opened, pool }
}

test('a session that was given back is taken again, the one used last first', async () => {
  const { pool, opened } = poolWith()
  const [a, b] = [await pool.take(), await pool.take()]
  pool.give(a)
  pool.give(b)
  expect(await pool.take()).toBe(b)
  expect(await pool.take()).toBe(a)
  expect(opened).toHaveLength(2)
})

test('a session keeps the process while it is used, and not while it is idle', async () => {
  const { pool } = poolWith()
  const session = await pool.take()
  expect(session.keeps).toBe(true)
  pool.give(session)
  expect(session.keeps).toBe(false)
  await pool.take()
  expect(session.keeps).toBe(true)
})

test('no more than maxOutboundConnectionsPerEndpoint are kept', async () => {
  const { pool } = poolWith({ maxOutboundConnectionsPerEndpoint: 2 })
  const sessions = [await pool.take(), await pool.take(), await pool.take()]
  for (const session of sessions) pool.give(session)
  expect(sessions.map(({ isClosing }) => isClosing)).toEqual([false, false, true])
})

test('an idle session is closed after idleTimeout', async () => {
  const { pool, clock } = poolWith({ idleTimeout: 1000 })
  const session = await pool.take()
  pool.give(session)
  clock.turn(999)
  expect(session.isClosing).toBe(false)
  clock.turn(1)
  expect(session.isClosing).toBe(true)
  expect(await pool.take()).not.toBe(session)
})

test.each([
  ['while it is used', (clock: ManualClock, give: () => void) => [clock.turn(5000), give()]],
  ['while it is idle', (clock: ManualClock, give: () => void) => [give(), clock.turn(5000)]],
])('a session whose leaseTimeout ends %s gets no further call', async (_, course) => {
  const { pool, clock } = poolWith({ leaseTimeout: 5000 })
  const session = await pool.take()
  course(clock, () => pool.give(session))
  expect(session.isClosing).toBe(true)
  expect(clock.pending).toBe(0)
})

test('a session that the service ends while it is idle is forgotten, with its timer', async () => {
  const { pool, clock } = poolWith()
  const session = await pool.take()
  pool.give(session)
  session.end()
  expect(clock.pending).toBe(0)
  expect(await pool.take()).not.toBe(session)
})

test('a session whose end arrives while it is taken is replaced', async () => {
  const { pool, opened } = poolWith()
  const session = await pool.take()
  pool.give(session)
  setImmediate(() => session.end())
  expect(await pool.take()).toBe(opened[1])
})

test('closing waits for the sessions, those that are given back later are closed too', async () => {
  const { pool, clock } = poolWith()
  const [idle, used] = [await pool.take(), await pool.take()]
  pool.give(idle)
  let isDone = false
  const closed = pool.close().then(() => {
    isDone = true
  })
  expect(idle).toMatchObject({ isClosing: true, keeps: true })
  await new Promise(setImmediate)
  expect(isDone).toBe(false)
  idle.closed.resolve()
  await closed
  pool.give(used)
  expect(used.isClosing).toBe(true)
  expect(clock.pending).toBe(0)
})
