/** One worker process: owns its launch, its channel and its timers, and carries out what the state machine says. */
import type { Clock, Timer } from '#base/clock.ts'
import { type ErrorExtras, PorticoError } from '#base/errors.ts'
import type { Log } from '#base/log.ts'
import { type Activated, HostedApplications, type Wanted } from './hosted-applications.ts'
import type { PoolSettings } from './pool-settings.ts'
import type { WorkerFacts } from './pool-state.ts'
import type { DrainReason, Registration, WorkerChannel } from './worker-channel.ts'
import {
  type EndReason,
  hasEndedAsExpected,
  isConnected,
  next,
  type WorkerEvent,
  type WorkerState,
} from './worker-state.ts'
import { logTurn } from './worker-turns.ts'

/** A process that was launched; disposing tells that it no longer counts as starting. */
export interface Launched extends Disposable {
  readonly pid: number
}

/** What a worker process needs from around it. */
export interface WorkerSurroundings {
  readonly clock: Clock
  readonly log: Log
  settings(): PoolSettings
  launch(worker: WorkerProcess, signal: AbortSignal): Promise<Launched>
  /** Ends the process if it lives, and forgets it. */
  remove(worker: WorkerProcess): Promise<void>
  /** The last lines that it wrote. */
  lastOutput(worker: WorkerProcess): Promise<string>
  /** Something changed that the pool may have to act upon. */
  changed(worker: WorkerProcess): void
}

/** Milliseconds for a process to end after it has left, or for the word that it has, after its channel was lost. */
const exitGrace = 1_000
/** Milliseconds for an answer to a ping. */
const pingLimit = 2_000
/** Milliseconds for a process that Portico finds running at its start to come back to its channel. */
const rejoinLimit = 15_000

export class WorkerProcess {
  readonly id: string
  /** Shows that the process which presents it is the one that was launched. */
  readonly token: string
  readonly applications: HostedApplications
  readonly startedAt: number
  readonly #around: WorkerSurroundings
  readonly #lifetime = new AbortController()
  #state: WorkerState
  #pid: number | undefined
  #channel: WorkerChannel | undefined
  #launched: Launched | undefined
  #holds = 0
  #open = 0
  #served = 0
  #oneByOne = false
  #suspects: readonly string[] = []
  /** The time limit of the state that the process is in. */
  #deadline: Timer | undefined
  #idle: Timer | undefined

  constructor(id: string, token: string, around: WorkerSurroundings) {
    this.id = id
    this.token = token
    this.#around = around
    this.applications = new HostedApplications(around.clock)
    this.startedAt = around.clock.now()
    this.#state = { is: 'launching', since: this.startedAt }
  }

  get state(): WorkerState {
    return this.#state
  }

  get pid(): number | undefined {
    return this.#pid
  }

  /** Connections that it has. */
  get open(): number {
    return this.#open
  }

  /** Connections that it has taken so far. */
  get served(): number {
    return this.#served
  }

  /** The applications that were loading when the process ended, when it can't be told which of them ended it. */
  get suspects(): readonly string[] {
    return this.#suspects
  }

