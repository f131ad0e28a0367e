import { describe, expect, test } from 'vitest'
import { awaited } from '#activation/awaited.ts'
import { FakeManager, settled } from '../../support/fake-manager.ts'

const names = (...pools: string[]) => pools.map((name) => ({ name }))

describe('the starts of many pools', () => {
  test('take turns: those that a client waits for before those of pools that always run', async () => {
    const kept = [
      { name: 'K1', startMode: 'AlwaysRunning' as const },
      { name: 'K2', startMode: 'AlwaysRunning' as const },
    ]
    const fake = new FakeManager({}, [...kept, ...names('A', 'B')])
    fake.clock.turn(0)
    await settled()
    fake.ask('A')
    fake.ask('B')
    await settled()
    expect(fake.launched).toEqual(['K1'])
    expect(fake.manager.starts.waiting).toMatchObject({ connection: 2, alwaysRunning: 1 })
    for (const pool of ['K1', 'A', 'B']) {
      fake.worker(pool).connects().registers(pool.toLowerCase())
      await settled()
    }
    expect(fake.launched).toEqual(['K1', 'A', 'B', 'K2'])
  })

  test('that always run move up when a client comes to wait for one of them', async () => {
    const kept = ['K1', 'K2', 'K3'].map((name) => ({ name, startMode: 'AlwaysRunning' as const }))
    const fake = new FakeManager({}, kept)
    fake.clock.turn(0)
    await settled()
    const { connection } = fake.ask('K3')
    await settled()
    expect(fake.manager.starts.waiting).toMatchObject({ connection: 1, alwaysRunning: 1 })
    fake.worker('K1').connects()
    await settled()
    expect(fake.launched).toEqual(['K1', 'K3'])
    connection.place?.[Symbol.dispose]()
  })

  test('are not over before the application has loaded: loading takes the machine’s time, too', async () => {
    const fake = new FakeManager({}, names('A', 'B'))
    fake.ask('A')
    fake.ask('B')
    await settled()
    const worker = fake.worker('A').connects()
    await settled()
    expect(fake.launched).toEqual(['A'])
    worker.registers('a')
    await settled()
    expect(fake.launched).toEqual(['A', 'B'])
  })

  test('are over when the application could not be loaded', async () => {
    const fake = new FakeManager({}, names('A', 'B'))
    const { hold } = fake.ask('A')
    fake.ask('B')
    await settled()
    fake.worker('A').connects().fails('a')
    await expect(hold).rejects.toMatchObject({ code: 'APPLICATION_DID_NOT_LOAD' })
    await settled()
    expect(fake.launched).toEqual(['A', 'B'])
  })

  test('have startupTimeLimit from their turn on, however long they waited for it, and their lives tell that', async () => {
    const pools = names('A', 'B').map((pool) => ({ ...pool, startupTimeLimit: 8_000 }))
    const fake = new FakeManager({}, pools)
    fake.ask('A')
    const { hold } = fake.ask('B')
    await settled()
    fake.clock.turn(7_000)
    fake.worker('A').connects()
    fake.clock.turn(2_900)
    await settled()
    expect(fake.launched).toEqual(['A'])
    fake.clock.turn(100) // A hangs while it loads: its turn is over
    await settled()
    expect(fake.launched).toEqual(['A', 'B'])
    fake.clock.turn(7_999)
    await settled()
    fake.worker('B').connects().registers('b')
    ;(await hold)[Symbol.dispose]()
    const connected = fake.log.named('worker.connected').find(({ pool }) => pool === 'B')
    expect(connected).toMatchObject({ waitedMs: 10_000, ageMs: 17_999 })
    expect(fake.log.named('worker.connected')[0]).not.toHaveProperty('waitedMs')
  })

  test('are as many at once as a changed configuration says', async () => {
    const fake = new FakeManager({}, names('A', 'B', 'C'))
    for (const pool of ['A', 'B', 'C']) fake.ask(pool)
    await settled()
    fake.apply({ startConcurrency: 3 })
    await settled()
    expect(fake.launched).toEqual(['A', 'B', 'C'])
  })
})

describe('a connection that would need more worker processes on demand than may run', () => {
  const kept = { name: 'K', startMode: 'AlwaysRunning' as const }

  test('is told that the server is too busy, and another one is served once a process has ended', async () => {
    const fake = new FakeManager({ startConcurrency: 5, demandStartThreshold: 1 }, [kept, ...names('A', 'B')])
    fake.clock.turn(0)
    fake.ask('A')
    await settled()
    expect(fake.launched).toEqual(['K', 'A'])
    expect(fake.manager.demandStarts).toEqual({ count: 1, limit: 1 })
    await expect(fake.ask('B').hold).rejects.toMatchObject({ code: 'DEMAND_STARTS_USED_UP', reply: 'ServerTooBusy' })
    await fake.worker('A').connects().crashes()
    fake.ask('B')
    await settled()
    expect(fake.launched.at(-1)).toBe('B')
  })

  test('is served by a worker process that runs', async () => {
    const fake = new FakeManager({ demandStartThreshold: 1 }, names('A'))
    const { hold } = fake.ask('A')
    await settled()
    fake.worker('A').connects().registers('a')
    await hold
    await expect(fake.ask('A').hold).resolves.toBeDefined()
  })

  test('does not keep a worker process from being replaced, nor one from always running', async () => {
    const fake = new FakeManager({ startConcurrency: 5, demandStartThreshold: 1 }, [...names('A'), kept])
    const { hold } = fake.ask('A')
    await settled()
    fake.worker('A').connects().registers('a')
    ;(await hold)[Symbol.dispose]()
    void fake.manager.named('A').recycle('OnDemand')
    fake.clock.turn(0)
    await settled()
    expect(fake.launched.toSorted()).toEqual(['A', 'A', 'K'])
  })
})

describe('what a connection waits for', () => {
  test('is told step by step', async () => {
    const fake = new FakeManager({}, names('First', 'A'))
    const arrived = Promise.withResolvers<void>()
    fake.ask('First')
    await settled()
    fake.arrival = arrived.promise
    fake.ask('A')
    const now = async () => {
      await settled()
      return fake.manager.awaited('A', '/a')
    }
    const steps = [await now()]
    arrived.resolve()
    steps.push(await now())
    fake.worker('First').connects().registers('first')
    steps.push(await now())
    const worker = fake.worker('A').connects()
    steps.push(await now())
    worker.registers('a')
    steps.push(await now())
    expect(steps).toEqual(['files', 'turn', 'start', 'load', 'acceptance'])
  })

  test('is another worker process where none is asked for the application', () => {
    expect(awaited({ isActive: false, filesArrive: false, workers: [] })).toBe('otherWorker')
  })

  test('is said when it has waited too long, and no more is done for it', async () => {
    const waiting = { maxWaitingConnections: 10, waitingTimeLimit: 5_000 }
    const fake = new FakeManager({}, [{ name: 'First' }, { name: 'A', waiting }])
    fake.ask('First')
    const { connection, hold } = fake.ask('A')
    await settled()
    fake.clock.turn(5_000)
    await expect(hold).rejects.toMatchObject({ code: 'WAITED_TOO_LONG', reply: 'ServerTooBusy' })
    expect(connection.refusals[0]?.message).toContain('at last for the turn of its worker process to start')
    expect(fake.manager.waiting.of('a').count).toBe(0)
  })
})
