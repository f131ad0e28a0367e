/** The queues of all pools. */
import type { Clock } from '#base/clock.ts'
import type { Awaited } from './awaited.ts'
import type { OnItsWay } from './launch-cause.ts'
import { PoolQueue } from './pool-queue.ts'
import type { WaitingBounds } from './pool-settings.ts'

export interface QueuesSurroundings {
  readonly clock: Clock
  /** Of the pool with this name; undefined when it is gone. */
  bounds(pool: string): WaitingBounds | undefined
  awaited(pool: string, application: string): Awaited
}

/** For those that still wait in a pool that is gone: they leave it by themselves. */
const unbounded: WaitingBounds = {
  maxWaitingConnections: Number.POSITIVE_INFINITY,
  waitingTimeLimit: Number.POSITIVE_INFINITY,
}

export class PoolQueues {
  readonly #around: QueuesSurroundings
  /** By the name in lower case. */
  readonly #queues = new Map<string, PoolQueue>()
  /** A connection whose worker process went waits again, and has waited since the first time. */
  readonly #since = new WeakMap<OnItsWay, number>()

  constructor(around: QueuesSurroundings) {
    this.#around = around
  }

  of(pool: string): PoolQueue {
    const key = pool.toLowerCase()
    const known = this.#queues.get(key)
    if (known) return known
    const { clock, bounds, awaited } = this.#around
    const queue = new PoolQueue({
      clock,
      pool,
      bounds: () => bounds(pool) ?? unbounded,
      awaited: (application) => awaited(pool, application),
      sinceOf: (connection) => this.#sinceOf(connection),
    })
    this.#queues.set(key, queue)
    return queue
  }

  /** Bounds may be others now, and applications may be gone. */
  configured(applications: ReadonlyMap<string, { readonly pool: string }>): void {
    for (const [pool, queue] of this.#queues) {
      queue.configured()
      queue.keep((application) => applications.get(application)?.pool.toLowerCase() === pool)
    }
  }

  /** How many were turned away because too many waited, since the start. */
  get refused(): number {
    return this.#queues.values().reduce((sum, { turnedAway }) => sum + turnedAway.lineFull + turnedAway.poolFull, 0)
  }

  #sinceOf(connection: OnItsWay): number {
    const known = this.#since.get(connection)
    if (known !== undefined) return known
    const now = this.#around.clock.elapsed()
    this.#since.set(connection, now)
    return now
  }
}
