import { describe, expect, test } from 'vitest'
import { PorticoError } from '#base/errors.ts'
import { account, FakePool, wanted } from '../../support/fake-workers.ts'

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'held',
    (error: PorticoError) => error.code,
  )

/** Lets everything that is already decided happen. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

const notAdmitted = new PorticoError('POOL_NOT_ADMITTED', {
  pool: 'Pool',
  account: 'somebody',
  sids: [],
  element: '<add/>',
  file: 'f',
  line: 1,
})
const notSafe = new PorticoError('ROOT_POOL_NOT_SAFE', { app: '/echo', pool: 'Pool', found: ['/apps/echo'] })

describe('the first connection', () => {
  test('starts one worker process, and those that come meanwhile join', async () => {
    const pool = new FakePool()
    const holds = Array.from({ length: 1000 }, () => pool.hold('echo'))
    const worker = (await pool.worker(1)).connects()
    expect(worker.activated).toEqual(['/echo'])
    worker.registers('echo')
    expect(new Set((await Promise.all(holds)).map((hold) => hold.registration.worker))).toEqual(new Set(['w1']))
    expect(pool.workers).toHaveLength(1)
  })

  test('finds a loaded application without asking again', async () => {
    const pool = new FakePool()
    const first = pool.hold('echo')
    const worker = (await pool.worker(1)).connects()
    worker.registers('echo')
    await first
    await pool.hold('echo')
    expect(worker.activated).toEqual(['/echo'])
  })

  test('for another application of the pool loads it into the same worker process', async () => {
    const pool = new FakePool()
    const first = pool.hold('echo')
    const worker = (await pool.worker(1)).connects()
    worker.registers('echo')
    await first
    const second = pool.hold('other')
    await settle()
    expect(worker.activated).toEqual(['/echo', '/other'])
    worker.registers('other')
    expect((await second).registration.worker).toBe('w1')
  })

  test('that gives up does not disturb those that wait with it', async () => {
    const pool = new FakePool()
    const impatient = new AbortController()
    const gone = pool.hold('echo', impatient.signal)
    const patient = pool.hold('echo')
    impatient.abort(new Error('client gone'))
    await expect(gone).rejects.toThrow('client gone')
    ;(await pool.worker(1)).connects().registers('echo')
    await patient
  })
})

describe('idleness', () => {
  const ready = async (changes = {}) => {
    const pool = new FakePool(changes)
    const hold = pool.hold('echo')
    const worker = (await pool.worker(1)).connects()
    worker.registers('echo')
    return { pool, worker, hold: await hold }
  }

  test('ends a worker process after idleTimeout without connections', async () => {
    const { pool, worker, hold } = await ready()
    worker.reports?.accepted()
    hold[Symbol.dispose]()
    pool.clock.turn(5_000_000)
    expect(worker.drained).toEqual([])
    worker.reports?.closed()
    pool.clock.turn(1_199_999)
    expect(worker.drained).toEqual([])
    pool.clock.turn(1)
    expect(worker.drained).toEqual(['idle'])
    expect(pool.events.at(-1)).toMatchObject({
      event: 'worker.draining',
      fields: { why: 'idle', windowsEventId: 5186 },
    })
  })

  test('never ends a worker process that is held', async () => {
    const { pool, worker, hold } = await ready()
    pool.clock.turn(10_000_000)
    expect(worker.drained).toEqual([])
    hold[Symbol.dispose]()
    pool.clock.turn(1_200_000)
    expect(worker.drained).toEqual(['idle'])
  })

  test('never ends a worker process whose pool has idleTimeout 0, or is always running', async () => {
    for (const changes of [{ idleTimeout: 0 }, { startMode: 'AlwaysRunning' as const }]) {
      const { pool, worker, hold } = await ready(changes)
      hold[Symbol.dispose]()
      pool.clock.turn(100_000_000)
      expect(worker.drained).toEqual([])
    }
  })

  test('sends a connection that comes while the idle one leaves to a new worker process', async () => {
    const { pool, worker, hold } = await ready()
    hold[Symbol.dispose]()
    pool.clock.turn(1_200_000)
    const next = pool.hold('echo')
    const second = (await pool.worker(2)).connects()
    expect(second.activated).toEqual(['/echo'])
    second.registers('echo')
    expect((await next).registration.worker).toBe('w2')
    await worker.leaves()
    expect(pool.removed).toContain('w1')
  })
})

describe('a start that fails', () => {
  test('tells everyone who waits why, with the journey and the last output', async () => {
    const pool = new FakePool()
    const hold = pool.hold('echo')
    const worker = (await pool.worker(1)).connects()
    worker.fails('echo', 'Cannot find module x')
    const error = await hold.catch((thrown: PorticoError) => thrown)
    expect(error).toMatchObject({
      code: 'APPLICATION_DID_NOT_LOAD',
      reply: 'ServiceActivationFailed',
      lastOutput: 'stack',
    })
    expect((error as PorticoError).message).toContain('Cannot find module x')
    expect((error as PorticoError).journey.map((step) => step.step)).toEqual([
      'pid known',
      'channel connected',
      'loading',
      'failed',
    ])
  })

  test('ends the worker process when nothing else is in it, and the next connection starts a new one', async () => {
    const pool = new FakePool()
    const hold = codeOf(pool.hold('echo'))
    const worker = (await pool.worker(1)).connects()
    worker.fails('echo')
    expect(await hold).toBe('APPLICATION_DID_NOT_LOAD')
    expect(worker.drained).toEqual(['recycled'])
    const next = pool.hold('echo')
    ;(await pool.worker(2)).connects().registers('echo')
    expect((await next).registration.worker).toBe('w2')
  })

  test('leaves the other applications of the pool running, and a repaired one takes over once it serves', async () => {
    const pool = new FakePool()
    const good = pool.hold('good')
    const first = (await pool.worker(1)).connects()
    first.registers('good')
    await good
    const bad = codeOf(pool.hold('bad'))
    await settle()
    first.fails('bad')
    expect(await bad).toBe('APPLICATION_DID_NOT_LOAD')
    expect(first.drained).toEqual([])

    const repaired = pool.hold('bad')
    const second = (await pool.worker(2)).connects()
    expect((await pool.hold('good')).registration.worker).toBe('w1')
    second.registers('bad')
    expect((await repaired).registration.worker).toBe('w2')
    expect(first.drained).toEqual(['recycled'])
  })

  test('of a repaired application that fails again leaves the running worker process in its place', async () => {
    const pool = new FakePool()
    const good = pool.hold('good')
    const first = (await pool.worker(1)).connects()
    first.registers('good')
    await good
    const bad = codeOf(pool.hold('bad'))
    await settle()
    first.fails('bad')
    await bad
    const again = codeOf(pool.hold('bad'))
    const second = (await pool.worker(2)).connects()
    second.fails('bad')
    expect(await again).toBe('APPLICATION_DID_NOT_LOAD')
    expect(second.drained).toEqual(['recycled'])
    expect(first.drained).toEqual([])
    expect((await pool.hold('good')).registration.worker).toBe('w1')
  })

  test('after startupTimeLimit fails those who wait; a worker process that still answers goes on', async () => {
    const pool = new FakePool()
    const good = pool.hold('good')
    const worker = (await pool.worker(1)).connects()
    worker.registers('good')
    await good
    const hangs = codeOf(pool.hold('hangs'))
    await settle()
    pool.clock.turn(90_000)
    expect(await hangs).toBe('APPLICATION_START_TIMED_OUT')
    await settle()
    expect(worker.killed).toBe(false)
    expect((await pool.hold('good')).registration.worker).toBe('w1')
  })

  test('by an endless loop ends the worker process, because nothing in it can go on', async () => {
    const pool = new FakePool()
    const good = pool.hold('good')
    const worker = (await pool.worker(1)).connects()
    worker.registers('good')
    await good
    worker.answersPings = false
    const hangs = codeOf(pool.hold('hangs'))
    await settle()
    pool.clock.turn(90_000)
    expect(await hangs).toBe('APPLICATION_START_TIMED_OUT')
    await settle()
    pool.clock.turn(2_000)
    await settle()
    expect(worker.killed).toBe(true)
    expect(pool.events.some(({ fields }) => fields.windowsEventId === 5010)).toBe(true)
  })

  test('of the process itself is told, with how it ended', async () => {
    const pool = new FakePool()
    const hold = pool.hold('echo').catch((thrown: PorticoError) => thrown)
    await (await pool.worker(1)).process.exited('exit code 9')
    expect(await hold).toMatchObject({ code: 'WORKER_DID_NOT_START', lastOutput: 'last words' })
    expect(((await hold) as PorticoError).message).toContain('exit code 9')
  })

  test('of the launcher reaches those who wait, and the next connection tries again', async () => {
    const pool = new FakePool()
    pool.launchError = new PorticoError('PM2_MISSING', { reason: 'not installed' })
    expect(await codeOf(pool.hold('echo'))).toBe('PM2_MISSING')
    pool.launchError = undefined
    const next = pool.hold('echo')
    ;(await pool.worker(1)).connects().registers('echo')
    await next
  })

  test('without a channel within startupTimeLimit ends the process', async () => {
    const pool = new FakePool()
    const hold = codeOf(pool.hold('echo'))
    await pool.worker(1)
    await settle()
    pool.clock.turn(90_000)
    expect(await hold).toBe('WORKER_START_TIMED_OUT')
    await settle()
    expect(pool.removed).toContain('w1')
  })
})

describe('a worker process that ends', () => {
  test('while one application loads has that application to blame', async () => {
    const pool = new FakePool()
    const hold = codeOf(pool.hold('exits'))
    const worker = (await pool.worker(1)).connects()
    await worker.crashes()
    expect(await hold).toBe('APPLICATION_ENDED_ITS_WORKER')
    expect(pool.events.findLast(({ event }) => event.startsWith('worker.'))).toMatchObject({
      event: 'worker.exited',
      fields: { windowsEventId: 5009 },
    })
  })

  test('while several load has them tried one after the other, until the guilty one is found', async () => {
    const pool = new FakePool()
    const innocent = pool.hold('innocent')
    const guilty = codeOf(pool.hold('guilty'))
    const first = (await pool.worker(1)).connects()
    expect(first.activated).toEqual(['/innocent', '/guilty'])
    await first.crashes()
    const second = (await pool.worker(2)).connects()
    expect(second.activated).toEqual(['/innocent'])
    second.registers('innocent')
    await innocent
    await settle()
    expect(second.activated).toEqual(['/innocent', '/guilty'])
    await second.crashes()
    expect(await guilty).toBe('APPLICATION_ENDED_ITS_WORKER')
  })

  test('is replaced by the next connection', async () => {
    const pool = new FakePool()
    const hold = pool.hold('echo')
    const worker = (await pool.worker(1)).connects()
    worker.registers('echo')
    ;(await hold)[Symbol.dispose]()
    await worker.crashes('signal SIGKILL')
    const next = pool.hold('echo')
    ;(await pool.worker(2)).connects().registers('echo')
    expect((await next).registration.worker).toBe('w2')
  })

  test('time and again before it can take anybody is given up after three', async () => {
    const pool = new FakePool()
    const hold = codeOf(pool.hold('echo'))
    for (const n of [1, 2, 3]) {
      const worker = (await pool.worker(n)).connects()
      worker.process.end('notResponding')
      await settle()
    }
    expect(await hold).toBe('WORKERS_KEEP_ENDING')
    expect(pool.workers).toHaveLength(3)
  })
})

describe('stopping', () => {
  test('drains the worker processes and refuses whoever comes', async () => {
    const pool = new FakePool()
    const hold = pool.hold('echo')
    const worker = (await pool.worker(1)).connects()
    worker.registers('echo')
    await hold
    const stopped = pool.pool.stop('shutdown')
    expect(worker.drained).toEqual(['shutdown'])
    expect(await codeOf(pool.hold('echo'))).toBe('SHUTTING_DOWN')
    await worker.leaves()
    await stopped
    expect(pool.pool.state.is).toBe('stopped')
    expect(pool.clock.pending).toBe(0)
  })

  test('ends a worker process that is not finished after shutdownTimeLimit', async () => {
    const pool = new FakePool()
    const hold = pool.hold('echo')
    const worker = (await pool.worker(1)).connects()
    worker.registers('echo')
    await hold
    const stopped = pool.pool.stop('shutdown')
    pool.clock.turn(79_999)
    expect(worker.killed).toBe(false)
    pool.clock.turn(1)
    expect(worker.killed).toBe(true)
    await stopped
  })

  test('does not wait for a worker process that lives on after SIGKILL, and another takes its place', async () => {
    const pool = new FakePool()
    void pool.hold('echo')
    const first = (await pool.worker(1)).connects()
    pool.removeError = new PorticoError('WORKER_NOT_ENDED', { worker: 'w1', pid: 1000 })
    first.process.end('notResponding')
    await settle()
    expect(first.process.state.is).toBe('exited')
    expect(pool.events).toContainEqual({
      event: 'worker.notEnded',
      fields: { pool: 'Pool', worker: 'w1', pid: 1000, error: pool.removeError },
    })
    void pool.hold('echo')
    expect((await pool.worker(2)).process.state.is).toBe('launching')
  })

  test('is what a pool without autoStart is in', async () => {
    expect(await codeOf(new FakePool({ autoStart: false }).hold('echo'))).toBe('POOL_STOPPED')
  })
})

describe('a removed application', () => {
  test('leaves its worker process, which goes when nothing else is in it', async () => {
    const pool = new FakePool()
    const hold = pool.hold('echo')
    const worker = (await pool.worker(1)).connects()
    worker.registers('echo')
    ;(await hold)[Symbol.dispose]()
    pool.pool.removeApplication('/echo')
    expect(worker.deactivated).toEqual(['/echo'])
    expect(worker.drained).toEqual(['removed'])
  })

  test('fails those who wait for it', async () => {
    const pool = new FakePool()
    const hold = codeOf(pool.hold('echo'))
    ;(await pool.worker(1)).connects()
    pool.pool.removeApplication('/echo')
    expect(await hold).toBe('NO_APPLICATION')
  })
})

describe('an AlwaysRunning pool', () => {
  test('starts before any connection, loads what is preloaded, and starts again after a crash', async () => {
    const pool = new FakePool({ startMode: 'AlwaysRunning' })
    pool.pool.configure(pool.pool.settings, [wanted('echo')])
    pool.clock.turn(0)
    const worker = (await pool.worker(1)).connects()
    await settle()
    expect(worker.activated).toEqual(['/echo'])
    worker.registers('echo')
    await worker.crashes()
    pool.clock.turn(1_000)
    await pool.worker(2)
  })

  test('preloads again in the next worker process what failed in the last', async () => {
    const pool = new FakePool({ startMode: 'AlwaysRunning' })
    pool.pool.configure(pool.pool.settings, [wanted('echo')])
    pool.clock.turn(0)
    const first = (await pool.worker(1)).connects()
    await settle()
    await first.crashes()
    await settle()
    pool.clock.turn(1_000)
    const second = (await pool.worker(2)).connects()
    await settle()
    expect(second.activated).toEqual(['/echo'])
  })

  test('does not load what may not be loaded, says so once, and tries again after a minute', async () => {
    const pool = new FakePool({ startMode: 'AlwaysRunning' })
    pool.notReady = notSafe
    pool.pool.configure(pool.pool.settings, [wanted('echo')])
    pool.clock.turn(0)
    const worker = (await pool.worker(1)).connects()
    await settle()
    expect(worker.activated).toEqual([])
    expect(pool.events.filter(({ event }) => event === 'application.notPreloaded')).toHaveLength(1)
    pool.notReady = undefined
    pool.clock.turn(60_000)
    await settle()
    expect(worker.activated).toEqual(['/echo'])
  })

  test('that may not start tries again, and at once when the configuration changes', async () => {
    const pool = new FakePool({ startMode: 'AlwaysRunning' })
    pool.account = notAdmitted
    pool.pool.configure(pool.pool.settings, [])
    for (const ms of [0, 1_000, 2_000]) {
      pool.clock.turn(ms)
      await settle()
    }
    expect(pool.workers).toEqual([])
    expect(pool.events.filter(({ event }) => event === 'pool.blocked')).toHaveLength(1)
    pool.account = account
    pool.pool.configure(pool.pool.settings, [])
    pool.clock.turn(0)
    await pool.worker(1)
    expect(pool.pool.blocked).toBeUndefined()
  })
})

describe('the account of a pool', () => {
  test('that can not be had fails those who ask, starts nothing, and is told once', async () => {
    const pool = new FakePool()
    pool.account = notAdmitted
    expect([await codeOf(pool.hold('echo')), await codeOf(pool.hold('echo'))]).toEqual(
      Array(2).fill('POOL_NOT_ADMITTED'),
    )
    expect(pool.workers).toEqual([])
    expect(pool.pool.blocked).toBe(notAdmitted)
    expect(pool.events.filter(({ event }) => event === 'pool.blocked')).toHaveLength(1)
    pool.account = account
    void pool.hold('echo')
    await pool.worker(1)
    expect(pool.pool.blocked).toBeUndefined()
  })

  test.each([
    ['another user', { ...account, uid: 90_007 }],
    ['another group', { ...account, groups: [90_000, 4] }],
    ['none any more', notAdmitted],
  ])(
    'that becomes %s lets the worker process finish, and the next one starts as what it is then',
    async (_, changed) => {
      const pool = new FakePool()
      const held = pool.hold('echo')
      const first = (await pool.worker(1)).connects()
      first.registers('echo')
      await held
      pool.pool.configure(pool.pool.settings, [])
      expect(first.drained).toEqual([])
      pool.account = changed
      pool.pool.configure(pool.pool.settings, [])
      expect(first.drained).toEqual(['recycled'])
      pool.account = { uid: 90_007, gid: 90_007, groups: [] }
      void pool.hold('echo')
      expect((await pool.worker(2)).process.account).toEqual(pool.account)
    },
  )

  test('is the same whatever the order of its groups', async () => {
    const pool = new FakePool()
    pool.account = { ...account, groups: [90_000, 4] }
    const held = pool.hold('echo')
    const first = (await pool.worker(1)).connects()
    first.registers('echo')
    await held
    pool.account = { ...account, groups: [4, 90_000, 90_001] }
    pool.pool.configure(pool.pool.settings, [])
    expect(first.drained).toEqual([])
  })

  test.each([
    ['is another process', { pid: 4711 }, false],
    ['is another user', { uid: 0 }, false],
    ['has another group', { groups: [90_000, 0] }, false],
    ['is what was launched', {}, true],
  ])(
    'and pid decide whether a process that comes to the channel is itself: one that %s',
    async (_, changes, expected) => {
      const pool = new FakePool()
      void pool.hold('echo')
      const worker = await pool.worker(1)
      expect(await worker.process.isItself({ ...worker.peer, ...changes })).toBe(expected)
    },
  )

  test('is not asked before the launcher has named the process: one that comes earlier waits', async () => {
    const pool = new FakePool()
    const launched = Promise.withResolvers<void>()
    pool.launching = launched.promise
    void pool.hold('echo')
    const { process, peer } = await pool.worker(1)
    let answer: boolean | undefined
    const asked = process.isItself(peer).then((is) => {
      answer = is
    })
    await settle()
    expect(answer).toBeUndefined()
    launched.resolve()
    await asked
    expect(answer).toBe(true)
  })

  test('is not asked for a process that has come, or never will', async () => {
    const pool = new FakePool()
    const held = codeOf(pool.hold('echo'))
    const worker = await pool.worker(1)
    worker.connects()
    expect(await worker.process.isItself(worker.peer)).toBe(false)
    await worker.crashes()
    expect(await held).toBe('APPLICATION_ENDED_ITS_WORKER')
    expect(await worker.process.isItself(worker.peer)).toBe(false)
  })
})
