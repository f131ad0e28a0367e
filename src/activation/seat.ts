/**
 * One of the worker processes that a pool may have at once: the one that serves, the one that is to take over from it, and
 * those before that finish what they have.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '#base/clock.ts'
import { PorticoError } from '#base/errors.ts'
import type { Log } from '#base/log.ts'
import type { Wanted } from './hosted-applications.ts'
import { type LaunchCause, toTakeOver } from './launch-cause.ts'
import type { SeatFacts } from './placement.ts'
import type { PoolSettings, RecycleReason } from './pool-settings.ts'
import type { ProcessMemory } from './process-memory.ts'
import { RecycleTriggers } from './recycle-triggers.ts'
import type { WorkerProcess } from './worker-process.ts'
import { canTakeMore, isConnected } from './worker-state.ts'

/** What came of a recycle: an error is why the new worker process did not take over. */
export type Recycled = 'replaced' | 'nothing runs' | PorticoError

/** The pool, as far as its seats need it. */
export interface SeatSurroundings {
  readonly clock: Clock
  readonly log: Log
  settings(): PoolSettings
  /** Why nothing is taken; undefined in a pool that is started. */
  stopped(): PorticoError | undefined
  /** Throws while no worker process may start because others have failed. */
  assertMayStart(): void
  /** Starts a worker process in this seat. Throws why there can't be one. */
  launch(seat: Seat, cause: LaunchCause): WorkerProcess
  /** Resolves when the application may be loaded; throws why it may not, or that the pool is stopped. */
  ready(wanted: Wanted): Promise<void>
  /** The application as it is deployed now. */
  deployed(application: string): Wanted | undefined
  memoryOf(pid: number): ProcessMemory
}

export class Seat implements Disposable {
  readonly #pool: SeatSurroundings
  readonly #workers = new Set<WorkerProcess>()
  readonly #triggers: RecycleTriggers
  #current: WorkerProcess | undefined
  #upcoming: WorkerProcess | undefined
  /** The one that is to take over once it has loaded the same applications; undefined while it isn't known. */
  #successor: { readonly worker: WorkerProcess | undefined } | undefined
  #recycling: Promise<Recycled> | undefined
  #notRecycled: PorticoError | undefined
  /** The worker process that was to be replaced for other settings the last time, and these. */
  #renewed: { readonly worker: WorkerProcess; readonly settings: PoolSettings } | undefined

