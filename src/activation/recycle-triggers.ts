/** Watches the worker process of a pool for what makes it due to be replaced. */
import type { Clock, Timer } from '#base/clock.ts'
import type { RecycleReason, RecyclingSettings } from './pool-settings.ts'
import type { ProcessMemory } from './process-memory.ts'
import { recycleDue, untilNextLook } from './recycle-due.ts'

/** Milliseconds between two looks at the memory. */
const memoryInterval = 30_000
/** The clock may be set, and a long timer would miss it: no look is later than this. */
const longestWait = 60_000
/** Milliseconds until one that is due is told again, when it could not be replaced. */
const again = 60_000

/** A worker process that takes connections. */
export interface Watched {
  readonly pid: number | undefined
  /** Milliseconds by the clock that never goes back. */
  readonly born: number
  readonly requests: number
}

export interface TriggersSurroundings {
  readonly clock: Clock
  settings(): RecyclingSettings
  /** The one that is to be replaced when it is due; undefined while there is none. */
  watched(): Watched | undefined
  memoryOf(pid: number): ProcessMemory
  due(why: RecycleReason): void
}

export class RecycleTriggers implements Disposable {
  readonly #around: TriggersSurroundings
  #timer: Timer | undefined
  #of: Watched | undefined
  #lookedAt = 0
  /** By the clock that never goes back. */
  #notBefore = 0
  /** Why it is due besides what shows in itself. */
  #owed: RecycleReason | undefined

  constructor(around: TriggersSurroundings) {
    this.#around = around
  }

  /** To be called whenever the pool, its settings, or the number of requests of its worker process have changed. */
  look(): void {
    const watched = this.#around.watched()
    if (watched !== this.#of) {
      this.#of = watched
      this.#lookedAt = this.#around.clock.now()
      this.#notBefore = 0
      this.#owed = undefined
      this.#arm()
    } else if (watched && this.#isOver(watched)) this.#decide(watched)
  }

  /** The worker process could not be replaced for this reason, which stays: it is told again in a while. */
  owed(why: RecycleReason): void {
    this.#owed = why
    this.#notBefore = this.#around.clock.elapsed() + again
    this.#arm()
  }

  /** Other settings are in force. */
  configured(): void {
    if (this.#of) this.#arm()
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]()
  }

  #isOver({ requests }: Watched): boolean {
    const { requests: limit } = this.#around.settings()
    return limit > 0 && requests >= limit && this.#around.clock.elapsed() >= this.#notBefore
  }

  #arm(): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = undefined
    const { clock, settings } = this.#around
    const watched = this.#of
    if (!watched) return
    const looksAtMemory = settings().memory > 0 || settings().privateMemory > 0
    const next = untilNextLook(settings(), { age: clock.elapsed() - watched.born, now: clock.now() })
    const soon = this.#owed === undefined ? Number.POSITIVE_INFINITY : 0
    const wait = Math.min(next, soon, looksAtMemory ? memoryInterval : Number.POSITIVE_INFINITY)
    if (wait === Number.POSITIVE_INFINITY) return
    const earliest = this.#notBefore - clock.elapsed()
    this.#timer = clock.after(Math.max(earliest, Math.min(wait, longestWait)), () => this.#decide(watched))
  }

  #decide(watched: Watched): void {
    const { clock, settings, memoryOf } = this.#around
    const { memory, privateMemory } = settings()
    const used = watched.pid !== undefined && (memory > 0 || privateMemory > 0) ? memoryOf(watched.pid) : undefined
    const now = clock.now()
    const due = recycleDue(settings(), {
      age: clock.elapsed() - watched.born,
      requests: watched.requests,
      virtualMemory: used?.virtual,
      privateMemory: used?.private,
      lookedAt: this.#lookedAt,
      now,
    })
    this.#lookedAt = now
    const why = due ?? this.#owed
    if (why) {
      this.#notBefore = clock.elapsed() + again
      this.#around.due(why)
    }
    if (this.#of === watched) this.#arm()
  }
}
