/** The log of failed connections, bounded: whoever sends rubbish must not fill the disk with complaints about it. */
import type { Clock } from '#base/clock.ts'
import type { PorticoError } from '#base/errors.ts'
import type { Log, LogFields } from '#base/log.ts'

/** So many events of one code within the interval are written whole; of the others only the number. */
const bound = { events: 20, interval: 60_000 } as const

export class Complaints {
  readonly #clock: Clock
  readonly #log: Log
  readonly #byCode = new Map<string, { since: number; count: number }>()

  constructor(clock: Clock, log: Log) {
    this.#clock = clock
    this.#log = log
  }

  /** Logs that a connection failed, unless too many failed in the same way just now. */
  add(error: PorticoError, fields: LogFields): void {
    const now = this.#clock.elapsed()
    let recent = this.#byCode.get(error.code)
    if (!recent || now - recent.since > bound.interval) {
      const leftOut = (recent?.count ?? 0) - bound.events
      if (leftOut > 0) this.#log.warn('connection.failuresLeftOut', { code: error.code, count: leftOut })
      recent = { since: now, count: 0 }
      this.#byCode.set(error.code, recent)
    }
    recent.count++
    if (recent.count > bound.events) return
    // Nobody has to act on rubbish from outside; a failed start is somebody's business.
    const level =
      error.reply === 'ServiceActivationFailed' || error.reply === 'ConnectionDispatchFailed' ? 'error' : 'warn'
    this.#log[level]('connection.refused', { ...fields, code: error.code, error })
  }
}
