/** Standby processes against a launcher that the test plays. */
import { describe, expect, test } from 'vitest'
import type { LaunchedProcess, LaunchOrder } from '#activation/launcher.ts'
import { type StandbyChannel, StandbyProcesses } from '#activation/standby-processes.ts'
import { settings } from '../../support/fake-workers.ts'
import { KeptLog } from '../../support/kept-log.ts'
import { ManualClock } from '../../support/manual-clock.ts'

const quiet = 250

const orderOf = (worker: string, token = ''): LaunchOrder => ({
  worker,
  pool: 'Pool',
  command: ['node'],
  cwd: '/',
  env: { token },
  logFile: '/log',
})

class FakeChannel implements StandbyChannel {
  readonly peer
  isOpen = true
  readonly assigned: string[] = []
  lost: () => void = () => {}

  constructor(pid: number) {
    this.peer = { pid, uid: 0, gid: 0, groups: [] }
  }

  open(lost: () => void): void {
    this.lost = lost
  }

  assign({ worker }: LaunchOrder): void {
    this.assigned.push(worker)
  }

  ends(): void {
    this.isOpen = false
    this.lost()
  }
}

function fake(wanted: number) {
  const clock = new ManualClock()
  const log = new KeptLog()
  const launched: { id: string; token: string; pid: number }[] = []
  const removed: string[] = []
  const around = {
    isBusy: false,
    launchError: undefined as Error | undefined,
    assignError: undefined as Error | undefined,
  }
  const launcher = {
    async launch({ worker, env: { token = '' } }: LaunchOrder, signal: AbortSignal): Promise<LaunchedProcess> {
      signal.throwIfAborted()
      if (around.launchError) throw around.launchError
      const pid = 100 + launched.length
      launched.push({ id: worker, token, pid })
      return { worker, pid, startedAt: 0, env: {} }
    },
    async assign(standby: string, { worker, env }: LaunchOrder, tell: () => void): Promise<LaunchedProcess> {
      if (around.assignError) throw around.assignError
      tell()
      return { worker, pid: launched.find(({ id }) => id === standby)?.pid ?? 0, startedAt: 0, env }
    },
    remove: async (worker: string) => void removed.push(worker),
  }
  const standbys = new StandbyProcesses({ clock, log, launcher, order: orderOf, isBusy: () => around.isBusy })
  standbys.open()
  standbys.want(wanted)
  /** Lets what waits for the quiet start, and its process come to its channel. */
  const becomesReady = async () => {
    clock.turn(quiet)
    await Promise.resolve()
    const { token = '', pid = 0 } = launched.at(-1) ?? {}
    const channel = new FakeChannel(pid)
    expect(await standbys.connected(token, channel)).toBe(true)
    return channel
  }
  return { standbys, clock, log, launched, removed, around, becomesReady }
}

