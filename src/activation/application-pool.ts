/** One application pool: owns its worker processes and finds one for every need. */
import { EventEmitter } from 'node:events'
import { isDeepStrictEqual } from 'node:util'
import { PorticoError } from '#base/errors.ts'
import { orAbort } from '#base/signal.ts'
import { type Credentials, isSameAccount } from '#identity/credentials.ts'
import { AlwaysRunning } from './always-running.ts'
import { CodeChanges } from './code-changes.ts'
import type { Wanted } from './hosted-applications.ts'
import { askedFor, keptRunning, type LaunchCause, type OnItsWay, toTakeOver } from './launch-cause.ts'
import { disown } from './orphans.ts'
import { PoolProtection } from './pool-protection.ts'
import type { PoolSettings, RecycleReason } from './pool-settings.ts'
import { nextPool, type PoolEvent, type PoolState, place, type StopReason } from './pool-state.ts'
import type { PoolSurroundings } from './pool-surroundings.ts'
import { RecycleTriggers } from './recycle-triggers.ts'
import type { Registration, ServiceReport } from './worker-channel.ts'
import { WorkerProcess } from './worker-process.ts'
import { canTakeMore, isConnected } from './worker-state.ts'

/** A claim on a worker process in which the application is loaded; disposing releases it. */
export interface Hold extends Disposable {
  readonly registration: Registration
}

/** What came of a recycle: an error is why the new worker process did not take over. */
export type Recycled = 'replaced' | 'nothing runs' | PorticoError

/** How many worker processes may end under a waiting connection before it is given up. */
const greatestAttempts = 3

export class ApplicationPool {
  readonly #around: PoolSurroundings
  readonly #turned = new EventEmitter<{ turn: [] }>().setMaxListeners(0)
  readonly #workers = new Set<WorkerProcess>()
  readonly #suspects = new Set<string>()
  readonly #alwaysRunning: AlwaysRunning
  readonly #protection: PoolProtection
  #settings: PoolSettings
  #state: PoolState
  #current: WorkerProcess | undefined
  #upcoming: WorkerProcess | undefined
  #blocked: PorticoError | undefined
  /** The worker process that is to take over from the current one, once it has loaded the same applications. */
  #successor: { readonly worker: WorkerProcess | undefined } | undefined
  #recycling: Promise<Recycled> | undefined
  #notRecycled: PorticoError | undefined
  /** What worker processes are started with, or files that they have loaded, changed after the last one was started. */
  #isOutdated = false
  /** Those that were replaced because of that: a connection that waited for one has lost nothing. */
  readonly #outdated = new WeakSet<WorkerProcess>()
  readonly #codeChanges: CodeChanges
  readonly #triggers: RecycleTriggers

