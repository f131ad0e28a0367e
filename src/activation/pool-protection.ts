/** The rapid-fail protection of one pool: hears how its worker processes fare, and says whether another may start. */
import type { Clock } from '#base/clock.ts'
import { PorticoError } from '#base/errors.ts'
import type { Log } from '#base/log.ts'
import type { PoolSettings } from './pool-settings.ts'
import {
  failureOf,
  mayStart,
  nextProtection,
  type Protection,
  type ProtectionEvent,
  type ProtectionRules,
  unharmed,
} from './rapid-fail.ts'
import type { WorkerProcess } from './worker-process.ts'

/** A program to run because something failed. */
export interface FailureAction {
  /** The attribute that names it. */
  readonly attribute: 'autoShutdownExe' | 'orphanActionExe'
  readonly pool: string
  /** As configured; empty: none. */
  readonly program: string
  readonly parameters: string
  /** What `%1%` in the parameters stands for. */
  readonly subject?: string
}

/** The pool, as far as it is protected. */
export interface ProtectedPool {
  readonly clock: Clock
  readonly log: Log
  settings(): PoolSettings
  /** Runs the program, without waiting for it. */
  act(action: FailureAction): void
}

export class PoolProtection {
  readonly #pool: ProtectedPool
  #state: Protection = unharmed

  constructor(pool: ProtectedPool) {
    this.#pool = pool
  }

  get isClosed(): boolean {
    return this.#state.is === 'closed'
  }

  /** Milliseconds until a worker process may start; Infinity: it isn't time that decides. */
  get untilMayStart(): number {
    if (this.#state.is === 'closed') return 0
    return this.#state.is === 'open'
      ? Math.max(0, this.#state.until - this.#pool.clock.elapsed())
      : Number.POSITIVE_INFINITY
  }

  /** What is said to whoever needs the pool while nothing starts, and when that may change; undefined while it's closed. */
  get failing(): { readonly error: PorticoError<'POOL_FAILING'>; readonly until: number | undefined } | undefined {
    if (this.#state.is === 'closed') return undefined
    const { crashes, interval, last } = this.#state.trip
    const until = this.#until
    const args = { pool: this.#name, crashes, seconds: interval / 1000, cause: last.cause, next: this.#next(until) }
    return { error: new PorticoError('POOL_FAILING', args), until }
  }

  /** Throws while no worker process may start. */
  assertMayStart(): void {
    if (mayStart(this.#state, this.#pool.clock.elapsed())) return
    const { failing } = this
    if (failing) throw failing.error
  }

  started(worker: string): void {
    this.#to({ type: 'workerStarted', worker, at: this.#pool.clock.elapsed() })
  }

  /** The worker process has come into another state. */
  turned({ id: worker, pid, state }: WorkerProcess): void {
    const at = this.#pool.clock.elapsed()
    // Without a pid there was no process that could fail.
    const cause = pid === undefined ? undefined : failureOf(state)
    if (cause !== undefined) this.#to({ type: 'workerFailed', failure: { worker, at, cause } })
    else if (state.is === 'ready') this.#to({ type: 'workerReady', worker })
    else if (state.is === 'draining' || state.is === 'stopping' || state.is === 'exited')
      this.#to({ type: 'workerLeft', worker, at })
  }

  /** An administrator starts the pool, or has changed its configuration: everything begins anew. */
  reset(): void {
    this.#to({ type: 'reset' })
  }

  get #name(): string {
    return this.#pool.settings().name
  }

  /** In milliseconds since the epoch; undefined when it isn't the time that decides. */
  get #until(): number | undefined {
    const { clock } = this.#pool
    if (this.#state.is !== 'open' || this.#state.until === Number.POSITIVE_INFINITY) return undefined
    return clock.now() + this.#state.until - clock.elapsed()
  }

  #next(until: number | undefined): string {
    if (this.#state.is === 'probing') return 'a worker process is being tried now'
    if (until === undefined) return 'none is started until an administrator starts the pool'
    return `the first connection after ${new Date(until).toISOString()} tries one`
  }

  #to(event: ProtectionEvent): void {
    const before = this.#state
    this.#state = nextProtection(before, event, this.#rules)
    if (this.#state.is !== before.is) this.#changed(before)
  }

  get #rules(): ProtectionRules {
    const { failure, rapidFailRecovery: recovery } = this.#pool.settings()
    const { rapidFailProtection: enabled, rapidFailProtectionMaxCrashes: maxCrashes } = failure
    return { enabled, maxCrashes, interval: failure.rapidFailProtectionInterval, recovery }
  }

  #changed(before: Protection): void {
    const { log } = this.#pool
    const pool = this.#name
    switch (this.#state.is) {
      case 'closed':
        log.info('pool.recovered', { pool, after: before.is === 'probing' ? 'a trial' : 'a reset' })
        return
      case 'probing':
        log.info('pool.tried', { pool, worker: this.#state.worker })
        return
      case 'open':
        if (before.is === 'probing') log.warn('pool.stillFailing', { pool, error: this.failing?.error })
        else this.#opened()
        return
      default:
        this.#state satisfies never
    }
  }

  #opened(): void {
    const { failure, name: pool } = this.#pool.settings()
    this.#pool.log.error('pool.failing', { pool, error: this.failing?.error, windowsEventId: 5002 })
    const { autoShutdownExe: program, autoShutdownParams: parameters } = failure
    this.#pool.act({ attribute: 'autoShutdownExe', pool, program, parameters })
  }
}
