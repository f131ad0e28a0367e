/** Keeps a pool running whose startMode is AlwaysRunning: a worker process after each end, with what is preloaded in it. */
import { type Clock, sleep, type Timer } from '#base/clock.ts'
import { PorticoError, sentenceOf } from '#base/errors.ts'
import type { Log } from '#base/log.ts'
import type { Wanted } from './hosted-applications.ts'
import type { WorkerProcess } from './worker-process.ts'
import { canTakeMore } from './worker-state.ts'

/** Milliseconds before a worker process is started again; doubles with each that doesn't get ready. */
const restartDelay = { first: 1_000, greatest: 60_000 } as const
/** Milliseconds until an application that may not be loaded is looked at again. */
const lookAgain = 60_000

/** The pool, as far as it is kept running. */
export interface KeptPool {
  readonly clock: Clock
  readonly log: Log
  readonly name: string
  /** Whether it is to run at all times, and has not been stopped. */
  shouldRun(): boolean
  /** Milliseconds until a worker process may start, because others have failed; Infinity: it isn't time that decides. */
  untilMayStart(): number
  current(): WorkerProcess | undefined
  /** Starts a worker process. Throws why there can't be one. */
  launch(): void
  /** Resolves when the application may be loaded; throws why it may not. */
  ready(wanted: Wanted, signal: AbortSignal): Promise<void>
}

export class AlwaysRunning implements Disposable {
  readonly #pool: KeptPool
  readonly #lifetime = new AbortController()
  /** Applications whose preloading is under way, or that may not be loaded and are looked at again later. */
  readonly #preloading = new Set<string>()
  #preload: readonly Wanted[] = []
  #restart: Timer | undefined
  #restartAfter = 0

  constructor(pool: KeptPool) {
    this.#pool = pool
  }

  /** What is loaded as soon as a worker process runs. */
  configure(preload: readonly Wanted[]): void {
    this.#preload = preload
  }

  /** Does what is missing. To be called whenever anything about the pool has changed. */
  look(): void {
    const { clock } = this.#pool
    if (!this.#pool.shouldRun()) return
    const worker = this.#pool.current()
    if (worker) {
      for (const wanted of this.#preload)
        if (worker.applications.state(wanted.id) === 'absent' && !this.#preloading.has(wanted.id))
          void this.#preloadInto(worker, wanted)
      return
    }
    const wait = this.#pool.untilMayStart()
    // With nothing to preload a trial would show nothing: that of the next connection does.
    if (wait === Number.POSITIVE_INFINITY || (wait > 0 && this.#preload.length === 0)) return
    this.#restart ??= clock.after(Math.max(wait, this.#restartAfter), () => {
      this.#restart = undefined
      if (this.#pool.untilMayStart() > 0) return this.look()
      this.#restartAfter = Math.min(Math.max(this.#restartAfter * 2, restartDelay.first), restartDelay.greatest)
      try {
        if (!this.#pool.current() && this.#pool.shouldRun()) this.#pool.launch()
      } catch (error) {
        if (!(error instanceof PorticoError)) throw error // else the pool has told it, and it's tried again later
      }
      this.look()
    })
  }

  /** A worker process got ready: the delay begins anew. */
  succeeded(): void {
    this.#restartAfter = restartDelay.first
  }

  /** What was in the way may be gone: the next start comes at once. */
  soon(): void {
    this.#restart?.[Symbol.dispose]()
    this.#restart = undefined
    this.#restartAfter = 0
  }

  [Symbol.dispose](): void {
    this.#restart?.[Symbol.dispose]()
    this.#lifetime.abort(new PorticoError('SHUTTING_DOWN', {}))
  }

  async #preloadInto(worker: WorkerProcess, wanted: Wanted): Promise<void> {
    this.#preloading.add(wanted.id)
    const mayBeLoaded = await this.#isReady(wanted)
    try {
      if (mayBeLoaded && canTakeMore(worker.state)) await worker.need(wanted)
    } catch (error) {
      this.#notPreloaded(wanted, error) // the next worker process tries again
    }
    this.#preloading.delete(wanted.id)
    this.look()
  }

  /** False, after a while, for an application that may not be loaded now. */
  async #isReady(wanted: Wanted): Promise<boolean> {
    const { signal } = this.#lifetime
    try {
      await this.#pool.ready(wanted, signal)
      return true
    } catch (error) {
      this.#notPreloaded(wanted, error)
      await sleep(this.#pool.clock, lookAgain, signal).catch(() => {})
      return false
    }
  }

  #notPreloaded({ id }: Wanted, error: unknown): void {
    if (this.#lifetime.signal.aborted) return
    const { log, name } = this.#pool
    log.error('application.notPreloaded', { app: id, pool: name, reason: sentenceOf(error) })
  }
}