  constructor(settings: PoolSettings, around: PoolSurroundings) {
    this.#settings = settings
    this.#around = around
    this.#state = settings.autoStart ? { is: 'started' } : { is: 'stopped', why: 'autoStart' }
    this.#protection = new PoolProtection({ ...around, settings: () => this.#settings })
    this.#alwaysRunning = new AlwaysRunning({
      clock: around.clock,
      log: around.log,
      name: settings.name,
      shouldRun: () =>
        this.#settings.startMode === 'AlwaysRunning' &&
        this.#state.is === 'started' &&
        this.#protection.isClosed &&
        !this.#mustEndFirst,
      current: () => this.#current,
      launch: () => void this.#launch(keptRunning),
      ready: (wanted, signal) => this.#ready(wanted, signal),
    })
    this.#codeChanges = new CodeChanges({
      clock: around.clock,
      log: around.log,
      settings: () => this.#settings,
      current: () => this.#current,
      recycle: () => this.#replaceOutdated(),
    })
    this.#triggers = new RecycleTriggers({
      clock: around.clock,
      settings: () => this.#settings.recycling,
      watched: () => (this.#current && isConnected(this.#current.state) ? this.#current : undefined),
      memoryOf: (pid) => around.memoryOf(pid),
      due: (why) => void this.recycle(why),
    })
  }

  get settings(): PoolSettings {
    return this.#settings
  }

  get state(): PoolState {
    return this.#state
  }

  get workers(): Iterable<WorkerProcess> {
    return this.#workers
  }

  /** Why no worker process could be started the last time, if that was so. */
  get blocked(): PorticoError | undefined {
    return this.#blocked
  }

  /** Why no worker process starts because others have failed, and until when; undefined while that isn't so. */
  get failing(): PoolProtection['failing'] {
    return this.#protection.failing
  }

  /** Puts other settings in force; worker processes that run keep what they were started with. */
  configure(settings: PoolSettings, preload: readonly Wanted[]): void {
    if (!isDeepStrictEqual(settings, this.#settings)) this.#protection.reset()
    const before = this.#settings
    this.#settings = settings
    this.#alwaysRunning.configure(preload)
    this.#triggers.configured()
    if (settings.autoStart && this.#state.is === 'stopped' && this.#state.why === 'autoStart')
      this.#turn({ is: 'started' }, 'autoStart')
    else if (!settings.autoStart && this.#state.is === 'started' && this.#workers.size === 0)
      this.#turn({ is: 'stopped', why: 'autoStart' }, 'autoStart')
    this.reconsider()
    const isAsStarted = isDeepStrictEqual(startedWith(before), startedWith(settings))
    if (!isAsStarted && !settings.recycling.disallowRotationOnConfigChange) this.#replaceOutdated()
    if (this.#blocked) this.#alwaysRunning.soon()
    this.#alwaysRunning.look()
  }

  /**
   * Takes connections again, after an administrator stopped it, its configuration had it wait for one, or its worker processes
   * kept failing. False: it does already.
   */
  start(): boolean {
    const before = this.#state
    const wasFailing = !this.#protection.isClosed
    this.#protection.reset()
    this.#to({ type: 'startAsked' })
    if (this.#state === before && !wasFailing) return false
    this.#alwaysRunning.soon()
    this.#alwaysRunning.look()
    this.#turned.emit('turn')
    return true
  }

  /**
   * Replaces the worker process by a fresh one: that loads the same applications first, then connections go to it, and the
   * old one finishes its own. One that can't load them goes, and the old one stays; the result says so. A recycle that is
   * under way is joined.
   */
  recycle(why: RecycleReason): Promise<Recycled> {
    this.#recycling ??= this.#recycle(why).finally(() => {
      this.#recycling = undefined
      this.#renew()
    })
    return this.#recycling
  }

  /** Files of an application have changed: the worker process is replaced, if it has loaded that. */
  codeChanged(application: string): void {
    this.#codeChanges.changed(application)
  }

  /** The applications that a worker process which takes connections has loaded, or is loading. */
  get loaded(): readonly string[] {
    const { applications } = this.#current ?? {}
    return applications
      ? [...applications.in('active'), ...applications.in('activating'), ...applications.in('asked')]
      : []
  }

  /** Why the worker process could not be replaced the last time, as long as it has not been since. */
  get notRecycled(): PorticoError | undefined {
    return this.#notRecycled
  }

  /**
   * Worker processes under another account than the pool has now, and all of them when it may not share ports any more,
   * finish what they have and take nothing new.
   */
  reconsider(): void {
    if (this.#workers.size === 0 || this.#state.is !== 'started') return
    let account: Credentials | undefined
    try {
      account = this.#account()
    } catch {
      // Told already; nothing may run.
    }
    for (const worker of this.#workers)
      if (!account || !isSameAccount(worker.account, account)) worker.drain('recycled')
  }

  /** Whether the application is loaded and takes connections. */
  isActive(application: string): boolean {
    return this.#current?.facts(application).application === 'active' && canTakeMore(this.#current.state)
  }

  /** What the worker process that takes its connections has reported of the services within the application. */
  services(application: string): readonly ServiceReport[] {
    return this.#current?.services.of(application) ?? []
  }

  /** Claims a worker process with the application loaded, starting what is missing and joining what is under way. */
  async hold(wanted: Wanted, signal: AbortSignal, connection?: OnItsWay): Promise<Hold> {
    for (let attempts = 0; attempts < greatestAttempts; ) {
      this.#assertStarted()
      if (!this.isActive(wanted.id)) await this.#ready(wanted, signal)
      this.#assertStarted()
      const worker = this.#place(wanted.id, connection)
      if (!worker) {
        await this.#nextTurn(signal)
        continue
      }
      const claim = worker.hold()
      try {
        const needed = worker.need(wanted)
        if (!this.isActive(wanted.id)) this.#around.changed()
        const activated = await orAbort(needed, signal)
        if (activated.is === 'active')
          return { registration: activated.registration, [Symbol.dispose]: claim[Symbol.dispose] }
      } catch (error) {
        claim[Symbol.dispose]()
        throw error
      }
      claim[Symbol.dispose]()
      if (!worker.suspects.includes(wanted.id) && !this.#outdated.has(worker)) attempts++
    }
    const args = { app: wanted.id, pool: this.#settings.name, count: greatestAttempts }
    throw new PorticoError('WORKERS_KEEP_ENDING', args)
  }

  /** A process that has been running since before Portico started. */
  adopt(id: string, { token, account }: { token: string; account: Credentials }, pid: number): WorkerProcess {
    const worker = this.#add(id, token, account)
    worker.rejoin(pid)
    return worker
  }

  /** The application is no longer deployed, or no longer in this pool. */
  removeApplication(id: string): void {
    for (const worker of this.#workers) worker.removeApplication(id)
  }

  /** Ends the pool's worker processes in an orderly way; resolves when the last one has gone. */
  async stop(why: StopReason): Promise<void> {
    if (why !== 'administrator') {
      this.#alwaysRunning[Symbol.dispose]()
      this.#triggers[Symbol.dispose]()
    }
    this.#to({ type: 'stopAsked', why })
    if (this.#workers.size === 0) this.#to({ type: 'lastWorkerExited' })
    this.#turned.emit('turn')
    for (const worker of this.#workers) worker.drain('shutdown')
    while (this.#workers.size > 0 && this.#state.is !== 'started') await this.#nextTurn()
  }

  /** Ends the pool's worker processes at once. */
  hurry(): void {
    for (const worker of this.#workers) worker.end('shutdown')
  }

  /** Resolves when the application may be loaded in this pool; throws why it may not. */
  async #ready(wanted: Wanted, signal: AbortSignal): Promise<void> {
    this.#account()
    await this.#around.ready(wanted, this.#settings, signal)
  }

  #assertStarted(): void {
    const stopped = this.#stopped
    if (stopped) throw stopped
  }

  /** Why nothing is taken; undefined in a pool that is started. */
  get #stopped(): PorticoError | undefined {
    if (this.#state.is === 'started') return undefined
    if (this.#state.why === 'shutdown') return new PorticoError('SHUTTING_DOWN', {})
    return new PorticoError('POOL_STOPPED', { pool: this.#settings.name, why: stoppedBecause[this.#state.why] })
  }

  /** While the protection is open, a need that an active application doesn't meet is refused. */
  #place(id: string, connection: OnItsWay | undefined): WorkerProcess | undefined {
    if (!this.isActive(id)) this.#protection.assertMayStart()
    if (this.#mustEndFirst) return undefined
    switch (place(this.#current?.facts(id), this.#upcoming?.facts(id))) {
      case 'current':
        return this.#current
      case 'upcoming':
        return this.#upcoming
      case 'launch':
        return this.#launch(askedFor(id, connection))
      case 'wait':
        return undefined
    }
  }

  /** Whether a worker process has to end before another one may start. */
  get #mustEndFirst(): boolean {
    const isServed = this.#current !== undefined || this.#upcoming !== undefined
    return this.#settings.recycling.disallowOverlappingRotation && !isServed && this.#workers.size > 0
  }

  /** The applications that are loaded there and still deployed. */
  #hosted(worker: WorkerProcess): Wanted[] {
    return worker.applications.in('active').flatMap((id) => this.#around.deployed(id) ?? [])
  }

  #replaceOutdated(): void {
    this.#isOutdated = true
    this.#renew()
  }

  /** A change that came during a recycle, or a start, was too late for that one. */
  #renew(): void {
    if (!this.#isOutdated || this.#recycling) return
    const worker = this.#current
    if (worker?.state.is === 'launching') return // it is replaced as soon as it's there
    this.#isOutdated = false
    if (worker) this.#outdated.add(worker)
    void this.recycle('ConfigChange')
  }

  async #recycle(why: RecycleReason): Promise<Recycled> {
    const old = this.#current
    const stopped = this.#stopped
    if (stopped) return stopped
    if (!old || !isConnected(old.state)) return 'nothing runs'
    this.#tellRecycling(old, why)
    const wanted = this.#hosted(old)
    this.#successor = { worker: undefined }
    try {
      this.#protection.assertMayStart() // it goes on serving while nothing else may start
      if (this.#settings.recycling.disallowOverlappingRotation || wanted.length === 0) {
        old.drain('recycled')
        return 'replaced'
      }
      return await this.#overlap(old, wanted)
    } catch (error) {
      const failure = asPorticoError(error)
      const stopped = this.#stopped
      if (stopped) return stopped // that it ends is no news of its worker process
      const { log } = this.#around
      log.error('pool.notRecycled', { pool: this.#settings.name, worker: old.id, code: failure.code, error: failure })
      this.#notRecycled = failure
      if (why === 'ConfigChange') this.#triggers.owed(why)
      return failure
    } finally {
      this.#successor = undefined
      this.#takeOver()
      this.#triggers.look()
    }
  }

  async #overlap(old: WorkerProcess, wanted: readonly Wanted[]): Promise<'replaced'> {
    const { signal } = new AbortController()
    for (const each of wanted) await this.#ready(each, signal)
    this.#assertStarted()
    if (this.#current !== old || !canTakeMore(old.state)) return 'replaced' // by something else meanwhile
    const worker = this.#upcoming ?? this.#launch(toTakeOver)
    this.#successor = { worker }
    try {
      const claim = worker.hold()
      const loaded = await Promise.all(wanted.map((each) => this.#loaded(worker, each))).finally(() =>
        claim[Symbol.dispose](),
      )
      if (loaded.includes('gone'))
        throw new PorticoError('SUCCESSOR_LOST', { pool: this.#settings.name, worker: worker.id })
    } catch (error) {
      if (this.#current === old) worker.drain('recycled') // it took over meanwhile, if the old one is gone
      throw error
    }
    this.#notRecycled = undefined
    return 'replaced'
  }

  async #loaded(worker: WorkerProcess, wanted: Wanted): Promise<'active' | 'gone' | 'removed'> {
    try {
      return (await worker.need(wanted)).is
    } catch (error) {
      if (!this.#around.deployed(wanted.id)) return 'removed' // meanwhile: nothing is missing
      throw error
    }
  }

  #tellRecycling(worker: WorkerProcess, why: RecycleReason): void {
    if (!this.#settings.recycling.logged.includes(why)) return
    const fields = { pool: this.#settings.name, worker: worker.id, pid: worker.pid, why }
    this.#around.log.info('pool.recycling', { ...fields, windowsEventId: recycleEventIds[why] })
  }

  /** Throws why there can't be a worker process. */
  #launch(cause: LaunchCause): WorkerProcess {
    const account = this.#account()
    const { id, token } = this.#around.newWorkerId(this.#settings.name)
    const worker = this.#add(id, token, account)
    if (this.#suspects.size > 0) worker.loadOneByOne()
    this.#protection.started(id)
    void worker.launch(cause)
    return worker
  }

  /** The account of the pool; what is in the way is told once. */
  #account(): Credentials {
    const before = this.#blocked
    try {
      const account = this.#around.accountOf(this.#settings)
      this.#blocked = undefined
      if (before) this.#around.log.info('pool.unblocked', { pool: this.#settings.name })
      return account
    } catch (error) {
      if (!(error instanceof PorticoError)) throw error
      this.#blocked = error
      if (before?.message !== error.message)
        this.#around.log.error('pool.blocked', { pool: this.#settings.name, code: error.code, error })
      throw error
    }
  }

  #add(id: string, token: string, account: Credentials): WorkerProcess {
    const { clock, log, launch, remove, lastOutput } = this.#around
    const settings = () => this.#settings
    const worker = new WorkerProcess(id, token, account, {
      ...{ clock, log, launch, remove, lastOutput, settings },
      isDeployed: (application) => this.#around.deployed(application) !== undefined,
      disown: (worker) => disown(worker, { ...this.#around, settings }),
      turned: (worker) => this.#protection.turned(worker),
      served: () => this.#triggers.look(),
      changed: (worker) => this.#changed(worker),
    })
    this.#workers.add(worker)
    if (this.#current && canTakeMore(this.#current.state)) this.#upcoming = worker
    else {
      this.#current = worker
      this.#isOutdated = false
    }
    return worker
  }

  #changed(worker: WorkerProcess): void {
    for (const id of worker.suspects) this.#suspects.add(id)
    for (const id of this.#suspects)
      if (worker.applications.state(id) === 'active' || worker.applications.spent.has(id)) this.#suspects.delete(id)
    if (worker.state.is === 'exited') this.#workers.delete(worker)
    if (worker.state.is === 'ready') this.#alwaysRunning.succeeded()
    this.#takeOver()
    if (this.#workers.size === 0) this.#to({ type: 'lastWorkerExited' })
    this.#alwaysRunning.look()
    this.#triggers.look()
    this.#turned.emit('turn')
    this.#around.changed()
    this.#codeChanges.look()
    this.#renew()
  }

  /** The upcoming worker process becomes the current one when it serves an application, or when that one is gone. */
  #takeOver(): void {
    if (this.#upcoming && !canTakeMore(this.#upcoming.state)) this.#upcoming = undefined
    if (this.#current && !canTakeMore(this.#current.state)) this.#current = undefined
    const { state } = this.#upcoming ?? {}
    if (!this.#upcoming || (this.#current && state?.is !== 'ready')) return
    if (this.#current && this.#successor?.worker === this.#upcoming) return // it has not loaded everything yet
    const before = this.#current
    this.#current = this.#upcoming
    this.#upcoming = undefined
    before?.drain('recycled')
  }

  #to(event: PoolEvent): void {
    const state = nextPool(this.#state, event)
    if (state !== this.#state) this.#turn(state, 'why' in state ? state.why : undefined)
  }

  #turn(state: PoolState, why: string | undefined): void {
    this.#state = state
    this.#around.log.info(`pool.${state.is}`, { pool: this.#settings.name, why })
  }

  async #nextTurn(signal?: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#turned.once('turn', resolve)
    try {
      await (signal ? orAbort(promise, signal) : promise)
    } finally {
      this.#turned.off('turn', resolve)
    }
  }
}

/** What a worker process is started with and keeps: a change of it is in force with the next one. */
const startedWith = ({ environment, nodeArguments, identity }: PoolSettings) => ({
  environment,
  nodeArguments,
  identity,
})

/** The events that WAS logs for the same. */
const recycleEventIds = {
  Time: 5074,
  Requests: 5075,
  Schedule: 5076,
  Memory: 5077,
  OnDemand: 5079,
  ConfigChange: 5080,
  PrivateMemory: 5117,
} as const satisfies Record<RecycleReason, number>

const stoppedBecause = {
  administrator: 'an administrator stopped it',
  autoStart: 'autoStart is false and nobody has started it',
  removed: 'it is no longer configured',
  shutdown: 'Portico is shutting down',
} as const

function asPorticoError(error: unknown): PorticoError {
  if (error instanceof PorticoError) return error
  throw error
}
