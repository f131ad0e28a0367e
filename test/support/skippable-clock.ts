/** The system's clock, in which a test can skip time: what would be due by then happens at once. */
import { type Clock, systemClock, type Timer } from '#base/clock.ts'

interface SetTimer {
  readonly due: number
  readonly expired: () => void
  readonly real: Timer
}

export class SkippableClock implements Clock {
  readonly #timers = new Set<SetTimer>()
  #skipped = 0

  now(): number {
    return systemClock.now() + this.#skipped
  }

  elapsed(): number {
    return systemClock.elapsed() + this.#skipped
  }

  after(ms: number, expired: () => void): Timer {
    const run = () => {
      if (this.#timers.delete(timer)) expired()
    }
    const timer: SetTimer = { due: this.elapsed() + ms, expired: run, real: systemClock.after(ms, run) }
    this.#timers.add(timer)
    return {
      unref: () => timer.real.unref(),
      [Symbol.dispose]: () => {
        this.#timers.delete(timer)
        timer.real[Symbol.dispose]()
      },
    }
  }

  /** How many timers are set. */
  get pending(): number {
    return this.#timers.size
  }

  /** Lets `ms` pass at once. */
  skip(ms: number): void {
    this.#skipped += ms
    const due = [...this.#timers].filter((timer) => timer.due <= this.elapsed()).sort((a, b) => a.due - b.due)
    for (const timer of due) {
      timer.real[Symbol.dispose]()
      timer.expired()
    }
  }
}
