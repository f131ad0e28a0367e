/** A clock that a test turns by hand. */
import type { Clock, Timer } from '#base/clock.ts'

interface SetTimer {
  readonly at: number
  readonly ms: number
  readonly expired: () => void
}

export class ManualClock implements Clock {
  readonly #timers = new Set<SetTimer>()
  readonly #watchers = new Set<() => void>()
  #time = 0
  /** How far the time of day is from the time that passes. */
  #set = 0

  now(): number {
    return this.#time + this.#set
  }

  elapsed(): number {
    return this.#time
  }

  after(ms: number, expired: () => void): Timer {
    const timer = { at: this.#time + ms, ms, expired }
    this.#timers.add(timer)
    for (const watcher of this.#watchers) watcher()
    return { unref() {}, [Symbol.dispose]: () => void this.#timers.delete(timer) }
  }

  /** How many timers are set. */
  get pending(): number {
    return this.#timers.size
  }

  /** Resolves as soon as a timer of `ms` is set. */
  whenSet(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const watcher = () => {
        if (![...this.#timers].some((timer) => timer.ms === ms)) return
        this.#watchers.delete(watcher)
        resolve()
      }
      this.#watchers.add(watcher)
      watcher()
    })
  }

  /** Somebody sets the time of day forward by `ms`, or back; no time passes. */
  jump(ms: number): void {
    this.#set += ms
  }

  /** Lets `ms` pass; what is due happens in its order. */
  turn(ms: number): void {
    const until = this.#time + ms
    for (;;) {
      const due = [...this.#timers].filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0]
      if (!due) break
      this.#timers.delete(due)
      this.#time = due.at
      due.expired()
    }
    this.#time = until
  }
}
