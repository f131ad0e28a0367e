/** The connections that wait for one thing: counted, bounded, and visible. */
import { PorticoError } from '#base/errors.ts'
import type { OnItsWay } from './launch-cause.ts'

/** A connection's place among those that wait; disposing gives it up. */
export interface Place extends Disposable {
  readonly connection: OnItsWay
}

/** How many were turned away, by reason, since the line is there. */
export interface TurnedAway {
  /** As many as may waited for the same thing. */
  readonly lineFull: number
  /** As many as may waited for the applications of the pool. */
  readonly poolFull: number
  /** They had waited as long as they may. */
  readonly tooLong: number
  /** Their clients had gone. */
  readonly gone: number
}

/** Those that wait for one application, or for one self-hosted service. */
export class WaitingLine {
  readonly #name: string
  readonly #places = new Set<Place>()
  readonly #turnedAway = { lineFull: 0, poolFull: 0, tooLong: 0, gone: 0 }

  /** `name` names what they wait for in sentences, as `application /orders`. */
  constructor(name: string) {
    this.#name = name
  }

  /** Takes a place. Throws TOO_MANY_WAITING when `limit` connections wait already. */
  enter(limit: number, connection: OnItsWay): Place {
    this.assertRoom(limit)
    return this.add(connection)
  }

  /** Throws TOO_MANY_WAITING when `limit` connections wait already. */
  assertRoom(limit: number): void {
    if (this.#places.size < limit) return
    this.#turnedAway.lineFull++
    throw new PorticoError('TOO_MANY_WAITING', { name: this.#name, limit })
  }

  /** Takes a place, whatever the limits; `left` is called once, when it is given up. */
  add(connection: OnItsWay, left?: () => void): Place {
    const place: Place = {
      connection,
      [Symbol.dispose]: () => {
        if (this.#places.delete(place)) left?.()
      },
    }
    this.#places.add(place)
    return place
  }

  /** Counts one that is turned away. */
  turnAway(reason: keyof TurnedAway): void {
    this.#turnedAway[reason]++
  }

  get count(): number {
    return this.#places.size
  }

  /** The one that came first at the beginning. */
  get places(): Iterable<Place> {
    return this.#places
  }

  get connections(): Iterable<OnItsWay> {
    return Array.from(this.#places, ({ connection }) => connection)
  }

  get turnedAway(): TurnedAway {
    return this.#turnedAway
  }
}
