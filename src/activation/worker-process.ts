/** One worker process: owns its launch, its channel and its timers, and carries out what the state machine says. */
import { type JourneyStep, PorticoError } from '#base/errors.ts'
import type { ReachedStep } from '#base/journey.ts'
import type { LogFields } from '#base/log.ts'
import { type Credentials, isSameAccount } from '#identity/credentials.ts'
import { ApplicationLoader } from './application-loader.ts'
import { type ConnectionJourney, standbyTaken } from './connection-journey.ts'
import { Deadline } from './deadline.ts'
import { type Activated, HostedApplications, type Wanted } from './hosted-applications.ts'
import { Idleness } from './idleness.ts'
import type { LaunchCause } from './launch-cause.ts'
import { letGo } from './orphans.ts'
import { Pings } from './pings.ts'
import type { WorkerFacts } from './placement.ts'
import type { PoolSettings } from './pool-settings.ts'
import { ServiceReports } from './service-reports.ts'
import type { DrainReason, OpenConnection, Registration, WorkerChannel } from './worker-channel.ts'
import {
  type EndReason,
  hasEndedAsExpected,
  isConnected,
  isUp,
  next,
  type WorkerEvent,
  type WorkerState,
} from './worker-state.ts'
import type { Launched, WorkerSurroundings } from './worker-surroundings.ts'
import { type Before, logTurn } from './worker-turns.ts'

/** Milliseconds for a process to end after it has left, or for the word that it has, after its channel was lost. */
const exitGrace = 1_000
/** Waiting for the turn to start is told from so many milliseconds on. */
const worthTelling = 100
/** Milliseconds for a process that Portico finds running at its start to come back to its channel. */
const rejoinLimit = 15_000

export class WorkerProcess {
  readonly id: string
  /** Shows that the process which presents it is the one that was launched. */
  readonly token: string
  /** Who the process is to the kernel. */
  readonly account: Credentials
  /** Those of its pool when it was started, or found. */
  readonly settings: PoolSettings
  readonly applications: HostedApplications
  readonly services: ServiceReports
  readonly startedAt: number
  /** The same by the clock that never goes back. */
  readonly born: number
  readonly #around: WorkerSurroundings
  readonly #loader: ApplicationLoader
  readonly #idleness: Idleness
  readonly #lifetime = new AbortController()
  /** Settles when the launcher has named the process, or there will be none. */
  readonly #named = Promise.withResolvers<void>()
  #state: WorkerState
  /** When it came into this state, by the clock that never goes back. */
  #turnedAt: number
  #pid: number | undefined
  #channel: WorkerChannel | undefined
  #launched: Launched | undefined
  #cause: LaunchCause | undefined
  /** It ran before Portico started: its age and what it has served count from then on. */
  #wasFound = false
  #sessions = 0
  /** The time limit of the state that the process is in. */
  readonly #deadline: Deadline
  #pings: Pings | undefined

