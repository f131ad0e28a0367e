/** What the applications of one worker process have to do without a connection, as they have told it. */
import type { Clock } from '#base/clock.ts'

/** Work of an application that keeps its worker process, connection or not. */
export interface Lease {
  readonly application: string
  /** The application's word for the work. */
  readonly name: string
  /** Milliseconds since the epoch. */
  readonly since: number
}

export class WorkerLeases {
  readonly #clock: Clock
  readonly #held = new Map<number, Lease>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get isEmpty(): boolean {
    return this.#held.size === 0
  }

  /** In the order in which they were taken. */
  get held(): readonly Lease[] {
    return [...this.#held.values()]
  }

  taken(number: number, { application, name, heldFor }: Omit<Lease, 'since'> & { readonly heldFor: number }): void {
    this.#held.set(number, { application, name, since: this.#clock.now() - heldFor })
  }

  released(number: number): void {
    this.#held.delete(number)
  }
}
