/** The connections that wait for a process: counted, bounded, and visible. */
import { PorticoError } from '#base/errors.ts'
import type { OnItsWay } from './launch-cause.ts'

/** Those that wait for one application, or for one self-hosted service. */
export class WaitingLine {
  readonly #name: string
  readonly #connections = new Set<OnItsWay>()
  #count = 0
  #refused = 0

  /** `name` names what they wait for in sentences, as `application /orders`. */
  constructor(name: string) {
    this.#name = name
  }

  /** Takes a place. Throws TOO_MANY_WAITING when `limit` connections wait already. */
  enter(limit: number, connection?: OnItsWay): Disposable {
    if (this.#count >= limit) {
      this.#refused++
      throw new PorticoError('TOO_MANY_WAITING', { name: this.#name, limit })
    }
    this.#count++
    if (connection) this.#connections.add(connection)
    let left = false
    return {
      [Symbol.dispose]: () => {
        if (left) return
        left = true
        this.#count--
        if (connection) this.#connections.delete(connection)
      },
    }
  }

  get count(): number {
    return this.#count
  }

  /** Who waits, the first one first. */
  get connections(): Iterable<OnItsWay> {
    return this.#connections
  }

  /** How many were turned away because too many waited, since the line is there. */
  get refused(): number {
    return this.#refused
  }
}

/** Those that wait for applications, each application with a line of its own. */
export class Waiting {
  readonly #lines = new Map<string, WaitingLine>()
  /** Turned away from lines that are gone. */
  #forgotten = 0

  /** The line of the application with this id. */
  of(application: string): WaitingLine {
    const known = this.#lines.get(application)
    if (known) return known
    const line = new WaitingLine(`application ${application}`)
    this.#lines.set(application, line)
    return line
  }

  /** Forgets what nobody waits for and what is deployed no longer. */
  keep(applications: ReadonlyMap<string, unknown>): void {
    for (const [application, line] of this.#lines)
      if (line.count === 0 && !applications.has(application)) {
        this.#forgotten += line.refused
        this.#lines.delete(application)
      }
  }

  /** How many were turned away because too many waited, since the start. */
  get refused(): number {
    return this.#lines.values().reduce((sum, { refused }) => sum + refused, this.#forgotten)
  }
}
