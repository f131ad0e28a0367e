/** The connections that wait for a worker process: counted by application, bounded, and visible. */
import { PorticoError } from '#base/errors.ts'

export class Waiting {
  readonly #byApplication = new Map<string, number>()
  #refused = 0

  /** Takes a place. Throws TOO_MANY_WAITING when `limit` connections wait for this application. */
  enter(application: string, limit: number): Disposable {
    const count = this.#byApplication.get(application) ?? 0
    if (count >= limit) {
      this.#refused++
      throw new PorticoError('TOO_MANY_WAITING', { app: application, limit })
    }
    this.#byApplication.set(application, count + 1)
    let left = false
    return {
      [Symbol.dispose]: () => {
        if (left) return
        left = true
        const now = (this.#byApplication.get(application) ?? 1) - 1
        if (now === 0) this.#byApplication.delete(application)
        else this.#byApplication.set(application, now)
      },
    }
  }

  /** How many wait for the application now. */
  count(application: string): number {
    return this.#byApplication.get(application) ?? 0
  }

  /** How many were turned away because too many waited, since the start. */
  get refused(): number {
    return this.#refused
  }
}
