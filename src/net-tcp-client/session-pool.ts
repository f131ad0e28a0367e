/** Open sessions between two calls, kept and given up as WCF's TcpConnectionPoolSettings say. */
import { setImmediate } from 'node:timers/promises'
import type { Clock } from '#base/clock.ts'

/** Times are milliseconds; `Infinity` is never. */
export interface PoolSettings {
  /** Sessions that are kept while no call uses them. */
  readonly maxOutboundConnectionsPerEndpoint: number
  /** How long one is kept without a call. */
  readonly idleTimeout: number
  /** How long after its opening one may still be used for another call. */
  readonly leaseTimeout: number
}

export const defaultPool: PoolSettings = {
  maxOutboundConnectionsPerEndpoint: 10,
  idleTimeout: 120_000,
  leaseTimeout: 300_000,
}

export interface Pooled {
  readonly isOpen: boolean
  /** Aborts when it is over. */
  readonly signal: AbortSignal
  /** Resolves when nothing is left of it. */
  close(): Promise<void>
  keepsProcess(keeps: boolean): void
}

/** One that no call uses; disposing ends the watch over it, not the session. */
interface Idle<S> extends Disposable {
  readonly session: S
}

export class SessionPool<S extends Pooled> {
  readonly #settings: PoolSettings
  readonly #clock: Clock
  readonly #open: (signal?: AbortSignal) => Promise<S>
  /** Those used last stand last, and are used first: the others come to their idleTimeout. */
  readonly #idle: Idle<S>[] = []
  readonly #openedAt = new WeakMap<S, number>()
  readonly #closing = new Map<S, Promise<void>>()
  #isClosed = false

  constructor(settings: PoolSettings, clock: Clock, open: (signal?: AbortSignal) => Promise<S>) {
    this.#settings = settings
    this.#clock = clock
    this.#open = open
  }

  /** A session that nobody else uses until it is given back. */
  async take(signal?: AbortSignal): Promise<S> {
    for (let idle = this.#idle.at(-1); idle; idle = this.#idle.at(-1)) {
      idle[Symbol.dispose]()
      const { session } = idle
      session.keepsProcess(true)
      // A service that has closed has said so, perhaps while this process was busy: the second turn has read it.
      await setImmediate()
      await setImmediate()
      if (session.isOpen) return session
    }
    const session = await this.#open(signal)
    this.#openedAt.set(session, this.#clock.elapsed())
    return session
  }

  give(session: S): void {
    if (!session.isOpen) return
    const { maxOutboundConnectionsPerEndpoint: most, idleTimeout, leaseTimeout } = this.#settings
    const leased = leaseTimeout - (this.#clock.elapsed() - (this.#openedAt.get(session) ?? 0))
    const limit = Math.min(idleTimeout, leased)
    if (this.#isClosed || limit <= 0 || this.#idle.length >= most) this.#end(session)
    else this.#keep(session, limit)
  }

  #keep(session: S, limit: number): void {
    session.keepsProcess(false)
    const timer = this.#clock.after(limit, () => {
      idle[Symbol.dispose]()
      this.#end(session)
    })
    timer.unref()
    const over = () => idle[Symbol.dispose]()
    const idle: Idle<S> = {
      session,
      [Symbol.dispose]: () => {
        timer[Symbol.dispose]()
        session.signal.removeEventListener('abort', over)
        this.#idle.splice(this.#idle.indexOf(idle), 1)
      },
    }
    session.signal.addEventListener('abort', over)
    this.#idle.push(idle)
  }

  /** Closes what is idle, and from now on what is given back; resolves when that is done. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const idle of [...this.#idle]) {
      idle[Symbol.dispose]()
      this.#end(idle.session)
    }
    for (const session of this.#closing.keys()) session.keepsProcess(true)
    await Promise.all(this.#closing.values())
  }

  #end(session: S): void {
    session.keepsProcess(this.#isClosed)
    this.#closing.set(
      session,
      session.close().finally(() => this.#closing.delete(session)),
    )
  }
}
