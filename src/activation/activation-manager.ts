/** The activation manager: all application pools, what they have in common, and who waits. */
import { randomBytes, randomUUID } from 'node:crypto'
import type { Clock } from '#base/clock.ts'
import { PorticoError } from '#base/errors.ts'
import type { Log } from '#base/log.ts'
import { type Credentials, isSameAccount } from '#identity/credentials.ts'
import { processCredentials } from '#identity/process-credentials.ts'
import { ApplicationPool, type Hold } from './application-pool.ts'
import { type Awaited, awaited } from './awaited.ts'
import { assertMayStartOnDemand, startedOnDemand } from './demand-starts.ts'
import type { Wanted } from './hosted-applications.ts'
import type { OnItsWay } from './launch-cause.ts'
import type { LaunchedProcess, Launcher, LaunchOrder } from './launcher.ts'
import { memoryInUse } from './machine-memory.ts'
import { MemoryPressure } from './memory-pressure.ts'
import { PacedStarts } from './paced-starts.ts'
import type { FailureAction } from './pool-protection.ts'
import { PoolQueues } from './pool-queues.ts'
import type { PoolSettings } from './pool-settings.ts'
import { processMemory } from './process-memory.ts'
import { StandbyProcesses } from './standby-processes.ts'
import { Tally } from './tally.ts'
import type { Urgency } from './urgency.ts'
import type { WorkerChannel } from './worker-channel.ts'
import type { WorkerProcess } from './worker-process.ts'
import type { Started } from './worker-surroundings.ts'

/** An application as activation needs it. */
export interface Deployed extends Wanted {
  readonly pool: string
  readonly preload: boolean
  /** Changes when the application becomes another one under the same id. */
  readonly version: string
}

/** What all pools together are bound by. */
export interface MachineLimits {
  /** How many worker processes may start at the same time. */
  readonly startConcurrency: number
  /** How many worker processes may run because somebody connected. */
  readonly demandStartThreshold: number
  /** Use of memory, in percent of what the machine has, that idle timeouts get shorter before; 0 is off. */
  readonly dynamicIdleThreshold: number
}

export interface ManagerOptions {
  readonly launcher: Launcher
  readonly clock: Clock
  readonly log: Log
  /** What to launch for a worker process. */
  order(worker: string, token: string, pool: PoolSettings): LaunchOrder | Promise<LaunchOrder>
  /** What to launch for a standby process. */
  standbyOrder(id: string, token: string): LaunchOrder
  /** The worker process that an environment of `order` belongs to, or that it is a standby process'. */
  identify(env: Readonly<Record<string, string>>): Identified | 'standby' | undefined
  /**
   * The account that worker processes of the pool run as. Throws why there can't be any: the account can't be had, or may
   * not share ports; or the pool has used up what it may use.
   */
  accountOf(pool: PoolSettings): Credentials
  /** Which applications are loaded may have changed. */
  loadedChanged(): void
  /** The last lines that the worker process wrote. */
  lastOutput(worker: string, pool: string, startedAt: number): Promise<string>
  /**
   * Resolves when the application's files have arrived and may be loaded as the pool's account. Throws why they may not, or
   * that they kept changing for startupTimeLimit.
   */
  ready(application: Wanted, pool: PoolSettings, signal: AbortSignal): Promise<void>
  /** Runs a program because something failed, without waiting for it. */
  act(action: FailureAction): void
}

/** A worker process by the environment that it was given. */
export interface Identified {
  readonly token: string
  readonly pool: string
  readonly account: Credentials
}

/** A start that failed, and when, in milliseconds since the epoch. */
export interface StartFailure {
  readonly error: PorticoError
  readonly at: number
}

/** Whether the pool ends for good: another one of its name begins anew. */
const isGoing = ({ state }: ApplicationPool) => state.is === 'stopping' && state.why !== 'administrator'

/** Whether it is the same application in the same pool: what was loaded of the one is the other. */
const isSame = (one: Deployed, other: Deployed) =>
  one.pool === other.pool && one.folder === other.folder && one.version === other.version

const poolKey = (name: string) => name.toLowerCase()

