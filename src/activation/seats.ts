/** The seats of a pool: one, or as many as its web garden has come to need. */
import { PorticoError } from '#base/errors.ts'
import type { Wanted } from './hosted-applications.ts'
import { besides } from './launch-cause.ts'
import { type ApplicationState, type Placement, place, placeBesides } from './placement.ts'
import type { RecycleReason } from './pool-settings.ts'
import { type Recycled, Seat, type SeatSurroundings } from './seat.ts'
import type { WorkerProcess } from './worker-process.ts'
import { canTakeMore } from './worker-state.ts'

/** Milliseconds until an application is loaded besides again that could not be. */
const besidesAgain = 60_000

/** Where a need goes: to a worker process, or to one that is to be launched in the seat. */
export interface Place {
  readonly seat: Seat
  readonly worker: WorkerProcess | undefined
}

export class Seats implements Disposable {
  readonly #pool: SeatSurroundings
  readonly #seats: Seat[] = []
  #recycling: Promise<Recycled> | undefined
  /** The one that follows, for a change that came meanwhile. */
  #again: Promise<Recycled> | undefined
  /** When an application may be loaded besides, by the clock that never goes back; Infinity while it is being loaded. */
  readonly #besidesAt = new Map<string, number>()

  constructor(pool: SeatSurroundings) {
    this.#pool = pool
  }

  /** All worker processes, those that finish what they have among them. */
  get workers(): readonly WorkerProcess[] {
    return this.#seats.flatMap((seat) => [...seat.workers])
  }

  /** A worker process that serves. */
  get current(): WorkerProcess | undefined {
    return this.#seats.find((seat) => seat.current)?.current
  }

  /** Whether a worker process has to end before another one may start. */
  get mustEndFirst(): boolean {
    return !this.current && this.#seats.some((seat) => seat.mustEndFirst)
  }

  /** Why a worker process could not be replaced the last time, as long as it has not been since. */
  get notRecycled(): PorticoError | undefined {
    return this.#seats.find((seat) => seat.notRecycled)?.notRecycled
  }

  /** The applications that worker processes which take connections have loaded, or are loading. */
  get loaded(): readonly string[] {
    const present = this.#serving.flatMap(({ applications }) => [
      ...applications.in('active'),
      ...applications.in('activating'),
      ...applications.in('asked'),
    ])
    return [...new Set(present)]
  }

  /** A worker process that has the application and takes connections. */
  having(application: string): WorkerProcess | undefined {
    return this.#serving.find((worker) => worker.applications.state(application) === 'active')
  }

  /** What comes nearest to being active of what the application is in one worker process or another. */
  stateOf(application: string): ApplicationState {
    const states = this.#serving.map((worker) => worker.applications.state(application))
    return (['active', 'activating', 'spent'] as const).find((state) => states.includes(state)) ?? 'absent'
  }

  /** Where a need for the application goes; undefined: nowhere yet. */
  place(application: string): Place | undefined {
    return this.#at(place(this.#facts(application), this.#greatest))
  }

  /** The seat of a new worker process that nobody needs yet, or of one that was found running. */
  get vacant(): Seat {
    return this.#seats.find((seat) => !seat.current) ?? this.#further() ?? this.#seat(0)
  }

  /** Has the application loaded in one more worker process if all that have it are busy. */
  relieve(wanted: Wanted): void {
    if (this.#greatest === 1 || this.#pool.clock.elapsed() < (this.#besidesAt.get(wanted.id) ?? 0)) return
    if (placeBesides(this.#facts(wanted.id), this.#greatest)) void this.#loadBesides(wanted)
  }

  /**
   * Replaces every worker process, one after the other. A recycle that is under way is joined, but not for a change, which
   * it may have missed.
   */
  recycle(why: RecycleReason): Promise<Recycled> {
    if (this.#recycling && why === 'ConfigChange') {
      this.#again ??= this.#recycling.then(() => {
        this.#again = undefined
        return this.recycle(why)
      })
      return this.#again
    }
    this.#recycling ??= this.#recycleAll(why).finally(() => {
      this.#recycling = undefined
    })
    return this.#recycling
  }

  /** Other settings are in force; worker processes of which there are too many now finish what they have. */
  configured(): void {
    for (const seat of this.#seats.slice(this.#greatest)) seat.empty()
    for (const seat of this.#seats) seat.configured()
  }

  /** Something about the worker process has changed. */
  changed(worker: WorkerProcess): void {
    for (const seat of this.#seats) if (seat.workers.has(worker)) seat.changed(worker)
  }

  /** Looks whether worker processes are due to be replaced. To be called whenever anything has changed. */
  look(): void {
    for (const seat of this.#seats) seat.look()
  }

  [Symbol.dispose](): void {
    for (const seat of this.#seats) seat[Symbol.dispose]()
  }

  get #greatest(): number {
    return this.#pool.settings().maxProcesses
  }

  /** The worker processes that take connections. */
  get #serving(): readonly WorkerProcess[] {
    return this.#seats.flatMap(({ current }) => (current && canTakeMore(current.state) ? [current] : []))
  }

  #facts(application: string) {
    return this.#seats.map((seat) => seat.facts(application))
  }

  #at(placement: Placement | undefined): Place | undefined {
    if (!placement || placement.to === 'wait') return undefined
    const seat = this.#seat(placement.seat)
    const { current, upcoming } = seat
    return { seat, worker: { current, upcoming, launch: undefined }[placement.to] }
  }

  #seat(index: number): Seat {
    const found = this.#seats[index]
    if (found) return found
    const seat = new Seat(this.#pool)
    this.#seats.push(seat)
    return seat
  }

  #further(): Seat | undefined {
    return this.#seats.length < this.#greatest ? this.#seat(this.#seats.length) : undefined
  }

  async #loadBesides(wanted: Wanted): Promise<void> {
    this.#besidesAt.set(wanted.id, Number.POSITIVE_INFINITY)
    if (await this.#isLoadedBesides(wanted)) this.#besidesAt.delete(wanted.id)
    else this.#besidesAt.set(wanted.id, this.#pool.clock.elapsed() + besidesAgain)
  }

  async #isLoadedBesides(wanted: Wanted): Promise<boolean> {
    try {
      await this.#pool.ready(wanted)
      const where = this.#at(placeBesides(this.#facts(wanted.id), this.#greatest))
      if (!where) return true // nobody needs it any more
      const worker = where.worker ?? this.#pool.launch(where.seat, besides(wanted.id))
      using _claim = worker.hold()
      return (await worker.need(wanted)).is === 'active'
    } catch (error) {
      if (!(error instanceof PorticoError)) throw error // else the worker process or the pool has told it
      return false
    }
  }

  async #recycleAll(why: RecycleReason): Promise<Recycled> {
    let outcome: Recycled = 'nothing runs'
    for (const seat of [...this.#seats]) {
      if (why === 'ConfigChange') await seat.settled
      const recycled = await seat.recycle(why)
      // Another would fare no better, and the old ones serve.
      if (recycled instanceof PorticoError) return recycled
      if (recycled === 'replaced') outcome = recycled
    }
    return outcome
  }
}
