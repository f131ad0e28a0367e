/** One application pool: its state, its seats with their worker processes, and a place in one of them for every need. */
import { EventEmitter } from 'node:events'
import { isDeepStrictEqual } from 'node:util'
import { PorticoError } from '#base/errors.ts'
import { orAbort } from '#base/signal.ts'
import { type Credentials, isSameAccount } from '#identity/credentials.ts'
import { AlwaysRunning } from './always-running.ts'
import { CodeChanges } from './code-changes.ts'
import { type ConnectionJourney, foundAs } from './connection-journey.ts'
import type { Wanted } from './hosted-applications.ts'
import { askedFor, keptRunning, type LaunchCause, type OnItsWay } from './launch-cause.ts'
import { disown } from './orphans.ts'
import { PoolProtection } from './pool-protection.ts'
import type { PoolSettings, RecycleReason } from './pool-settings.ts'
import { nextPool, type PoolEvent, type PoolState, type StopReason } from './pool-state.ts'
import type { PoolSurroundings } from './pool-surroundings.ts'
import type { Recycled, Seat } from './seat.ts'
import { Seats } from './seats.ts'
import type { Registration, ServiceReport } from './worker-channel.ts'
import { WorkerProcess } from './worker-process.ts'

/** A claim on a worker process in which the application is loaded; disposing releases it. */
export interface Hold extends Disposable {
  readonly registration: Registration
}

/** How many worker processes may end under a waiting connection before it is given up. */
const greatestAttempts = 3

export class ApplicationPool {
  readonly #around: PoolSurroundings
  readonly #turned = new EventEmitter<{ turn: [] }>().setMaxListeners(0)
  readonly #seats: Seats
  readonly #suspects = new Set<string>()
  readonly #alwaysRunning: AlwaysRunning
  readonly #protection: PoolProtection
  #settings: PoolSettings
  #state: PoolState
  #blocked: PorticoError | undefined
  readonly #codeChanges: CodeChanges