export class ActivationManager {
  readonly starts: PacedStarts
  readonly waiting: PoolQueues
  readonly standbys: StandbyProcesses
  readonly #options: ManagerOptions
  readonly #pools = new Map<string, ApplicationPool>()
  /** Those that are no longer configured and still end; another one may have their name by now. */
  readonly #leaving = new Set<ApplicationPool>()
  readonly #memory: MemoryPressure
  /** Applications whose files still arrive. */
  readonly #arriving = new Tally()
  readonly #failures = new Map<string, StartFailure>()
  #deployed: ReadonlyMap<string, Deployed> = new Map()
  #limits: MachineLimits

  constructor(options: ManagerOptions, limits: MachineLimits) {
    const { clock, log } = options
    this.#options = options
    this.#limits = limits
    this.starts = new PacedStarts(clock, limits.startConcurrency)
    this.waiting = new PoolQueues({
      clock,
      bounds: (pool) => this.pool(pool)?.settings.waiting,
      awaited: (pool, application) => this.awaited(pool, application),
    })
    this.#memory = new MemoryPressure({ clock, log, memoryInUse, changed: () => this.#idleShareChanged() })
    const { launcher, standbyOrder: order } = options
    this.standbys = new StandbyProcesses({ launcher, clock, log, order, isBusy: () => this.#isStarting })
    launcher.on('exited', (id, how) => {
      void this.#worker(id)?.exited(how)
      this.standbys.exited(id, how)
    })
  }

  get pools(): Iterable<ApplicationPool> {
    return new Set([...this.#pools.values(), ...this.#leaving])
  }

  /** Throws POOL_UNKNOWN. */
  named(name: string): ApplicationPool {
    const pool = this.pool(name)
    if (pool) return pool
    const known = Array.from(this.#pools.values(), ({ settings }) => settings.name)
    throw new PorticoError('POOL_UNKNOWN', { pool: name, known })
  }

  pool(name: string): ApplicationPool | undefined {
    return this.#pools.get(poolKey(name))
  }

  /** Of the idle timeouts that are configured: less than 1 while memory is scarce. */
  get idleShare(): number {
    return this.#memory.share
  }

  /** Worker processes that run because somebody connected, and how many may. */
  get demandStarts(): { readonly count: number; readonly limit: number } {
    return { count: startedOnDemand(this.pools), limit: this.#limits.demandStartThreshold }
  }

  /** What those that wait for the application wait for now. */
  awaited(pool: string, application: string): Awaited {
    const known = this.pool(pool)
    const workers = Array.from(known?.workers ?? [], (worker) => {
      const { state, application: of } = worker.facts(application)
      return { state, application: of, waitsForTurn: this.starts.isWaiting(worker.id) }
    })
    const isActive = known?.isActive(application) ?? false
    return awaited({ isActive, filesArrive: this.#arriving.has(application), workers })
  }

  /** Puts limits, pools and applications in force; what is gone drains. */
  apply(limits: MachineLimits, pools: Iterable<PoolSettings>, applications: Iterable<Deployed>): void {
    this.#limits = limits
    this.starts.resize(limits.startConcurrency)
    this.#memory.configure(limits.dynamicIdleThreshold)
    const before = this.#deployed
    this.#deployed = new Map(Array.from(applications, (application) => [application.id, application]))
    for (const application of before.values()) {
      const now = this.#deployed.get(application.id)
      if (!now || !isSame(now, application)) this.#remove(application)
    }
    const gone = new Set(this.#pools.keys())
    const preload = Map.groupBy(
      [...this.#deployed.values()].filter((application) => application.preload),
      ({ pool }) => poolKey(pool),
    )
    for (const settings of pools) {
      const key = poolKey(settings.name)
      gone.delete(key)
      const known = this.#pools.get(key)
      const pool = known && !isGoing(known) ? known : this.#create(settings)
      this.#pools.set(key, pool)
      pool.configure(settings, preload.get(key) ?? [])
    }
    for (const key of gone) void this.#removePool(key)
    this.waiting.configured(this.#deployed)
  }

  /** Finds what an earlier run of Portico left running, so that its worker processes can come back. */
  async adoptSurvivors(): Promise<number> {
    const survivors = await this.#options.launcher.survivors()
    let adopted = 0
    for (const survivor of survivors) if (await this.#adopt(survivor)) adopted++
    return adopted
  }

  /** The folders of the applications that are loaded, or loading. */
  get loadedFolders(): ReadonlySet<string> {
    const loaded = Array.from(this.#pools.values()).flatMap(({ loaded }) => loaded)
    return new Set(loaded.flatMap((id) => this.#deployed.get(id)?.folder ?? []))
  }

  /** Files in the folder have changed: worker processes that have loaded its applications are replaced. */
  codeChanged(folder: string): void {
    for (const { id, pool, folder: own } of this.#deployed.values())
      if (own === folder) this.pool(pool)?.codeChanged(id)
  }

  /**
   * Claims a worker process of the application's pool, with the application loaded. One that is moved to another pool, or
   * replaced, while it is waited for is asked for where it is then.
   */
  async hold(application: string, signal: AbortSignal, connection?: OnItsWay): Promise<Hold> {
    const deployed = this.#deployed.get(application)
    const pool = deployed && this.pool(deployed.pool)
    if (!deployed || !pool) throw new PorticoError('NO_APPLICATION', { via: application })
    try {
      const hold = await pool.hold(deployed, signal, connection)
      this.#failures.delete(application)
      return hold
    } catch (error) {
      if (!signal.aborted && this.#isElsewhere(deployed, pool)) return this.hold(application, signal, connection)
      if (error instanceof PorticoError && error.reply === 'ServiceActivationFailed')
        this.#failures.set(application, { error, at: this.#options.clock.now() })
      throw error
    }
  }

  /** Why the application did not start the last time, as long as it hasn't since. */
  lastFailure(application: string): StartFailure | undefined {
    return this.#failures.get(application)
  }

  /**
   * Takes the channel of a process that presents `token`, after `greet`; false when it isn't the process that the token was
   * given to, or has come already.
   */
  async connected(
    token: string,
    channel: WorkerChannel,
    open: number,
    greet: (worker: string, pool: PoolSettings) => void,
  ): Promise<boolean> {
    for (const pool of this.#pools.values()) {
      for (const worker of pool.workers) {
        if (worker.token !== token) continue
        if (!(await worker.isItself(channel.peer))) return false
        greet(worker.id, pool.settings)
        worker.attach(channel, open)
        pool.reconsider()
        return true
      }
    }
    return false
  }

  /** Ends every worker process in an orderly way; resolves when the last one has gone. */
  async stop(): Promise<void> {
    this.#memory[Symbol.dispose]()
    await Promise.all([this.standbys.close(), ...Array.from(this.pools, (pool) => pool.stop('shutdown'))])
  }

  /** Ends the worker processes of a pool, or one of them, at once: they are beyond a limit. */
  end(why: 'cpuLimit' | 'memoryLimit', pool: string, id?: string): void {
    for (const worker of this.pool(pool)?.workers ?? []) if (id === undefined || worker.id === id) worker.end(why)
  }

  /** Ends every worker process at once. */
  hurry(): void {
    for (const pool of this.pools) pool.hurry()
  }

  #create(settings: PoolSettings): ApplicationPool {
    const { clock, log, launcher, accountOf, ready, lastOutput, act } = this.#options
    const pool: ApplicationPool = new ApplicationPool(settings, {
      clock,
      log,
      accountOf,
      ready: (application, pool, signal) =>
        this.#arriving.during(application.id, () => ready(application, pool, signal)),
      assertMayLaunch: (cause, pool) =>
        assertMayStartOnDemand(cause, pool, this.pools, this.#limits.demandStartThreshold),
      idleShare: () => this.#memory.share,
      newWorkerId: (name) => ({ id: `${name}-${randomBytes(4).toString('hex')}`, token: randomUUID() }),
      launch: async (worker, signal) => {
        const turn = await this.starts.take(worker.id, () => this.#urgencyOf(worker, pool), signal)
        worker.applications.reached('turn to start')
        try {
          const started = await this.#start(worker, pool.settings, signal)
          return { ...started, waitedMs: turn.waitedMs, [Symbol.dispose]: turn[Symbol.dispose] }
        } catch (error) {
          turn[Symbol.dispose]()
          throw error
        }
      },
      remove: (worker) => launcher.remove(worker.id),
      release: (worker) => launcher.release(worker.id),
      act,
      lastOutput: (worker) => lastOutput(worker.id, settings.name, worker.startedAt),
      deployed: (application) => {
        const deployed = this.#deployed.get(application)
        return deployed && this.pool(deployed.pool) === pool ? deployed : undefined
      },
      memoryOf: processMemory,
      changed: () => {
        this.#options.loadedChanged()
        this.standbys.look()
      },
    })
    return pool
  }

  /** What a start is for now: clients may have come to wait for it since it was asked for. */
  #urgencyOf(worker: WorkerProcess, pool: ApplicationPool): Urgency {
    const queue = this.waiting.of(pool.settings.name)
    const areClientsWaiting = worker.applications.in('asked').some((id) => !pool.isActive(id) && queue.of(id).count > 0)
    return areClientsWaiting ? 'connection' : (worker.cause?.reason ?? 'connection')
  }

  #idleShareChanged(): void {
    for (const { workers } of this.pools) for (const worker of workers) worker.idleShareChanged()
  }

  /** A process for the worker process: a standby process that becomes it, or else a fresh one. */
  async #start({ id, token }: WorkerProcess, pool: PoolSettings, signal: AbortSignal): Promise<Started> {
    const { launcher, order } = this.#options
    const asked = await order(id, token, pool)
    const standby = this.standbys.whyNot(pool) === undefined ? await this.standbys.take(asked) : undefined
    const { pid } = standby ?? (await launcher.launch(asked, signal))
    return { pid, wasStandby: standby !== undefined }
  }

  /** Whether a worker process or an application in one is starting. */
  get #isStarting(): boolean {
    for (const pool of this.pools)
      for (const { state, applications } of pool.workers)
        if (state.is === 'launching' || applications.isLoading) return true
    return false
  }

  async #adopt({ worker, pid, env }: LaunchedProcess): Promise<boolean> {
    const identified = this.#options.identify(env)
    // One of an earlier run ends by itself, unless it has not come so far yet.
    if (identified === 'standby') return this.#options.launcher.remove(worker).then(() => false)
    const pool = identified && this.pool(identified.pool)
    if (identified && pool?.state.is === 'started' && this.#isOf(pool, pid, identified.account)) {
      pool.adopt(worker, identified, pid)
      this.#options.log.info('worker.found', { pool: identified.pool, worker, pid })
      return true
    }
    this.#options.log.warn('worker.unwanted', { worker, pid, pool: identified?.pool })
    await this.#options.launcher.remove(worker)
    return false
  }

  /** Whether the kernel names the account that the process says, and it is the pool's: anybody can choose an environment. */
  #isOf(pool: ApplicationPool, pid: number, account: Credentials): boolean {
    const actual = processCredentials(pid)
    if (!actual || !isSameAccount(actual, account)) return false
    try {
      return isSameAccount(this.#options.accountOf(pool.settings), account)
    } catch {
      return true // the pool may have no process now: this one finishes what it has
    }
  }

  /** Whether the application is still deployed, and not as it was, or not in that pool. */
  #isElsewhere(application: Deployed, pool: ApplicationPool): boolean {
    const now = this.#deployed.get(application.id)
    return now !== undefined && (!isSame(now, application) || this.pool(now.pool) !== pool)
  }

  #remove({ id, pool }: Deployed): void {
    this.pool(pool)?.removeApplication(id)
    this.#failures.delete(id)
  }

  async #removePool(key: string): Promise<void> {
    const pool = this.#pools.get(key)
    if (!pool) return
    this.#leaving.add(pool)
    await pool.stop('removed')
    this.#leaving.delete(pool)
    if (this.#pools.get(key) === pool) this.#pools.delete(key)
  }

  #worker(id: string): WorkerProcess | undefined {
    for (const pool of this.pools) for (const worker of pool.workers) if (worker.id === id) return worker
    return undefined
  }
}
