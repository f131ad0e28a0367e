/** Time as a parameter: the system's clock in production, one that a test turns by hand. */
import { longestTimer } from './duration.ts'

/** A timer that has been set; disposing cancels it. */
export interface Timer extends Disposable {
  /** Lets the process end although the timer is still set. */
  unref(): void
}

export interface Clock {
  /** Milliseconds since the epoch; for time stamps. */
  now(): number
  /** Milliseconds that never go back; for measuring and for deadlines. */
  elapsed(): number
  /** Calls `expired` once, after `ms`; `Infinity` never does. */
  after(ms: number, expired: () => void): Timer
}

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(ms, expired) {
    if (ms === Number.POSITIVE_INFINITY) return { unref() {}, [Symbol.dispose]() {} }
    const timer = setTimeout(expired, Math.min(ms, longestTimer))
    return { unref: () => void timer.unref(), [Symbol.dispose]: () => clearTimeout(timer) }
  },
}

/** Resolves after `ms`; rejects with the signal's reason when that comes first. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const aborted = () => {
      timer[Symbol.dispose]()
      reject(signal.reason)
    }
    const timer = clock.after(ms, () => {
      signal.removeEventListener('abort', aborted)
      resolve()
    })
    signal.addEventListener('abort', aborted, { once: true })
  })
}
