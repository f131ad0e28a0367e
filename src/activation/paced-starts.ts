/** Paces the starts of worker processes: at most so many at once, the most urgent one next. */
import type { Clock } from '#base/clock.ts'
import { orAbort } from '#base/signal.ts'
import { nextToStart, type Urgency } from './urgency.ts'

/**
 * Milliseconds after which a start no longer counts as one: it waits for something, or takes long in any case, and must not
 * keep the others.
 */
const longestTurn = 10_000

/** The turn of one start; disposing says that it is over. */
export interface StartTurn extends Disposable {
  /** Milliseconds that it was waited for. */
  readonly waitedMs: number
}

interface Waiting {
  readonly worker: string
  readonly since: number
  /** Asked whenever a turn is given: it may have become another one. */
  readonly urgency: Urgency
  readonly turn: PromiseWithResolvers<void>
}

export class PacedStarts {
  readonly #clock: Clock
  readonly #waiting = new Map<string, Waiting>()
  #limit: number
  #underWay = 0

  constructor(clock: Clock, limit: number) {
    this.#clock = clock
    this.#limit = limit
  }

  /** So many at once. */
  get limit(): number {
    return this.#limit
  }

  get underWay(): number {
    return this.#underWay
  }

  /** How many wait for their turn, by what they are for. */
  get waiting(): Readonly<Record<Urgency, number>> {
    const counts: Record<Urgency, number> = { connection: 0, recycle: 0, load: 0, alwaysRunning: 0 }
    for (const { urgency } of this.#waiting.values()) counts[urgency]++
    return counts
  }

  isWaiting(worker: string): boolean {
    return this.#waiting.has(worker)
  }

  /** Changes the limit; starts that are under way go on. */
  resize(limit: number): void {
    this.#limit = limit
    this.#giveTurns()
  }

  /** Waits until the worker process may start. */
  async take(worker: string, urgency: () => Urgency, signal: AbortSignal): Promise<StartTurn> {
    signal.throwIfAborted()
    const since = this.#clock.elapsed()
    if (this.#underWay < this.#limit) this.#underWay++
    else await this.#waitForTurn(worker, since, urgency, signal)
    return this.#begun(this.#clock.elapsed() - since)
  }

  async #waitForTurn(worker: string, since: number, urgency: () => Urgency, signal: AbortSignal): Promise<void> {
    const turn = Promise.withResolvers<void>()
    const waiting: Waiting = {
      worker,
      since,
      turn,
      get urgency() {
        return urgency()
      },
    }
    this.#waiting.set(worker, waiting)
    try {
      await orAbort(turn.promise, signal)
    } catch (reason) {
      if (!this.#waiting.delete(worker)) this.#ended() // the turn came in the same moment
      throw reason
    }
  }

  #begun(waitedMs: number): StartTurn {
    let isOver = false
    const end = () => {
      if (isOver) return
      isOver = true
      timer[Symbol.dispose]()
      this.#ended()
    }
    const timer = this.#clock.after(longestTurn, end)
    timer.unref()
    return { waitedMs, [Symbol.dispose]: end }
  }

  #ended(): void {
    this.#underWay--
    this.#giveTurns()
  }

  #giveTurns(): void {
    while (this.#underWay < this.#limit) {
      const next = nextToStart(this.#waiting.values(), this.#clock.elapsed())
      if (!next) return
      this.#waiting.delete(next.worker)
      this.#underWay++
      next.turn.resolve()
    }
  }
}
