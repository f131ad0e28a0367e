/** Applications that move to another pool, or are replaced, while connections wait for them; pools that go and come back. */
import { describe, expect, test } from 'vitest'
import { ActivationManager, type Deployed } from '#activation/activation-manager.ts'
import type { WorkerProcess } from '#activation/worker-process.ts'
import { FakeLauncher, managerOptions } from '../../support/fake-manager.ts'
import { FakeWorker, settings } from '../../support/fake-workers.ts'
import { KeptLog } from '../../support/kept-log.ts'
import { ManualClock } from '../../support/manual-clock.ts'

const settle = () => new Promise<void>((resolve) => setImmediate(resolve))
const echo: Deployed = {
  id: '/echo',
  path: '/echo',
  folder: '/apps/echo',
  bases: [],
  pool: 'Old',
  preload: false,
  version: '1',
}
const old = { ...settings, name: 'Old' }
const fresh = { ...settings, name: 'New' }
const limits = { startConcurrency: 10, demandStartThreshold: 1000, dynamicIdleThreshold: 0 }

/** A manager whose worker processes the test plays. */
class FakeManager {
  readonly clock = new ManualClock()
  readonly launcher = new FakeLauncher()
  readonly manager = new ActivationManager(managerOptions(this.launcher, this.clock, new KeptLog()), limits)

  hold() {
    return this.manager.hold('/echo', new AbortController().signal)
  }

  /** The only worker process of the pool, on its channel. */
  async worker(pool: string): Promise<FakeWorker> {
    await settle()
    const [process, ...others] = this.manager.pool(pool)?.workers ?? []
    if (!process || others.length > 0)
      throw new Error(`pool ${pool} has ${others.length} worker processes more or less`)
    return new FakeWorker(process, process.pid ?? 0).connects()
  }

  exits({ id }: WorkerProcess): void {
    this.launcher.exits(id)
  }
}

describe('a connection that waits for an application', () => {
  test.each([
    ['is moved to another pool', [old, fresh], { pool: 'New' }],
    ['has its pool renamed', [fresh], { pool: 'New' }],
    ['is replaced by another version', [old], { version: '2' }],
    ['is replaced in another folder', [old], { folder: '/apps/echo-2' }],
  ])('that %s is served where it is then', async (_, pools, change) => {
    const fake = new FakeManager()
    fake.manager.apply(limits, [old], [echo])
    const hold = fake.hold()
    const first = await fake.worker('Old')
    const now = { ...echo, ...change }
    fake.manager.apply(limits, pools, [now])
    await settle()
    expect(first.drained).toHaveLength(1)
    const pool = fake.manager.pool(now.pool)
    const process = [...(pool?.workers ?? [])].find((worker) => worker !== first.process)
    if (!process) throw new Error('another worker process was started')
    const second = new FakeWorker(process, process.pid ?? 0).connects()
    const registration = second.registers('echo')
    expect((await hold).registration).toBe(registration)
    expect(fake.manager.lastFailure('/echo')).toBeUndefined()
  })

  test('that is removed hears that nothing is there', async () => {
    const fake = new FakeManager()
    fake.manager.apply(limits, [old], [echo])
    const hold = fake.hold()
    await fake.worker('Old')
    fake.manager.apply(limits, [old], [])
    await expect(hold).rejects.toMatchObject({ code: 'NO_APPLICATION' })
  })
})

describe('a pool that is removed and comes back before it has ended', () => {
  const cameBack = async () => {
    const fake = new FakeManager()
    fake.manager.apply(limits, [old], [echo])
    const hold = fake.hold()
    const first = await fake.worker('Old')
    first.registers('echo')
    ;(await hold)[Symbol.dispose]()
    first.reports?.accepted()
    fake.manager.apply(limits, [], [])
    fake.manager.apply(limits, [old], [echo])
    return { fake, first }
  }

  test('begins anew, and the worker process of before is still seen until it has ended', async () => {
    const { fake, first } = await cameBack()
    expect(Array.from(fake.manager.pools, ({ state }) => state.is)).toEqual(['started', 'stopping'])
    const hold = fake.hold()
    const registration = (await fake.worker('Old')).registers('echo')
    expect((await hold).registration).toBe(registration)
    first.reports?.left()
    fake.exits(first.process)
    await settle()
    expect(first.process.state).toMatchObject({ is: 'exited', how: 'exit code 0', expected: true })
    expect(Array.from(fake.manager.pools, ({ state }) => state.is)).toEqual(['started'])
  })

  test('is not forgotten when Portico stops: what it still has is waited for, or ended at once', async () => {
    const { fake, first } = await cameBack()
    let isStopped = false
    const stopped = fake.manager.stop().then(() => {
      isStopped = true
    })
    await settle()
    expect(isStopped).toBe(false)
    fake.manager.hurry()
    await stopped
    expect(first.killed).toBe(true)
    expect(fake.launcher.removed).toEqual([first.process.id])
    expect(fake.clock.pending).toBe(0)
  })
})
