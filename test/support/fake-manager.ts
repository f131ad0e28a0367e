/** An activation manager whose processes are played by the test. */
import { EventEmitter } from 'node:events'
import { ActivationManager, type MachineLimits, type ManagerOptions } from '#activation/activation-manager.ts'
import type { Hold } from '#activation/application-pool.ts'
import type { OnItsWay } from '#activation/launch-cause.ts'
import type { LaunchedProcess, Launcher, LauncherEvents, LaunchOrder } from '#activation/launcher.ts'
import type { PoolSettings } from '#activation/pool-settings.ts'
import type { PorticoError } from '#base/errors.ts'
import { account, FakeWorker, settings, wanted } from './fake-workers.ts'
import { KeptLog } from './kept-log.ts'
import { ManualClock } from './manual-clock.ts'

/** Starts processes at once, which then do nothing. */
export class FakeLauncher implements Launcher {
  readonly launched: string[] = []
  readonly removed: string[] = []
  readonly #events = new EventEmitter<LauncherEvents>()

  async launch({ worker }: { worker: string }): Promise<LaunchedProcess> {
    this.launched.push(worker)
    return { worker, pid: 1000 + this.launched.length, startedAt: 0, env: {} }
  }

  async assign(_standby: string, { worker, env }: LaunchOrder, tell: () => void): Promise<LaunchedProcess> {
    tell()
    return { worker, pid: 1000 + this.launched.length, startedAt: 0, env }
  }

  async remove(worker: string): Promise<void> {
    this.removed.push(worker)
  }

  /** The process of the worker process has ended. */
  exits(worker: string): void {
    this.#events.emit('exited', worker, 'exit code 0')
  }

  async release(): Promise<void> {}
  async survivors(): Promise<readonly LaunchedProcess[]> {
    return []
  }
  on<E extends keyof LauncherEvents>(event: E, listener: (...args: LauncherEvents[E]) => void): void {
    this.#events.on(event, listener as never)
  }
  describe(): undefined {}
  async shutdown(): Promise<void> {}
  async [Symbol.asyncDispose](): Promise<void> {}
}

/** What an activation manager needs, where everything is there and goes well. */
export function managerOptions(launcher: Launcher, clock: ManualClock, log: KeptLog): ManagerOptions {
  const order = (worker: string, pool: string): LaunchOrder => {
    return { worker, pool, command: ['node'], cwd: '/', env: {}, logFile: '/dev/null' }
  }
  return {
    launcher,
    clock,
    log,
    order: (worker, _token, { name }) => order(worker, name),
    standbyOrder: (worker) => order(worker, 'standby'),
    identify: () => undefined,
    accountOf: () => account,
    loadedChanged: () => {},
    lastOutput: async () => '',
    ready: async () => {},
    act: () => {},
  }
}

/** A connection that notes why it was given up. */
export class FakeConnection implements OnItsWay {
  static #numbers = 0
  readonly number = ++FakeConnection.#numbers
  readonly via = 'net.tcp://localhost/orders'
  readonly remote = { address: '127.0.0.1', port: 5000 }
  readonly acceptedAt = 0
  readonly refusals: PorticoError[] = []
  isGone = false
  place: Disposable | undefined
  readonly #way = new AbortController()

  get signal(): AbortSignal {
    return this.#way.signal
  }

  giveUp(why: PorticoError): void {
    this.refusals.push(why)
    this.#way.abort(why)
  }
}

export class FakeManager {
  readonly clock = new ManualClock()
  readonly log = new KeptLog()
  readonly launcher = new FakeLauncher()
  readonly manager: ActivationManager
  /** Set, applications may not be loaded before it resolves. */
  arrival: Promise<void> | undefined
  limits: MachineLimits = { startConcurrency: 1, demandStartThreshold: 2 ** 31 - 1, dynamicIdleThreshold: 0 }
  pools: readonly PoolSettings[]
  preloaded: ReadonlySet<string> = new Set()

  /** One application of the same name, in lower case, for each pool. */
  constructor(limits: Partial<MachineLimits>, pools: readonly (Partial<PoolSettings> & { readonly name: string })[]) {
    this.limits = { ...this.limits, ...limits }
    this.pools = pools.map((pool) => ({ ...settings, ...pool }))
    this.manager = new ActivationManager(
      { ...managerOptions(this.launcher, this.clock, this.log), ready: async () => this.arrival },
      this.limits,
    )
    this.apply()
  }

  apply(changes: Partial<MachineLimits> = {}): void {
    this.limits = { ...this.limits, ...changes }
    const applications = this.pools.map(({ name }) => {
      const app = name.toLowerCase()
      return { ...wanted(app), pool: name, preload: this.preloaded.has(app), version: '1' }
    })
    this.manager.apply(this.limits, this.pools, applications)
  }

  /** A connection that waits for the application of the pool. */
  ask(pool: string): { connection: FakeConnection; hold: Promise<Hold> } {
    const connection = new FakeConnection()
    const application = `/${pool.toLowerCase()}`
    connection.place = this.manager.waiting.of(pool).enter(application, 100, connection)
    const hold = this.manager.hold(application, connection.signal, connection)
    hold.catch(() => {})
    return { connection, hold }
  }

  /** The pools whose worker processes were launched, in that order. */
  get launched(): readonly string[] {
    return this.launcher.launched.map((worker) => worker.slice(0, worker.lastIndexOf('-')))
  }

  /** The newest process of the pool, which comes to its channel when the test says so. */
  worker(pool: string): FakeWorker {
    const process = [...(this.manager.pool(pool)?.workers ?? [])].at(-1)
    if (!process) throw new Error(`pool ${pool} has no worker process`)
    return new FakeWorker(process, process.pid ?? 0)
  }
}

export const settled = () => new Promise<void>((resolve) => setImmediate(resolve))