  constructor(settings: PoolSettings, around: PoolSurroundings) {
    this.#settings = settings
    this.#around = around
    this.#state = settings.autoStart ? { is: 'started' } : { is: 'stopped', why: 'autoStart' }
    this.#protection = new PoolProtection({ ...around, settings: () => this.#settings })
    this.#seats = new Seats({
      ...around,
      settings: () => this.#settings,
      stopped: () => this.#stopped,
      assertMayStart: () => this.#protection.assertMayStart(),
      launch: (seat, cause) => this.#launch(seat, cause),
      ready: async (wanted) => {
        await this.#ready(wanted, new AbortController().signal)
        this.#assertStarted()
      },
    })
    this.#alwaysRunning = new AlwaysRunning({
      clock: around.clock,
      log: around.log,
      name: settings.name,
      shouldRun: () =>
        this.#settings.startMode === 'AlwaysRunning' && this.#state.is === 'started' && !this.#seats.mustEndFirst,
      untilMayStart: () => this.#protection.untilMayStart,
      current: () => this.#seats.current,
      launch: () => void this.#launch(this.#seats.vacant, keptRunning),
      ready: (wanted, signal) => this.#ready(wanted, signal),
    })
    this.#codeChanges = new CodeChanges({
      clock: around.clock,
      log: around.log,
      settings: () => this.#settings,
      stateOf: (application) => this.#seats.stateOf(application),
      recycle: () => void this.recycle('ConfigChange'),
    })
  }

  get settings(): PoolSettings {
    return this.#settings
  }

  get state(): PoolState {
    return this.#state
  }

  get workers(): readonly WorkerProcess[] {
    return this.#seats.workers
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
    if (!isDeepStrictEqual(settings, this.#settings)) {
      this.#settings = settings
      this.#protection.reset()
    }
    this.#alwaysRunning.configure(preload)
    if (settings.autoStart && this.#state.is === 'stopped' && this.#state.why === 'autoStart')
      this.#turn({ is: 'started' }, 'autoStart')
    else if (!settings.autoStart && this.#state.is === 'started' && this.#seats.workers.length === 0)
      this.#turn({ is: 'stopped', why: 'autoStart' }, 'autoStart')
    this.reconsider()
    this.#seats.configured()
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
   * Replaces the worker processes by fresh ones, one after the other: each loads the same applications first, then
   * connections go to it, and the old one finishes its own. One that can't load them goes, and the old one stays; the
   * result says so. A recycle that is under way is joined.
   */
  recycle(why: RecycleReason): Promise<Recycled> {
    return this.#seats.recycle(why)
  }

  /** Files of an application have changed: worker processes that have loaded it are replaced. */
  codeChanged(application: string): void {
    this.#codeChanges.changed(application)
  }

  /** The applications that worker processes which take connections have loaded, or are loading. */
  get loaded(): readonly string[] {
    return this.#seats.loaded
  }

  /** Why a worker process could not be replaced the last time, as long as it has not been since. */
  get notRecycled(): PorticoError | undefined {
    return this.#seats.notRecycled
  }

  /**
   * Worker processes under another account than the pool has now, and all of them when it may not share ports any more,
   * finish what they have and take nothing new.
   */
  reconsider(): void {
    const { workers } = this
    if (workers.length === 0 || this.#state.is !== 'started') return
    let account: Credentials | undefined
    try {
      account = this.#account()
    } catch {
      // Told already; nothing may run.
    }
    for (const worker of workers) if (!account || !isSameAccount(worker.account, account)) worker.drain('recycled')
  }

  /** Whether the application is loaded and takes connections. */
  isActive(application: string): boolean {
    return this.#seats.having(application) !== undefined
  }

  /** What a worker process that takes its connections has reported of the services within the application. */
  services(application: string): readonly ServiceReport[] {
    return this.#seats.having(application)?.services.of(application) ?? []
  }

  /** Claims a worker process with the application loaded, starting what is missing and joining what is under way. */
  async hold(wanted: Wanted, signal: AbortSignal, connection?: OnItsWay): Promise<Hold> {
    for (let attempts = 0; attempts < greatestAttempts; ) {
      this.#assertStarted()
      if (!this.isActive(wanted.id)) {
        await this.#ready(wanted, signal)
        connection?.journey?.reached('files are there')
      }
      this.#assertStarted()
      const worker = this.#place(wanted, connection)
      if (!worker) {
        await this.#nextTurn(signal)
        continue
      }
      if (connection?.journey) this.#notePlace(connection.journey, connection.number, worker, wanted)
      const claim = worker.hold()
      try {
        const needed = worker.need(wanted, connection?.journey)
        if (!this.isActive(wanted.id)) this.#around.changed()
        const activated = needed instanceof Promise ? await orAbort(needed, signal) : needed
        if (activated.is === 'active')
          return { registration: activated.registration, [Symbol.dispose]: claim[Symbol.dispose] }
      } catch (error) {
        claim[Symbol.dispose]()
        throw error
      }
      claim[Symbol.dispose]()
      // One that was replaced for other settings has lost nothing.
      if (!worker.suspects.includes(wanted.id) && worker.settings === this.#settings) attempts++
    }
    const args = { app: wanted.id, pool: this.#settings.name, count: greatestAttempts }
    throw new PorticoError('WORKERS_KEEP_ENDING', args)
  }

  /** A process that has been running since before Portico started. */
  adopt(id: string, { token, account }: { token: string; account: Credentials }, pid: number): WorkerProcess {
    const worker = this.#add(this.#seats.vacant, id, token, account)
    worker.rejoin(pid)
    return worker
  }

  /** The application is no longer deployed, or no longer in this pool. */
  removeApplication(id: string): void {
    for (const worker of this.workers) worker.removeApplication(id)
  }

  /** Ends the pool's worker processes in an orderly way; resolves when the last one has gone. */
  async stop(why: StopReason): Promise<void> {
    if (why !== 'administrator') {
      this.#alwaysRunning[Symbol.dispose]()
      this.#seats[Symbol.dispose]()
    }
    this.#to({ type: 'stopAsked', why })
    if (this.workers.length === 0) this.#to({ type: 'lastWorkerExited' })
    this.#turned.emit('turn')
    for (const worker of this.workers) worker.drain('shutdown')
    while (this.workers.length > 0 && this.#state.is !== 'started') await this.#nextTurn()
  }

  /** Ends the pool's worker processes at once. */
  hurry(): void {
    for (const worker of this.workers) worker.end('shutdown')
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
  #place(wanted: Wanted, connection: OnItsWay | undefined): WorkerProcess | undefined {
    if (!this.isActive(wanted.id)) this.#protection.assertMayStart()
    else if (this.#protection.isClosed) this.#seats.relieve(wanted)
    const place = this.#seats.place(wanted.id)
    return place && (place.worker ?? this.#launch(place.seat, askedFor(wanted.id, connection)))
  }

  #notePlace(journey: ConnectionJourney, connection: number, worker: WorkerProcess, { id }: Wanted): void {
    const wasLaunchedForIt = worker.cause?.connection === connection
    journey.placed(foundAs(worker.facts(id), wasLaunchedForIt), this.#settings.name, worker.id)
  }

  /** Throws why there can't be a worker process. */
  #launch(seat: Seat, cause: LaunchCause): WorkerProcess {
    this.#around.assertMayLaunch(cause, this.#settings)
    const account = this.#account()
    const { id, token } = this.#around.newWorkerId(this.#settings.name)
    const worker = this.#add(seat, id, token, account)
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

  #add(seat: Seat, id: string, token: string, account: Credentials): WorkerProcess {
    const { clock, log, idleShare, launch, remove, lastOutput } = this.#around
    const settings = () => this.#settings
    const worker = new WorkerProcess(id, token, account, {
      ...{ clock, log, idleShare, launch, remove, lastOutput, settings },
      isDeployed: (application) => this.#around.deployed(application) !== undefined,
      disown: (worker) => disown(worker, { ...this.#around, settings }),
      turned: (worker) => this.#protection.turned(worker),
      served: () => seat.look(),
      changed: (worker) => this.#changed(worker),
    })
    seat.add(worker)
    return worker
  }

  #changed(worker: WorkerProcess): void {
    for (const id of worker.suspects) this.#suspects.add(id)
    for (const id of this.#suspects)
      if (worker.applications.state(id) === 'active' || worker.applications.spent.has(id)) this.#suspects.delete(id)
    if (worker.state.is === 'ready') this.#alwaysRunning.succeeded()
    this.#seats.changed(worker)
    if (this.workers.length === 0) this.#to({ type: 'lastWorkerExited' })
    this.#alwaysRunning.look()
    this.#seats.look()
    this.#turned.emit('turn')
    this.#around.changed()
    this.#codeChanges.look()
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

const stoppedBecause = {
  administrator: 'an administrator stopped it',
  autoStart: 'autoStart is false and nobody has started it',
  removed: 'it is no longer configured',
  shutdown: 'Portico is shutting down',
} as const
