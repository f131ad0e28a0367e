/** The connections that wait for the applications of one pool: so many at most, shared fairly, and each only so long. */
import type { Clock, Timer } from '#base/clock.ts'
import { PorticoError } from '#base/errors.ts'
import { type Awaited, awaitedInWords } from './awaited.ts'
import { givesWay } from './fair-places.ts'
import type { OnItsWay } from './launch-cause.ts'
import type { WaitingBounds } from './pool-settings.ts'
import { type Place, type TurnedAway, WaitingLine } from './waiting.ts'

/** Milliseconds between two looks for clients that have gone. */
const lookInterval = 5_000

export interface QueueSurroundings {
  readonly clock: Clock
  readonly pool: string
  bounds(): WaitingBounds
  /** What those that wait for the application wait for now. */
  awaited(application: string): Awaited
  /** When the connection began to wait, by the clock that never goes back; it may have waited elsewhere before. */
  sinceOf(connection: OnItsWay): number
}

export class PoolQueue {
  readonly #around: QueueSurroundings
  readonly #lines = new Map<string, WaitingLine>()
  /** By lines that are gone. */
  #forgotten: TurnedAway = { lineFull: 0, poolFull: 0, tooLong: 0, gone: 0 }
  #count = 0
  /** Set while anybody waits, for the one that has waited longest. */
  #timer: Timer | undefined
  #longest = Number.POSITIVE_INFINITY

  constructor(around: QueueSurroundings) {
    this.#around = around
  }

  get count(): number {
    return this.#count
  }

  get turnedAway(): TurnedAway {
    return Array.from(this.#lines.values(), (line) => line.turnedAway).reduce(sum, this.#forgotten)
  }

  /** Those that wait for the application with this id. Only a line in which somebody has stood is kept. */
  of(application: string): WaitingLine {
    return this.#lines.get(application) ?? new WaitingLine(`application ${application}`)
  }

  get connections(): Iterable<OnItsWay> {
    return Array.from(this.#lines.values()).flatMap(({ connections }) => [...connections])
  }

  /**
   * Takes a place, for as long as the pool allows. Throws TOO_MANY_WAITING when `limit` connections wait for the application
   * already, and TOO_MANY_WAITING_IN_POOL when the pool is full and the application has its fair share of it.
   */
  enter(application: string, limit: number, connection: OnItsWay): Place {
    const line = this.of(application)
    this.#lines.set(application, line)
    line.assertRoom(limit)
    if (this.#count >= this.#around.bounds().maxWaitingConnections) this.#makeRoom(application, line)
    this.#count++
    const place = line.add(connection, () => this.#left())
    const since = this.#around.sinceOf(connection)
    if (since < this.#longest) this.#waitFor(since)
    return place
  }

  /** The bounds may be others now: who waits may stay, but not longer than they say. */
  configured(): void {
    this.#look()
  }

  /** Forgets what nobody waits for and what isn't the pool's any more. */
  keep(isOfPool: (application: string) => boolean): void {
    for (const [application, line] of this.#lines)
      if (line.count === 0 && !isOfPool(application)) {
        this.#forgotten = sum(this.#forgotten, line.turnedAway)
        this.#lines.delete(application)
      }
  }

  /** The application that has the most loses its newest; throws when that would be the newcomer. */
  #makeRoom(application: string, line: WaitingLine): void {
    const taken = Array.from(this.#lines, ([each, { count }]) => [each, count] as const)
    const loser = givesWay(taken, application)
    const error = this.#full(loser ?? application)
    if (loser === undefined) {
      line.turnAway('poolFull')
      throw error
    }
    const newest = Array.from(this.of(loser).places).at(-1)
    if (newest) this.#turnAway(newest, this.of(loser), 'poolFull', error)
  }

  #full(application: string): PorticoError {
    const { pool, bounds } = this.#around
    const own = this.of(application).count
    const limit = bounds().maxWaitingConnections
    return new PorticoError('TOO_MANY_WAITING_IN_POOL', { app: application, pool, own, limit })
  }

  /** Its place is free at once, whenever the connection hears of it. */
  #turnAway(place: Place, line: WaitingLine, reason: keyof TurnedAway, error: PorticoError): void {
    place[Symbol.dispose]()
    line.turnAway(reason)
    place.connection.giveUp(error)
  }

  #left(): void {
    this.#count--
    if (this.#count === 0) this.#stop()
  }

  /** Turns away whose client has gone and who has waited too long, and waits for the next one that will have. */
  #look(): void {
    this.#stop()
    const { clock, sinceOf, bounds } = this.#around
    const { waitingTimeLimit } = bounds()
    const now = clock.elapsed()
    let next = Number.POSITIVE_INFINITY
    for (const [application, line] of this.#lines)
      for (const place of [...line.places]) {
        const since = sinceOf(place.connection)
        if (place.connection.isGone) this.#turnAway(place, line, 'gone', this.#clientGone(application, now - since))
        else if (now - since < waitingTimeLimit) next = Math.min(next, since)
        else this.#turnAway(place, line, 'tooLong', this.#waitedTooLong(application, now - since))
      }
    if (this.#count > 0) this.#waitFor(next)
  }

  #waitFor(since: number): void {
    this.#stop()
    this.#longest = since
    const { clock, bounds } = this.#around
    const left = since + bounds().waitingTimeLimit - clock.elapsed()
    this.#timer = clock.after(Math.min(lookInterval, Math.max(1, left)), () => this.#look())
  }

  #stop(): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = undefined
    this.#longest = Number.POSITIVE_INFINITY
  }

  #clientGone(app: string, ms: number): PorticoError {
    const { pool, awaited } = this.#around
    const what = awaitedInWords[awaited(app)]
    return new PorticoError('CLIENT_GAVE_UP', { app, pool, seconds: Math.round(ms / 1000), what })
  }

  /** A machine or an application that has too much to do is busy; what does not come to its start did not start. */
  #waitedTooLong(app: string, ms: number): PorticoError {
    const { pool, awaited } = this.#around
    const what = awaited(app)
    const args = { app, pool, seconds: Math.round(ms / 1000), what: awaitedInWords[what] }
    const isBusy = what === 'turn' || what === 'acceptance'
    return isBusy ? new PorticoError('WAITED_TOO_LONG', args) : new PorticoError('WAITED_TOO_LONG_FOR_ACTIVATION', args)
  }
}

function sum(a: TurnedAway, b: TurnedAway): TurnedAway {
  return {
    lineFull: a.lineFull + b.lineFull,
    poolFull: a.poolFull + b.poolFull,
    tooLong: a.tooLong + b.tooLong,
    gone: a.gone + b.gone,
  }
}
