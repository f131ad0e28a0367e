/** What the activation manager starts a worker process from, against a launcher that the test plays. */
import { describe, expect, test } from 'vitest'
import { ActivationManager } from '#activation/activation-manager.ts'
import type { LaunchedProcess, Launcher, LaunchOrder } from '#activation/launcher.ts'
import type { PoolSettings } from '#activation/pool-settings.ts'
import type { StandbyChannel } from '#activation/standby-processes.ts'
import { managerOptions } from '../../support/fake-manager.ts'
import { account, FakeWorker, settings, wanted } from '../../support/fake-workers.ts'
import { KeptLog } from '../../support/kept-log.ts'
import { ManualClock } from '../../support/manual-clock.ts'

const limits = { startConcurrency: 4, demandStartThreshold: 1000, dynamicIdleThreshold: 0 }
const never = new AbortController().signal
const settled = () => new Promise(setImmediate)

/** Numbers the pids of what it launches, and notes who becomes whom. */
class FakeLauncher {
  readonly launched: LaunchOrder[] = []
  readonly assigned: string[] = []
  readonly #pids = new Map<string, number>()

  async launch(order: LaunchOrder): Promise<LaunchedProcess> {
    this.launched.push(order)
    this.#pids.set(order.worker, 100 + this.launched.length)
    return this.#process(order.worker, order)
  }

  async assign(standby: string, order: LaunchOrder, tell: () => void): Promise<LaunchedProcess> {
    tell()
    this.assigned.push(order.worker)
    return this.#process(standby, order)
  }

  #process(name: string, { worker, env }: LaunchOrder): LaunchedProcess {
    return { worker, env, pid: this.#pids.get(name) ?? 0, startedAt: 0 }
  }

  on(): void {}
  async remove(): Promise<void> {}
}

async function managed(changes: Partial<PoolSettings> = {}) {
  const [clock, log, launcher] = [new ManualClock(), new KeptLog(), new FakeLauncher()]
  const orderOf = (worker: string, token: string) => ({
    ...{ worker, pool: 'Pool', command: ['node'] as const, cwd: '/', env: { token }, logFile: '/log' },
  })
  const manager = new ActivationManager(
    {
      ...managerOptions(launcher as unknown as Launcher, clock, log),
      order: orderOf,
      standbyOrder: orderOf,
    },
    limits,
  )
  manager.apply(
    limits,
    [{ ...settings, ...changes }],
    [{ ...wanted('echo'), pool: 'Pool', preload: false, version: '' }],
  )
  manager.standbys.open()
  manager.standbys.want(1)
  clock.turn(250)
  await settled()
  const channel: StandbyChannel = { peer: { ...account, pid: 101 }, isOpen: true, open() {}, assign() {} }
  expect(await manager.standbys.connected(launcher.launched[0]?.env.token ?? '', channel)).toBe(true)
  const held = manager.hold('/echo', never)
  await settled()
  const [worker] = manager.pool('Pool')?.workers ?? []
  if (!worker) throw new Error('there is no worker process')
  return { manager, clock, launcher, log, held, worker }
}

describe('a worker process', () => {
  test('comes from standby, and the next standby process waits until its application is loaded', async () => {
    const { manager, clock, launcher, held, worker, log } = await managed()
    expect(launcher.assigned).toEqual([worker.id])
    expect([worker.pid, manager.standbys.ready]).toEqual([101, 0])
    const fake = new FakeWorker(worker, 101).connects()
    expect(log.named('worker.connected')).toMatchObject([{ pid: 101, standby: true }])
    clock.turn(60_000)
    expect(launcher.launched).toHaveLength(1)
    fake.registers('echo')
    using _hold = await held
    clock.turn(249)
    expect(launcher.launched).toHaveLength(1)
    clock.turn(1)
    expect(launcher.launched).toHaveLength(2)
  })

  test('of a pool with Node arguments starts afresh, and the standby process stays', async () => {
    const { manager, launcher, worker } = await managed({ nodeArguments: ['--max-old-space-size=100'] })
    expect(launcher.assigned).toEqual([])
    expect(launcher.launched.map((order) => order.worker).at(-1)).toBe(worker.id)
    expect([worker.pid, manager.standbys.ready]).toEqual([102, 1])
  })
})