  constructor(id: string, token: string, account: Credentials, around: WorkerSurroundings) {
    this.id = id
    this.token = token
    this.account = account
    this.#around = around
    this.settings = around.settings()
    this.applications = new HostedApplications(around.clock, {
      loaded: (app, journey) => around.log.info('application.loaded', { app, ...this.#names, ...tookFields(journey) }),
      failed: (app, { code, message, journey }) =>
        around.log.warn('application.failed', { app, ...this.#names, code, reason: message, ...tookFields(journey) }),
    })
    this.services = new ServiceReports(around.clock, around.log)
    this.#loader = new ApplicationLoader(this.applications, {
      clock: around.clock,
      settings: around.settings,
      lastOutput: () => around.lastOutput(this),
      changed: () => this.#applicationsChanged(),
      unresponsive: () => this.#unresponsive(),
    })
    this.#idleness = new Idleness({
      clock: around.clock,
      log: around.log,
      settings: around.settings,
      share: around.idleShare,
      names: () => this.#names,
      channel: () => this.#channel,
      isUp: () => isUp(this.#state),
      isLoading: () => this.applications.isLoading,
      turned: (event) => this.#to(event),
      drain: (why) => this.drain(why),
    })
    this.#deadline = new Deadline(around.clock)
    this.startedAt = around.clock.now()
    this.born = around.clock.elapsed()
    this.#turnedAt = this.born
    this.#state = { is: 'launching', since: this.startedAt }
  }

  get state(): WorkerState {
    return this.#state
  }

  get pid(): number | undefined {
    return this.#pid
  }

  /** What it was launched for; undefined for one that ran before Portico started. */
  get cause(): LaunchCause | undefined {
    return this.#cause
  }

  /** Connections that it has. */
  get open(): number {
    return this.#idleness.open
  }

  /** Connections that it has taken so far. */
  get served(): number {
    return this.#idleness.served
  }

  /** What its applications have to do without a connection. */
  get leases(): Idleness['leases']['held'] {
    return this.#idleness.leases.held
  }

  /** Connections that it has taken, and further sessions on them. */
  get requests(): number {
    return this.served + this.#sessions
  }

  /** Those of its connections that Portico has seen on their way: it knows no more than the number of the others. */
  get connections(): Iterable<OpenConnection> {
    return this.#channel?.connections ?? []
  }

  /** Numbers of the connections that it has been offered and has not answered for. */
  get offered(): Iterable<number> {
    return this.#channel?.offered ?? []
  }

  /** The applications that were loading when the process ended, when it can't be told which of them ended it. */
  get suspects(): readonly string[] {
    return this.#loader.suspects
  }

  facts(application: string): WorkerFacts {
    return { state: this.#state, application: this.applications.state(application), load: this.#idleness.load }
  }

  /** Launches the process. Failures end it and reach those who wait for its applications. */
  async launch(cause: LaunchCause): Promise<void> {
    this.#cause = cause
    this.#logTurn(cause)
    try {
      const launched = await this.#around.launch(this, this.#lifetime.signal)
      this.#pid = launched.pid
      this.#named.resolve()
      this.applications.reached(launched.wasStandby ? standbyTaken : 'pid known')
      if (this.#state.is !== 'launching') return launched[Symbol.dispose]()
      this.#launched = launched
      this.#deadline.set(this.#around.settings().startupTimeLimit, () => void this.#startTimedOut())
    } catch (error) {
      if (this.#state.is !== 'launching') return
      await this.#loader.neverLaunched(error)
      await this.exited('never started')
    }
  }

  /** Takes over a process that has been running since before Portico started. */
  rejoin(pid: number): void {
    this.#pid = pid
    this.#wasFound = true
    this.#named.resolve()
    this.#deadline.set(rejoinLimit, () => this.end('startupTimeLimit'))
  }

  /**
   * Whether `peer`, by the kernel's word, is the process that was launched and has not come to its channel yet. It may come
   * before the launcher has named it.
   */
  async isItself(peer: WorkerChannel['peer']): Promise<boolean> {
    if (!isSameAccount(peer, this.account)) return false
    await this.#named.promise
    return this.#state.is === 'launching' && this.#pid === peer.pid
  }

  /** The process has come to its channel, with `open` connections from before. */
  attach(itself: WorkerChannel, open: number): void {
    this.#channel = this.#idleness.wakingFirst(itself)
    for (const { step, at } of itself.startSteps ?? []) this.applications.reached(step, at)
    this.applications.reached('channel connected')
    this.#deadline.lift()
    this.#to({ type: 'connected', at: this.#around.clock.now() })
    this.#channel.open(this.id, {
      registered: (id, registration, steps) => this.#registered(id, registration, steps),
      unregistered: (id) => this.#loader.left(id),
      activationFailed: (id, reason, detail) => this.#loader.failed(id, reason, detail),
      service: (id, report) => {
        if (this.applications.state(id) !== 'active') return // it is gone, or never was: nobody would forget it
        this.services.told(id, report, { pool: this.#pool, worker: this.id })
      },
      accepted: () => {
        this.#idleness.accepted()
        this.#around.served(this)
      },
      session: () => {
        this.#sessions++
        this.#around.served(this)
      },
      closed: () => this.#idleness.closed(),
      leased: (number, lease) => this.#idleness.leased(number, lease),
      leaseReleased: (number) => this.#idleness.leaseReleased(number),
      retiring: () => this.drain('recycled'),
      left: () => {
        if (this.#state.is === 'stopping') return // it may say so again and again
        this.#to({ type: 'left', at: this.#around.clock.now() })
        this.#deadline.set(exitGrace, () => void this.#destroy('did not end after it had left its channel'))
      },
      lost: (reason) => this.#channelLost(reason),
    })
    this.#loader.connected(this.#channel)
    const { clock, settings } = this.#around
    // Whoever is suspended can't answer, and asking would wake it. Whoever drains has shutdownTimeLimit, and what is said to it
    // as it goes costs its last words: the kernel drops what is unread then.
    const isExcused = () => this.applications.isLoading || !isUp(this.#state)
    this.#pings = new Pings(this.#channel, { clock, settings, isExcused, unanswered: () => this.#unresponsive() })
    this.#idleness.began(open)
    this.#around.changed(this)
  }

  /** The application's registration here: at once, or when it has been loaded; that is part of the `journey` then. */
  need(wanted: Wanted, journey?: ConnectionJourney): Activated | Promise<Activated> {
    const activated = this.applications.ask(wanted, journey)
    if (isConnected(this.#state)) this.#loader.loadNext()
    this.#idleness.consider()
    return activated
  }

  /** Idle timeouts have another share of what is configured now. */
  idleShareChanged(): void {
    this.#idleness.shareChanged()
  }

  /** From now on applications load one after the other here, because one of them may end the process. */
  loadOneByOne(): void {
    this.#loader.loadOneByOne()
  }

  /** Keeps the process from being stopped for idleness until disposed. */
  hold(): Disposable {
    return this.#idleness.hold(() => this.#drainIfUsedUp('recycled'))
  }

  /** The application has been removed: its connections finish, and the process goes when nothing else is in it. */
  removeApplication(id: string): void {
    this.services.forget(id)
    if (this.applications.removed(id) && isConnected(this.#state)) this.#channel?.deactivate(id, 'removed')
    this.#drainIfUsedUp('removed')
  }

  /** Asks the process to finish what it has, for at most shutdownTimeLimit, and to go. */
  drain(why: DrainReason): void {
    this.#idleness.wake()
    const before = this.#state
    this.#to({ type: 'drainAsked', at: this.#around.clock.now(), why })
    if (this.#state === before) return
    if (this.#state.is === 'stopping') return void this.#destroy(`stopped while it was starting: ${why}`)
    const limit = this.#around.settings().shutdownTimeLimit
    this.applications.abandon()
    this.#channel?.drain(why, limit)
    this.#deadline.set(limit, () => this.end('shutdownTimeLimit'))
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
    await this.#ended(how)
    await this.#around.remove(this)
  }

  /** Nothing more is heard of the process. */
  async #ended(how: string): Promise<void> {
    if (this.#state.is === 'exited') return
    this.#named.resolve()
    this.#deadline.lift()
    this.#idleness[Symbol.dispose]()
    this.#pings?.[Symbol.dispose]()
    this.#to({ type: 'processExited', at: this.#around.clock.now(), how })
    this.#channel?.close()
    if (!hasEndedAsExpected(this.#state)) await this.#loader.processEnded(how)
    this.applications.abandon()
    this.#around.changed(this)
  }

  #registered(id: string, registration: Registration, steps?: readonly ReachedStep[]): void {
    // A process of before may have what was removed or moved meanwhile.
    if (this.applications.state(id) === 'absent' && !this.#around.isDeployed(id)) {
      this.#channel?.deactivate(id, 'removed')
      return
    }
    this.#to({ type: 'applicationRegistered', at: this.#around.clock.now() })
    this.#loader.registered(id, registration, steps)
  }

  #applicationsChanged(): void {
    this.#considerStarted()
    this.#around.changed(this)
    this.#drainIfUsedUp('recycled')
    this.#idleness.consider()
  }

  /** A process in which an application failed is of no use to that application; without others it goes. */
  #drainIfUsedUp(why: DrainReason): void {
    if (this.applications.isUsedUp && !this.#idleness.isHeld) this.drain(why)
  }

  async #startTimedOut(): Promise<void> {
    // First of all: whoever hears of it may release the last hold, and that would be another reason to end.
    this.#to({ type: 'endAsked', at: this.#around.clock.now(), why: 'startupTimeLimit' })
    await this.#loader.startTimedOut()
    void this.#destroy('ended: startupTimeLimit')
  }

  #channelLost(reason: string): void {
    if (this.#state.is === 'stopping' || this.#state.is === 'exited') return
    this.#around.log.warn('worker.channelLost', { pool: this.#pool, worker: this.id, reason })
    this.#to({ type: 'endAsked', at: this.#around.clock.now(), why: 'channelLost' })
    this.#around.changed(this)
    // The launcher knows how it ended; that word comes a moment after the channel's end.
    this.#deadline.set(exitGrace, () => void this.#destroy('closed its channel without leaving'))
  }

  async #destroy(how: string): Promise<void> {
    this.#lifetime.abort(new PorticoError('WORKER_DID_NOT_START', { pool: this.#pool, how }))
    try {
      await letGo(this, this.#channel, this.#around)
    } catch (error) {
      // The kernel holds it. Nobody waits for it: without its channel it gets no connection, and another can be started.
      this.#around.log.error('worker.notEnded', { ...this.#names, error })
    }
    await this.#ended(how)
  }

  #unresponsive(): void {
    if (isConnected(this.#state)) this.end('notResponding')
  }

  get #pool(): string {
    return this.#around.settings().name
  }

  #to(event: WorkerEvent): void {
    const before = this.#state
    this.#state = next(before, event)
    if (this.#state === before) return
    this.#considerStarted()
    const lastedMs = this.#around.clock.elapsed() - this.#turnedAt
    this.#turnedAt += lastedMs
    this.#logTurn(
      { ...('why' in before && { why: before.why }), ...(before.is === 'launching' && this.#waited) },
      { state: before, lastedMs },
    )
    this.#around.turned(this)
  }

  /** Its turn to start lasts until the first application has loaded: that takes the machine's time, too. */
  #considerStarted(): void {
    const { is } = this.#state
    const isStarting = is === 'launching' || (is === 'connected' && this.applications.isLoading)
    if (!isStarting) this.#launched?.[Symbol.dispose]()
  }

  get #waited(): LogFields {
    const { waitedMs = 0 } = this.#launched ?? {}
    return waitedMs < worthTelling ? {} : { waitedMs }
  }

  #logTurn(because: LogFields, before?: Before): void {
    const ageMs = Math.round(this.#turnedAt - this.born)
    const counts = { open: this.open, served: this.served, found: this.#wasFound || undefined }
    const start = { standby: this.#launched?.wasStandby || undefined }
    const fields = { ...this.#names, ageMs, ...counts, ...start, ...because }
    const idle = { isLogged: this.#around.settings().idleTimeoutLogged, share: this.#around.idleShare() }
    logTurn(this.#around.log, this.#state, fields, idle, before)
  }

  get #names() {
    return { pool: this.#pool, worker: this.id, pid: this.#pid }
  }
}

/** How long it took, and where that went. */
function tookFields(journey: readonly JourneyStep[] | undefined): LogFields {
  return { afterMs: journey?.at(-1)?.afterMs, journey }
}
