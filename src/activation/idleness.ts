/** What keeps one worker process from being idle, and the moment when it has had nothing to do for idleTimeout. */
import type { Clock, Timer } from '#base/clock.ts'
import type { Log, LogFields } from '#base/log.ts'
import type { PoolSettings } from './pool-settings.ts'
import { Suspension } from './suspension.ts'
import type { WorkerChannel } from './worker-channel.ts'
import { WorkerLeases } from './worker-leases.ts'
import type { WorkerEvent } from './worker-state.ts'

/** The worker process, as far as its idleness is concerned. */
export interface IdlenessSurroundings {
  readonly clock: Clock
  readonly log: Log
  settings(): PoolSettings
  /** The share of the configured idleTimeout that applies now. */
  share(): number
  /** Names it in the log. */
  names(): LogFields
  channel(): WorkerChannel | undefined
  /** Whether it takes connections and could be idle. */
  isUp(): boolean
  isLoading(): boolean
  /** It was suspended or resumed. */
  turned(event: WorkerEvent): void
  drain(why: 'idle'): void
}

export class Idleness implements Disposable {
  readonly leases: WorkerLeases
  readonly #around: IdlenessSurroundings
  readonly #suspension: Suspension
  #holds = 0
  #open = 0
  #served = 0
  #timer: Timer | undefined
  /** When the timer was set, by the clock that never goes back. */
  #idleSince = 0

  constructor(around: IdlenessSurroundings) {
    this.#around = around
    this.leases = new WorkerLeases(around.clock)
    this.#suspension = new Suspension(
      around.log,
      () => around.names(),
      () => {
        around.turned({ type: 'resumed', at: around.clock.now() })
        this.consider()
      },
    )
  }

  get isHeld(): boolean {
    return this.#holds > 0
  }

  /** Connections that the process has. */
  get open(): number {
    return this.#open
  }

  /** Connections that the process has, and needs that are on their way to it. */
  get load(): number {
    return this.#open + this.#holds
  }

  /** Connections that it has taken so far. */
  get served(): number {
    return this.#served
  }

  /** Whether nothing needs the process: no hold, no connection, no lease, nothing loading. */
  get isIdle(): boolean {
    return this.#holds === 0 && this.#open === 0 && this.leases.isEmpty && !this.#around.isLoading()
  }

  /** Keeps the process until disposed; `released` is called then. */
  hold(released: () => void): Disposable {
    this.#holds++
    this.consider()
    let held = true
    return {
      [Symbol.dispose]: () => {
        if (!held) return
        held = false
        this.#holds--
        released()
        this.consider()
      },
    }
  }

  /** The process came to its channel with so many connections from before. */
  began(open: number): void {
    this.#open = open
    this.consider()
  }

  accepted(): void {
    this.#served++
    this.#open++
    this.consider()
  }

  closed(): void {
    this.#open = Math.max(0, this.#open - 1)
    this.consider()
  }

  leased(number: number, lease: Parameters<WorkerLeases['taken']>[1]): void {
    this.leases.taken(number, lease)
    this.consider()
  }

  leaseReleased(number: number): void {
    this.leases.released(number)
    this.consider()
  }

  /**
   * The idle decision, to be taken anew with every change. Holds are taken and released in the same turn as this looks at
   * them, and what comes of it happens in that turn as well, so that they can't interleave.
   */
  consider(): void {
    this.#stopWaiting()
    if (!this.isIdle) {
      this.wake()
      return
    }
    if (!this.#around.isUp() || !this.#hasConsequences) return
    this.#idleSince = this.#around.clock.elapsed()
    this.#waitOn()
  }

  /** Another share of idleTimeout applies: to the time that it has been idle already, too. */
  shareChanged(): void {
    if (!this.#timer) return
    this.#stopWaiting()
    this.#waitOn()
  }

  /** Lets the process go on if it was suspended. */
  wake(): void {
    this.#suspension.end(this.#around.channel())
  }

  /** The channel through which whatever is said to the process wakes it first. */
  wakingFirst(channel: WorkerChannel): WorkerChannel {
    return this.#suspension.wakingFirst(channel)
  }

  /** The process has ended. */
  [Symbol.dispose](): void {
    this.#stopWaiting()
    this.#suspension[Symbol.dispose]()
  }

  #waitOn(): void {
    const { clock, settings, share } = this.#around
    const left = this.#idleSince + settings().idleTimeout * share() - clock.elapsed()
    this.#timer = clock.after(Math.max(0, left), () => this.#expired())
  }

  #stopWaiting(): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = undefined
  }

  #expired(): void {
    this.#timer = undefined
    // It may drain by now, and the configuration may be another one.
    if (!this.#around.isUp() || !this.#hasConsequences) return
    const channel = this.#around.channel()
    const suspends = this.#around.settings().idleTimeoutAction === 'Suspend'
    if (suspends && channel && this.#suspension.begin(channel))
      this.#around.turned({ type: 'suspended', at: this.#around.clock.now() })
    else this.#around.drain('idle')
  }

  /** Whether anything comes of idleness in the pool. */
  get #hasConsequences(): boolean {
    const { idleTimeout, startMode } = this.#around.settings()
    return idleTimeout > 0 && startMode !== 'AlwaysRunning'
  }
}
