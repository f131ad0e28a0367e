/** The log of failed connections, bounded: whoever sends rubbish must not fill the disk with complaints about it. */
import type { Clock } from '#base/clock.ts'
import type { PorticoError } from '#base/errors.ts'
import type { Log, LogFields } from '#base/log.ts'
import { Restraint } from '#base/restraint.ts'

/** So many events of one code within a minute are written whole; of the others only the number. */
const bound = { events: 20, interval: 60_000 } as const
/** So many of one code for all ports together: whoever may open ports could open new ones without end. */
const boundOfAll = { events: 200, interval: 60_000 } as const

/** What the ports of one Portico log together. */
export const complaintsOfAll = (clock: Clock): Restraint => new Restraint(clock, boundOfAll)

export class Complaints {
  readonly #log: Log
  readonly #restraint: Restraint

  readonly #ofAll: Restraint

  constructor(clock: Clock, log: Log, ofAll: Restraint) {
    this.#log = log
    this.#ofAll = ofAll
    this.#restraint = new Restraint(clock, bound)
  }

  /** Logs that a connection failed, unless too many failed in the same way just now. */
  add(error: PorticoError, fields: LogFields): void {
    const leftOut = this.#restraint.leftOut(error.code)
    if (leftOut === undefined) return
    const leftOutOfAll = this.#ofAll.leftOut(error.code)
    if (leftOutOfAll === undefined) return
    if (leftOutOfAll > 0)
      this.#log.warn('connection.failuresLeftOut', { code: error.code, count: leftOutOfAll, ports: 'all' })
    if (leftOut > 0) this.#log.warn('connection.failuresLeftOut', { code: error.code, count: leftOut })
    // Nobody has to act on rubbish from outside; a failed start is somebody's business.
    const level =
      error.reply === 'ServiceActivationFailed' || error.reply === 'ConnectionDispatchFailed' ? 'error' : 'warn'
    this.#log[level]('connection.refused', { ...fields, code: error.code, error })
  }
}