  facts(application: string): WorkerFacts {
    return { state: this.#state, application: this.applications.state(application) }
  }

  /** Launches the process. Failures end it and reach those who wait for its applications. */
  async launch(): Promise<void> {
    this.#logTurn()
    try {
      const launched = await this.#around.launch(this, this.#lifetime.signal)
      this.#pid = launched.pid
      this.applications.reached('process started')
      if (this.#state.is !== 'launching') return launched[Symbol.dispose]()
      this.#launched = launched
      this.#expect(this.#around.settings().startupTimeLimit, () => void this.#startTimedOut())
    } catch (error) {
      if (this.#state.is !== 'launching') return
      const failure =
        error instanceof PorticoError
          ? error
          : new PorticoError('WORKER_DID_NOT_START', { pool: this.#pool, how: String(error) }, { cause: error })
      this.#failAll(() => failure)
      await this.exited('never started')
    }
  }

  /** Takes over a process that has been running since before Portico started. */
  rejoin(pid: number): void {
    this.#pid = pid
    this.#expect(rejoinLimit, () => this.end('startupTimeLimit'))
  }

  /** The process has come to its channel, with `open` connections from before. */
  attach(channel: WorkerChannel, open: number): void {
    this.#channel = channel
    this.#pid = channel.pid
    this.#open = open
    this.applications.reached('channel connected')
    this.#expect(undefined)
    this.#to({ type: 'connected', at: this.#around.clock.now() })
    channel.open(this.id, {
      registered: (id, registration) => this.#registered(id, registration),
      activationFailed: (id, reason, detail) => this.#activationFailed(id, reason, detail),
      accepted: () => {
        this.#served++
        this.#count(1)
      },
      closed: () => this.#count(-1),
      left: () => {
        this.#to({ type: 'left', at: this.#around.clock.now() })
        this.#expect(exitGrace, () => void this.#destroy('did not end after it had left its channel'))
      },
      lost: (reason) => this.#channelLost(reason),
    })
    this.#loadNext()
    this.#considerIdle()
    this.#around.changed(this)
  }

  /** The application's registration here, loading the application first if need be. */
  need(wanted: Wanted): Promise<Activated> {
    const activated = this.applications.ask(wanted)
    this.#loadNext()
    this.#considerIdle()
    return activated
  }

  /** From now on applications load one after the other here, because one of them may end the process. */
  loadOneByOne(): void {
    this.#oneByOne = true
  }

  /** Keeps the process from being stopped for idleness until disposed. */
  hold(): Disposable {
    this.#holds++
    this.#considerIdle()
    let held = true
    return {
      [Symbol.dispose]: () => {
        if (!held) return
        held = false
        this.#holds--
        this.#drainIfUsedUp('recycled')
        this.#considerIdle()
      },
    }
  }

  /** The application has been removed: its connections finish, and the process goes when nothing else is in it. */
  removeApplication(id: string): void {
    if (this.applications.removed(id) && isConnected(this.#state)) this.#channel?.deactivate(id, 'removed')
    this.#drainIfUsedUp('removed')
  }

  /** Asks the process to finish what it has, for at most shutdownTimeLimit, and to go. */
  drain(why: DrainReason): void {
    const before = this.#state
    this.#to({ type: 'drainAsked', at: this.#around.clock.now(), why })
    if (this.#state === before) return
    if (this.#state.is === 'stopping') return void this.#destroy(`stopped while it was starting: ${why}`)
    const limit = this.#around.settings().shutdownTimeLimit
    this.applications.abandon()
    this.#channel?.drain(why, limit)
    this.#expect(limit, () => this.end('shutdownTimeLimit'))
    this.#around.changed(this)
  }

  /** Ends the process at once. */
  end(why: EndReason): void {
    if (this.#state.is === 'exited') return
    this.#to({ type: 'endAsked', at: this.#around.clock.now(), why })
    void this.#destroy(`ended: ${why}`)
  }

  /** The process has ended. */
  async exited(how: string): Promise<void> {
    if (this.#state.is === 'exited') return
    const neverConnected = this.#channel === undefined
    this.#expect(undefined)
    this.#idle?.[Symbol.dispose]()
    this.#to({ type: 'processExited', at: this.#around.clock.now(), how })
    this.#lifetime.abort(new PorticoError('WORKER_DID_NOT_START', { pool: this.#pool, how }))
    this.#channel?.close()
    if (!hasEndedAsExpected(this.#state)) await this.#blame(how, neverConnected)
    this.applications.abandon()
    this.#around.changed(this)
    await this.#around.remove(this)
  }

  /** Finds out which application ended the process. With several it could be any: they are to be tried one by one. */
  async #blame(how: string, neverConnected: boolean): Promise<void> {
    const loading = this.applications.in('activating')
    const [only] = loading
    if (neverConnected) {
      const lastOutput = await this.#around.lastOutput(this)
      const args = { pool: this.#pool, how }
      this.#failAll((extras) => new PorticoError('WORKER_DID_NOT_START', args, { ...extras, lastOutput }))
    } else if (loading.length > 1) this.#suspects = loading
    else if (only !== undefined) {
      const lastOutput = await this.#around.lastOutput(this)
      const args = { app: only, pool: this.#pool, how }
      this.applications.failed(
        only,
        (journey) => new PorticoError('APPLICATION_ENDED_ITS_WORKER', args, { journey, lastOutput }),
      )
    }
  }

  #loadNext(): void {
    if (!this.#channel || !isConnected(this.#state)) return
    for (const id of this.applications.in('asked')) {
      if (this.#oneByOne && this.applications.in('activating').length > 0) return
      const begun = this.applications.begin(id)
      if (!begun) continue
      this.#channel.activate(begun.wanted)
      const limit = this.#around.settings().startupTimeLimit
      const timer = this.#around.clock.after(limit, () => void this.#loadTimedOut(id, limit))
      void begun.over.finally(() => timer[Symbol.dispose]())
    }
  }

  #registered(id: string, registration: Registration): void {
    if (!this.applications.registered(id, registration)) this.#channel?.deactivate(id, 'removed')
    this.#to({ type: 'applicationRegistered', at: this.#around.clock.now() })
    this.#around.changed(this)
    this.#loadNext()
    this.#considerIdle()
  }

  #activationFailed(id: string, reason: string, detail: string): void {
    const args = { app: id, pool: this.#pool, reason }
    const extras = { lastOutput: detail }
    this.applications.failed(
      id,
      (journey) => new PorticoError('APPLICATION_DID_NOT_LOAD', args, { ...extras, journey }),
    )
    this.#afterFailure()
  }

  async #loadTimedOut(id: string, limit: number): Promise<void> {
    const args = { app: id, pool: this.#pool, seconds: limit / 1000 }
    const lastOutput = await this.#around.lastOutput(this)
    this.applications.failed(
      id,
      (journey) => new PorticoError('APPLICATION_START_TIMED_OUT', args, { journey, lastOutput }),
    )
    this.#afterFailure()
    // A module that awaits for ever leaves the others alone; one that never lets go of the processor stops them all.
    if (isConnected(this.#state) && !(await this.#answers())) this.end('notResponding')
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

  #afterFailure(): void {
    this.#around.changed(this)
    this.#loadNext()
    this.#drainIfUsedUp('recycled')
    this.#considerIdle()
  }

  /** A process in which an application failed is of no use to that application; without others it goes. */
  #drainIfUsedUp(why: DrainReason): void {
    if (this.applications.isUsedUp && this.#holds === 0) this.drain(why)
  }

  async #startTimedOut(): Promise<void> {
    const args = { pool: this.#pool, seconds: this.#around.settings().startupTimeLimit / 1000 }
    const lastOutput = await this.#around.lastOutput(this)
    if (this.#state.is !== 'launching') return
    this.#failAll((extras) => new PorticoError('WORKER_START_TIMED_OUT', args, { ...extras, lastOutput }))
    this.end('startupTimeLimit')
  }

  #failAll(error: (extras: ErrorExtras) => PorticoError): void {
    for (const id of [...this.applications.in('asked'), ...this.applications.in('activating')])
      this.applications.failed(id, (journey) => error({ journey }))
  }

  #channelLost(reason: string): void {
    if (this.#state.is === 'stopping' || this.#state.is === 'exited') return
    this.#around.log.warn('worker.channelLost', { pool: this.#pool, worker: this.id, reason })
    this.#to({ type: 'endAsked', at: this.#around.clock.now(), why: 'channelLost' })
    this.#around.changed(this)
    // The launcher knows how it ended; that word comes a moment after the channel's end.
    this.#expect(exitGrace, () => void this.#destroy('closed its channel without leaving'))
  }

  async #destroy(how: string): Promise<void> {
    this.#lifetime.abort(new PorticoError('SHUTTING_DOWN', undefined))
    this.#channel?.kill()
    await this.#around.remove(this)
    await this.exited(how)
  }

  /** Sets the one time limit that applies now, in place of the last. */
  #expect(ms: number | undefined, expired: () => void = () => {}): void {
    this.#deadline?.[Symbol.dispose]()
    this.#deadline = ms === undefined ? undefined : this.#around.clock.after(ms, expired)
  }

  #count(change: 1 | -1): void {
    this.#open = Math.max(0, this.#open + change)
    this.#considerIdle()
  }

  /** Whether nothing needs the process: no hold, no connection, nothing loading. */
  get isIdle(): boolean {
    const isUp = this.#state.is === 'ready' || this.#state.is === 'connected'
    return isUp && this.#holds === 0 && this.#open === 0 && !this.applications.isLoading
  }

  /** The idle decision: holds are taken and released in the same turn as this looks at them, so they can't interleave. */
  #considerIdle(): void {
    const { idleTimeout, startMode } = this.#around.settings()
    this.#idle?.[Symbol.dispose]()
    this.#idle = undefined
    if (!this.isIdle || idleTimeout === 0 || startMode === 'AlwaysRunning') return
    this.#idle = this.#around.clock.after(idleTimeout, () => this.drain('idle'))
  }

  get #pool(): string {
    return this.#around.settings().name
  }

  #to(event: WorkerEvent): void {
    const before = this.#state
    this.#state = next(before, event)
    if (this.#state === before) return
    if (before.is === 'launching') this.#launched?.[Symbol.dispose]()
    this.#logTurn()
  }

  #logTurn(): void {
    const ageMs = this.#around.clock.now() - this.startedAt
    logTurn(this.#around.log, this.#state, { pool: this.#pool, worker: this.id, pid: this.#pid, ageMs })
  }
}
