/** Standby processes: booted worker hosts that hold nothing, kept ready so that the next worker process needs no start. */
import { randomBytes, randomUUID } from 'node:crypto'
import type { Clock, Timer } from '#base/clock.ts'
import { humanDuration } from '#base/duration.ts'
import { PorticoError, sentenceOf } from '#base/errors.ts'
import type { Log } from '#base/log.ts'
import { Deadline } from './deadline.ts'
import type { LaunchedProcess, Launcher, LaunchOrder } from './launcher.ts'
import type { PoolSettings } from './pool-settings.ts'
import type { WorkerChannel } from './worker-channel.ts'

/** The channel to one standby process. */
export interface StandbyChannel {
  readonly peer: WorkerChannel['peer']
  readonly isOpen: boolean
  /** Says who hears of its end. */
  open(lost: () => void): void
  /** Tells the process which worker process it is from now on. */
  assign(order: LaunchOrder): void
}

export interface StandbySurroundings {
  readonly clock: Clock
  readonly log: Log
  readonly launcher: Pick<Launcher, 'launch' | 'assign' | 'remove'>
  /** What to launch for a standby process. */
  order(id: string, token: string): LaunchOrder
  /** Whether worker processes are starting: they need the processors more. */
  isBusy(): boolean
}

/** Milliseconds that nothing has been starting before a standby process is launched. */
const quiet = 250
/** Milliseconds for one to come to its channel. */
const startLimit = 30_000
/** Milliseconds for the word how a process ended, after its channel was lost. */
const exitGrace = 1_000
/** Milliseconds until the next is launched after one has failed; doubles each time, until one has been of use. */
const retryDelay = { first: 1_000, greatest: 60_000 } as const

/** Variables that a process reads once: a standby process has done so. */
const readBefore = ['UV_THREADPOOL_SIZE'] as const

interface Starting {
  readonly id: string
  readonly token: string
  readonly since: number
  /** Its pid, once the launcher has told it; undefined when it has given up. */
  readonly pid: PromiseWithResolvers<number | undefined>
  readonly lifetime: AbortController
}

interface Ready {
  readonly channel: StandbyChannel
  readonly since: number
}

export class StandbyProcesses {
  readonly #around: StandbySurroundings
  readonly #ready = new Map<string, Ready>()
  /** One at a time. */
  #starting: Starting | undefined
  readonly #startDeadline: Deadline
  readonly #ends = new Set<Promise<void>>()
  #state: 'not open yet' | 'open' | 'closed' = 'not open yet'
  #wanted = 0
  #failures = 0
  #problem: string | undefined
  /** Nothing is launched before. */
  #pause: Timer | undefined

  constructor(around: StandbySurroundings) {
    this.#around = around
    this.#startDeadline = new Deadline(around.clock)
  }

  get wanted(): number {
    return this.#wanted
  }

