/** The log of failed connections, bounded: whoever sends rubbish must not fill the disk with complaints about it. */
import type { Clock } from '#base/clock.ts'
import type { PorticoError } from '#base/errors.ts'
import type { Log, LogFields } from '#base/log.ts'
import { Restraint } from '#base/restraint.ts'

/** So many events of one code within a minute are written whole; of the others only the number. */
const bound = { events: 20, interval: 60_000 } as const

export class Complaints {
  readonly #log: Log
  readonly #restraint: Restraint

  constructor(clock: Clock, log: Log) {
    this.#log = log
    this.#restraint = new Restraint(clock, bound)
  }

  /** Logs that a connection failed, unless too many failed in the same way just now. */
  add(error: PorticoError, fields: LogFields): void {
    const leftOut = this.#restraint.leftOut(error.code)
    if (leftOut === undefined) return
    if (leftOut > 0) this.#log.warn('connection.failuresLeftOut', { code: error.code, count: leftOut })
    // Nobody has to act on rubbish from outside; a failed start is somebody's business.
    const level =
      error.reply === 'ServiceActivationFailed' || error.reply === 'ConnectionDispatchFailed' ? 'error' : 'warn'
    this.#log[level]('connection.refused', { ...fields, code: error.code, error })
  }
}