describe('standby processes', () => {
  test('are launched one after the other, once nothing has been starting for a moment, until enough are ready', async () => {
    const { standbys, clock, launched, becomesReady } = fake(2)
    expect(launched).toHaveLength(0)
    clock.turn(quiet - 1)
    expect(launched).toHaveLength(0)
    clock.turn(1)
    await Promise.resolve()
    expect(launched).toHaveLength(1)
    clock.turn(10 * quiet)
    expect(launched).toHaveLength(1)
    await becomesReady()
    await becomesReady()
    clock.turn(10 * quiet)
    expect(launched).toHaveLength(2)
    expect(standbys.ready).toBe(2)
    expect(clock.pending).toBe(0)
  })

  test('are not launched while worker processes start: these need the processors', async () => {
    const { standbys, clock, launched, around } = fake(1)
    around.isBusy = true
    clock.turn(100 * quiet)
    standbys.look()
    clock.turn(100 * quiet)
    expect(launched).toHaveLength(0)
    around.isBusy = false
    standbys.look()
    clock.turn(quiet)
    expect(launched).toHaveLength(1)
  })

  test('become the worker process of an order, each once, and are replaced', async () => {
    const { standbys, launched, becomesReady } = fake(1)
    const channel = await becomesReady()
    expect(await standbys.take(orderOf('w1'))).toMatchObject({ worker: 'w1', pid: 100 })
    expect(channel.assigned).toEqual(['w1'])
    expect(await standbys.take(orderOf('w2'))).toBeUndefined()
    channel.ends()
    standbys.look()
    await becomesReady()
    expect(launched).toHaveLength(2)
    expect(await standbys.take(orderOf('w2'))).toMatchObject({ worker: 'w2', pid: 101 })
  })

  test('that have ended unseen are passed over and removed', async () => {
    const { standbys, around, removed, launched, becomesReady } = fake(2)
    const first = await becomesReady()
    await becomesReady()
    first.isOpen = false
    around.assignError = new Error('it has ended')
    expect(await standbys.take(orderOf('w1'))).toBeUndefined()
    expect(removed).toEqual([launched[1]?.id])
    expect(first.assigned).toEqual([])
  })

  test('are taken only by the pid that was launched, with its token, and once', async () => {
    const { standbys, clock, launched } = fake(1)
    clock.turn(quiet)
    await Promise.resolve()
    const [{ token, pid } = { token: '', pid: 0 }] = launched
    expect(await standbys.connected('guessed', new FakeChannel(pid))).toBe(false)
    expect(await standbys.connected(token, new FakeChannel(pid + 1))).toBe(false)
    expect(await standbys.connected(token, new FakeChannel(pid))).toBe(true)
    expect(await standbys.connected(token, new FakeChannel(pid))).toBe(false)
  })

  test('that fail to start are tried again after 1 s, then after times that double, with one line each', async () => {
    const { standbys, clock, log, around, launched, becomesReady } = fake(1)
    around.launchError = new Error('no more processes')
    const delays: unknown[] = []
    clock.turn(quiet)
    for (let n = 0; n < 8; n++) {
      await new Promise(setImmediate)
      expect(log.named('standby.failed')).toHaveLength(n + 1)
      const { retryMs } = log.named('standby.failed')[n] ?? {}
      delays.push(retryMs)
      clock.turn(Number(retryMs))
    }
    expect(delays).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000])
    expect(standbys.problem).toBe('no more processes')
    around.launchError = undefined
    await new Promise(setImmediate)
    clock.turn(60_000)
    await becomesReady()
    expect(launched).toHaveLength(1)
    expect(standbys.problem).toBeUndefined()
  })

  test('that do not come to their channel are ended, and count as failed', async () => {
    const { standbys, clock, log, launched, removed } = fake(1)
    clock.turn(quiet)
    await Promise.resolve()
    clock.turn(30_000)
    expect(removed).toEqual([launched[0]?.id])
    expect(log.named('standby.failed')).toMatchObject([{ reason: 'it was not ready within 30 s' }])
    expect(standbys.problem).toBeDefined()
  })

  test('that are killed are replaced, and the failures of long ago forgotten', async () => {
    const { standbys, clock, log, launched, becomesReady } = fake(1)
    for (const retryMs of [1_000, 2_000]) {
      const channel = await becomesReady()
      channel.ends()
      expect(standbys.ready).toBe(0)
      standbys.exited(launched.at(-1)?.id ?? '', 'signal SIGKILL')
      expect(log.named('standby.failed').at(-1)).toMatchObject({ reason: 'it ended: signal SIGKILL', retryMs })
      clock.turn(retryMs - quiet)
    }
    await becomesReady()
    clock.turn(60_000)
    standbys.exited(launched.at(-1)?.id ?? '', 'signal SIGKILL')
    expect(log.named('standby.failed').at(-1)).toMatchObject({ retryMs: 1_000 })
  })

  test('that only close their channel are ended', async () => {
    const { clock, log, launched, removed, becomesReady } = fake(1)
    const channel = await becomesReady()
    channel.ends()
    expect(removed).toEqual([])
    clock.turn(1_000)
    expect(removed).toEqual([launched[0]?.id])
    expect(log.named('standby.failed')).toMatchObject([{ reason: 'it closed its channel' }])
  })

  test('are as many as the configuration says: fewer are ended, none ends the start under way', async () => {
    const { standbys, clock, removed, launched, becomesReady } = fake(2)
    await becomesReady()
    await becomesReady()
    standbys.want(1)
    expect(removed).toEqual([launched[1]?.id])
    expect(standbys.ready).toBe(1)
    standbys.want(2)
    clock.turn(quiet)
    await Promise.resolve()
    standbys.want(0)
    expect(removed).toEqual([launched[1]?.id, launched[0]?.id, launched[2]?.id])
    clock.turn(60_000)
    expect(launched).toHaveLength(3)
    expect(clock.pending).toBe(0)
  })

  test('end with their owner, and none is launched any more', async () => {
    const { standbys, clock, removed, launched, becomesReady } = fake(2)
    await becomesReady()
    clock.turn(quiet)
    await Promise.resolve()
    await standbys.close()
    expect(removed.toSorted()).toEqual(launched.map(({ id }) => id).toSorted())
    standbys.want(2)
    standbys.look()
    clock.turn(60_000)
    expect(launched).toHaveLength(2)
    expect(await standbys.connected(launched[1]?.token ?? '', new FakeChannel(101))).toBe(false)
    expect(clock.pending).toBe(0)
  })

  test('say why a pool does without them', async () => {
    const { standbys, becomesReady } = fake(1)
    expect(standbys.whyNot(settings)).toBe('because no standby process is ready')
    await becomesReady()
    expect(standbys.whyNot(settings)).toBeUndefined()
    expect(standbys.whyNot({ ...settings, nodeArguments: ['--a', '--b=1'] })).toBe(
      'because of its Node arguments: --a --b=1',
    )
    // Its thread pool is there already.
    expect(standbys.whyNot({ ...settings, environment: { UV_THREADPOOL_SIZE: '16' } })).toBe(
      'because of its environment variable UV_THREADPOOL_SIZE',
    )
    standbys.want(0)
    expect(standbys.whyNot(settings)).toBe('because standbyProcesses is 0')
  })
})