  /** How many could become a worker process now. */
  get ready(): number {
    return Iterator.from(this.#ready.values())
      .filter(({ channel }) => channel.isOpen)
      .toArray().length
  }

  /** Why the next worker process of the pool starts afresh; undefined when it comes from standby. */
  whyNot({ nodeArguments, environment }: PoolSettings): string | undefined {
    if (this.#wanted === 0) return 'because standbyProcesses is 0'
    if (nodeArguments.length > 0) return `because of its Node arguments: ${nodeArguments.join(' ')}`
    const variable = readBefore.find((name) => name in environment)
    if (variable !== undefined) return `because of its environment variable ${variable}`
    return this.ready === 0 ? 'because no standby process is ready' : undefined
  }

  /** Why the last one failed, until one is ready. */
  get problem(): string | undefined {
    return this.#problem
  }

  /** From now on they are launched. */
  open(): void {
    if (this.#state === 'closed') return
    this.#state = 'open'
    this.look()
  }

  /** So many are kept ready. */
  want(count: number): void {
    this.#wanted = count
    for (const id of [...this.#ready.keys()].slice(count)) this.#remove(id)
    if (count === 0) {
      this.#giveUpStart()
      this.#problem = undefined
    }
    this.look()
  }

  /** Something may have changed that one waits for. */
  look(): void {
    if (this.#state !== 'open' || this.#pause || this.#starting || this.#ready.size >= this.#wanted) return
    if (!this.#around.isBusy()) this.#pauseFor(quiet)
  }

  /** Takes the channel of the process that presents `token`; false when that was not given to the process at its end. */
  async connected(token: string, channel: StandbyChannel): Promise<boolean> {
    const starting = this.#starting
    if (starting?.token !== token) return false
    // It may come before the launcher has named it.
    const pid = await starting.pid.promise
    if (pid !== channel.peer.pid || this.#starting !== starting) return false
    const { id, since } = starting
    this.#starting = undefined
    this.#startDeadline.lift()
    this.#problem = undefined
    const now = this.#around.clock.elapsed()
    this.#ready.set(id, { channel, since: now })
    channel.open(() => this.#lost(id))
    this.#around.log.info('standby.ready', { worker: id, pid, afterMs: Math.round(now - since) })
    this.want(this.#wanted)
    return true
  }

  /** One of them becomes the worker process of the order; undefined when none can. */
  async take(order: LaunchOrder): Promise<LaunchedProcess | undefined> {
    for (const [id, { channel }] of this.#ready) {
      if (!channel.isOpen) continue
      this.#ready.delete(id) // nobody else gets it
      try {
        const launched = await this.#around.launcher.assign(id, order, () => channel.assign(order))
        this.#failures = 0
        return launched
      } catch (error) {
        this.#around.log.warn('standby.notTaken', { worker: id, pool: order.pool, reason: sentenceOf(error) })
        this.#remove(id)
      }
    }
    return undefined
  }

  /** The launcher says that a process has ended. */
  exited(id: string, how: string): void {
    const ready = this.#ready.get(id)
    if (ready) {
      this.#ready.delete(id)
      // What had been there for long is no sign that the next one fails, too.
      if (this.#around.clock.elapsed() - ready.since >= retryDelay.greatest) this.#failures = 0
      this.#failed(id, `it ended: ${how}`)
    } else if (this.#starting?.id === id) {
      this.#giveUpStart()
      this.#failed(id, `it ended before it was ready: ${how}`)
    }
  }

  /** Ends all of them; resolves when they are gone. */
  async close(): Promise<void> {
    this.#state = 'closed'
    this.#pause?.[Symbol.dispose]()
    this.#giveUpStart()
    for (const id of this.#ready.keys()) this.#remove(id)
    await Promise.all(this.#ends)
  }

  #pauseFor(ms: number): void {
    this.#pause?.[Symbol.dispose]()
    this.#pause = this.#around.clock.after(ms, () => {
      this.#pause = undefined
      const isNeeded = this.#state === 'open' && this.#ready.size < this.#wanted
      if (isNeeded && !this.#around.isBusy()) void this.#launch()
    })
  }

  async #launch(): Promise<void> {
    const { clock, launcher, order } = this.#around
    const starting: Starting = {
      id: `standby-${randomBytes(4).toString('hex')}`,
      token: randomUUID(),
      since: clock.elapsed(),
      pid: Promise.withResolvers(),
      lifetime: new AbortController(),
    }
    this.#starting = starting
    const { id, token, lifetime } = starting
    try {
      const { pid } = await launcher.launch(order(id, token), lifetime.signal)
      starting.pid.resolve(pid)
      if (this.#starting !== starting) return
      this.#startDeadline.set(startLimit, () => {
        this.#giveUpStart()
        this.#failed(id, `it was not ready within ${humanDuration(startLimit)}`)
      })
    } catch (error) {
      starting.pid.resolve(undefined)
      if (this.#starting !== starting) return
      this.#starting = undefined
      this.#failed(id, sentenceOf(error))
    }
  }

  #giveUpStart(): void {
    const starting = this.#starting
    if (!starting) return
    this.#starting = undefined
    this.#startDeadline.lift()
    starting.lifetime.abort(new PorticoError('SHUTTING_DOWN', {}))
    this.#remove(starting.id)
  }

  /** A process without its channel ends by itself, and the launcher says how. */
  #lost(id: string): void {
    if (!this.#ready.has(id)) return
    const grace = this.#around.clock.after(exitGrace, () => {
      if (!this.#ready.has(id)) return
      this.#remove(id)
      this.#failed(id, 'it closed its channel')
    })
    grace.unref()
  }

  #failed(id: string, reason: string): void {
    const { first, greatest } = retryDelay
    const retryMs = Math.min(first * 2 ** this.#failures++, greatest)
    this.#problem = reason
    this.#around.log.warn('standby.failed', { worker: id, reason, retryMs })
    this.#pauseFor(retryMs)
  }

  #remove(id: string): void {
    this.#ready.delete(id)
    const end = this.#around.launcher
      .remove(id)
      .catch((error: unknown) => this.#around.log.error('standby.notEnded', { worker: id, error }))
      .finally(() => this.#ends.delete(end))
    this.#ends.add(end)
  }
}