  constructor(pool: SeatSurroundings) {
    this.#pool = pool
    this.#triggers = new RecycleTriggers({
      clock: pool.clock,
      settings: () => pool.settings().recycling,
      watched: () => (this.#current && isConnected(this.#current.state) ? this.#current : undefined),
      memoryOf: (pid) => pool.memoryOf(pid),
      due: (why) => void this.recycle(why),
    })
  }

  get workers(): ReadonlySet<WorkerProcess> {
    return this.#workers
  }

  /** The one that serves. */
  get current(): WorkerProcess | undefined {
    return this.#current
  }

  get upcoming(): WorkerProcess | undefined {
    return this.#upcoming
  }

  /** Why the worker process could not be replaced the last time, as long as it has not been since. */
  get notRecycled(): PorticoError | undefined {
    return this.#notRecycled
  }

  /** Settles when no recycle is under way. */
  get settled(): Promise<unknown> | undefined {
    return this.#recycling
  }

  /** Whether a worker process has to end before another one may start here. */
  get mustEndFirst(): boolean {
    const isServed = this.#current !== undefined || this.#upcoming !== undefined
    return this.#pool.settings().recycling.disallowOverlappingRotation && !isServed && this.#workers.size > 0
  }

  facts(application: string): SeatFacts {
    const { mustEndFirst } = this
    return { current: this.#current?.facts(application), upcoming: this.#upcoming?.facts(application), mustEndFirst }
  }

  /** Takes a worker process: it serves, or it is to take over from the one that does. */
  add(worker: WorkerProcess): void {
    this.#workers.add(worker)
    if (this.#current && canTakeMore(this.#current.state)) this.#upcoming = worker
    else this.#current = worker
  }

  /** One of its worker processes has come into another state, or has other applications. */
  changed(worker: WorkerProcess): void {
    if (worker.state.is === 'exited') this.#workers.delete(worker)
    this.#takeOver()
  }

  /** Looks whether the worker process is due to be replaced. To be called whenever anything about it has changed. */
  look(): void {
    this.#renew()
    this.#triggers.look()
  }

  /** Other settings are in force. */
  configured(): void {
    this.#renew()
    this.#triggers.configured()
  }

  /** Its worker processes finish what they have; no other one comes. */
  empty(): void {
    for (const worker of this.#workers) worker.drain('recycled')
  }

  /**
   * Replaces the worker process by a fresh one: that loads the same applications first, then connections go to it, and the
   * old one finishes its own. One that can't load them goes, and the old one stays; the result says so. A recycle that is
   * under way is joined.
   */
  recycle(why: RecycleReason): Promise<Recycled> {
    this.#recycling ??= this.#recycle(why).finally(() => {
      this.#recycling = undefined
      this.#renew() // the settings may have changed again
    })
    return this.#recycling
  }

  [Symbol.dispose](): void {
    this.#triggers[Symbol.dispose]()
  }

  /** A worker process that was started with other settings is replaced: tried once for each change of them. */
  #renew(): void {
    const settings = this.#pool.settings()
    const worker = this.#current
    if (this.#recycling || !worker || !isConnected(worker.state)) return
    if (settings.recycling.disallowRotationOnConfigChange) return
    if (this.#renewed?.worker === worker && this.#renewed.settings === settings) return
    if (isDeepStrictEqual(startedWith(worker.settings), startedWith(settings))) return
    this.#renewed = { worker, settings }
    void this.recycle('ConfigChange')
  }

  async #recycle(why: RecycleReason): Promise<Recycled> {
    const old = this.#current
    const stopped = this.#pool.stopped()
    if (stopped) return stopped
    if (!old || !isConnected(old.state)) return 'nothing runs'
    this.#tell(old, why)
    const wanted = this.#hosted(old)
    this.#successor = { worker: undefined }
    try {
      this.#pool.assertMayStart() // it goes on serving while nothing else may start
      if (this.#pool.settings().recycling.disallowOverlappingRotation || wanted.length === 0) {
        old.drain('recycled')
        return 'replaced'
      }
      await this.#overlap(old, wanted)
      this.#notRecycled = undefined
      return 'replaced'
    } catch (error) {
      return this.#failed(old, why, error)
    } finally {
      this.#successor = undefined
      this.#takeOver()
      this.#triggers.look()
    }
  }

  /** Starts the successor and has it load everything. Throws why it can't take over; it is gone then. */
  async #overlap(old: WorkerProcess, wanted: readonly Wanted[]): Promise<void> {
    for (const each of wanted) await this.#pool.ready(each)
    if (this.#current !== old || !canTakeMore(old.state)) return // something else replaced it meanwhile
    const worker = this.#upcoming ?? this.#pool.launch(this, toTakeOver)
    this.#successor = { worker }
    try {
      using _claim = worker.hold()
      const loaded = await Promise.all(wanted.map((each) => this.#loaded(worker, each)))
      if (loaded.includes('gone') || !canTakeMore(worker.state))
        throw new PorticoError('SUCCESSOR_LOST', { pool: this.#pool.settings().name, worker: worker.id })
      // Where everything was removed meanwhile nothing shows that the new one is ready; nobody has to wait for it.
      if (!loaded.includes('active') && this.#current === old) old.drain('recycled')
    } catch (error) {
      if (this.#current === old) worker.drain('recycled') // it took over meanwhile, if the old one is gone
      throw error
    }
  }

  async #loaded(worker: WorkerProcess, wanted: Wanted): Promise<'active' | 'gone' | 'removed'> {
    try {
      return (await worker.need(wanted)).is
    } catch (error) {
      if (!this.#pool.deployed(wanted.id)) return 'removed' // meanwhile: nothing is missing
      throw error
    }
  }

  #failed(old: WorkerProcess, why: RecycleReason, error: unknown): PorticoError {
    if (!(error instanceof PorticoError)) throw error
    const stopped = this.#pool.stopped()
    if (stopped) return stopped // that it ends is no news of its worker process
    const { log, settings } = this.#pool
    log.error('pool.notRecycled', { pool: settings().name, worker: old.id, code: error.code, error })
    this.#notRecycled = error
    if (why === 'ConfigChange') this.#triggers.owed(why)
    return error
  }

  /** The applications that are loaded there and still deployed. */
  #hosted(worker: WorkerProcess): Wanted[] {
    return worker.applications.in('active').flatMap((id) => this.#pool.deployed(id) ?? [])
  }

  #tell(worker: WorkerProcess, why: RecycleReason): void {
    const { name: pool, recycling } = this.#pool.settings()
    if (!recycling.logged.includes(why)) return
    const fields = { pool, worker: worker.id, pid: worker.pid, why }
    this.#pool.log.info('pool.recycling', { ...fields, windowsEventId: recycleEventIds[why] })
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
