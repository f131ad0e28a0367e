/** Loads applications into one worker process, and finds out who is to blame when that fails. */
import type { Clock } from '#base/clock.ts'
import { type ErrorExtras, PorticoError } from '#base/errors.ts'
import type { ReachedStep } from '#base/journey.ts'
import type { HostedApplications } from './hosted-applications.ts'
import type { PoolSettings } from './pool-settings.ts'
import type { Registration, WorkerChannel } from './worker-channel.ts'

/** What the loader needs of its worker process. */
export interface LoaderSurroundings {
  readonly clock: Clock
  settings(): PoolSettings
  /** The last lines that the worker process wrote. */
  lastOutput(): Promise<string>
  /** An application failed or was loaded. */
  changed(): void
  /** The worker process doesn't answer any more. */
  unresponsive(): void
}

/** Milliseconds for an answer to a ping. */
const pingLimit = 2_000

export class ApplicationLoader {
  readonly #applications: HostedApplications
  readonly #around: LoaderSurroundings
  #channel: WorkerChannel | undefined
  #oneByOne = false
  #suspects: readonly string[] = []

  constructor(applications: HostedApplications, around: LoaderSurroundings) {
    this.#applications = applications
    this.#around = around
  }

  /** The applications that were loading when the process ended, when it can't be told which of them ended it. */
  get suspects(): readonly string[] {
    return this.#suspects
  }

  /** From now on applications load one after the other here, because one of them may end the process. */
  loadOneByOne(): void {
    this.#oneByOne = true
  }

  /** The channel is there: what has been asked for can be loaded. */
  connected(channel: WorkerChannel): void {
    this.#channel = channel
    this.loadNext()
  }

  /** Loads what is asked for and isn't loading yet. */
  loadNext(): void {
    if (!this.#channel) return
    for (const id of this.#applications.in('asked')) {
      if (this.#oneByOne && this.#applications.in('activating').length > 0) return
      const begun = this.#applications.begin(id)
      if (!begun) continue
      this.#channel.activate(begun.wanted)
      const limit = this.#around.settings().startupTimeLimit
      const timer = this.#around.clock.after(limit, () => void this.#timedOut(id, limit))
      void begun.over.finally(() => timer[Symbol.dispose]())
    }
  }

  registered(id: string, registration: Registration, steps?: readonly ReachedStep[]): void {
    if (!this.#applications.registered(id, registration, steps)) this.#channel?.deactivate(id, 'removed')
    this.#around.changed()
    this.loadNext()
  }

  failed(id: string, reason: string, detail: string): void {
    const args = { app: id, pool: this.#pool, reason }
    const lastOutput = detail
    const wasAwaited = this.#applications.failed(
      id,
      (journey) => new PorticoError('APPLICATION_DID_NOT_LOAD', args, { journey, lastOutput }),
    )
    if (!wasAwaited) return
    this.#around.changed()
    this.loadNext()
  }

  /** The worker process takes no more connections for the application, by itself or because it was asked to. */
  left(id: string): void {
    if (this.#applications.left(id)) this.#around.changed()
  }

  /**
   * The process ended unasked. If one application was loading, that one ended it; with several it could be any, and they
   * are to be tried one by one.
   */
  async processEnded(how: string): Promise<void> {
    const [only, ...others] = this.#applications.in('activating')
    if (!this.#channel) {
      await this.#failAll((extras) => new PorticoError('WORKER_DID_NOT_START', { pool: this.#pool, how }, extras))
    } else if (others.length > 0 && only !== undefined) this.#suspects = [only, ...others]
    else if (only !== undefined) {
      const args = { app: only, pool: this.#pool, how }
      const lastOutput = await this.#around.lastOutput()
      this.#applications.failed(
        only,
        (journey) => new PorticoError('APPLICATION_ENDED_ITS_WORKER', args, { journey, lastOutput }),
      )
    }
  }

  /** There will be no process. */
  async neverLaunched(error: unknown): Promise<void> {
    const failure =
      error instanceof PorticoError
        ? error
        : new PorticoError('WORKER_DID_NOT_START', { pool: this.#pool, how: String(error) }, { cause: error })
    await this.#failAll(() => failure)
  }

  /** The process has not come to its channel in time. */
  async startTimedOut(): Promise<void> {
    const args = { pool: this.#pool, seconds: this.#around.settings().startupTimeLimit / 1000 }
    await this.#failAll((extras) => new PorticoError('WORKER_START_TIMED_OUT', args, extras))
  }

  /** Fails everything that isn't loaded yet. */
  async #failAll(error: (extras: ErrorExtras) => PorticoError): Promise<void> {
    const lastOutput = await this.#around.lastOutput()
    for (const id of [...this.#applications.in('asked'), ...this.#applications.in('activating')])
      this.#applications.failed(id, (journey) => error({ journey, lastOutput }))
  }

  get #pool(): string {
    return this.#around.settings().name
  }

  async #timedOut(id: string, limit: number): Promise<void> {
    const args = { app: id, pool: this.#pool, seconds: limit / 1000 }
    const lastOutput = await this.#around.lastOutput()
    this.#applications.failed(
      id,
      (journey) => new PorticoError('APPLICATION_START_TIMED_OUT', args, { journey, lastOutput }),
    )
    this.#around.changed()
    this.loadNext()
    // A module that awaits for ever leaves the others alone; one that never lets go of the processor stops them all.
    if (!(await this.#answers())) this.#around.unresponsive()
  }

  async #answers(): Promise<boolean> {
    const limit = new AbortController()
    using _timer = this.#around.clock.after(pingLimit, () => limit.abort(new Error('no answer')))
    try {
      await this.#channel?.ping(limit.signal)
      return true
    } catch {
      return false
    }
  }
}
