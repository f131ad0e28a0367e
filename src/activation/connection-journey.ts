/** The way of one connection with its times, kept for those connections only that somebody asks about. */
import { Journey } from '#base/journey.ts'
import type { WorkerFacts } from './placement.ts'

/** How a connection found the worker process that it goes to. */
export type Found =
  /** None was there: one is launched for it. */
  | 'cold'
  /** The same, and a standby process becomes it. */
  | 'standby'
  /** One was starting, or loading the application, for somebody else. */
  | 'joined'
  /** One ran, and has to load the application. */
  | 'loads'
  /** One was suspended, with the application. */
  | 'suspended'
  /** One was ready, with the application. */
  | 'warm'

/** The worker process that a connection goes to. */
export interface Placed {
  readonly found: Found
  readonly pool: string
  readonly worker: string
}

/** The step that tells a start from standby from others. */
export const standbyTaken = 'standby process taken'

export class ConnectionJourney extends Journey {
  readonly #over = Promise.withResolvers<void>()
  #place: Placed | undefined
  #refused: string | undefined
  #hasEnded = false

  /** A worker process was found for it. One that was there already explains less than one that had to start before it. */
  placed(found: Found, pool: string, worker: string): void {
    if (this.#place === undefined || this.#place.found === 'warm') this.#place = { found, pool, worker }
  }

  /** Its way has ended; `refused` is the code of the error if nobody took it. */
  ended(refused?: string): void {
    if (refused !== undefined) this.reached('refused')
    this.#refused = refused
    this.#hasEnded = true
    this.#over.resolve()
  }

  /** Resolves when its way has ended. */
  get over(): Promise<void> {
    return this.#over.promise
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  get refused(): string | undefined {
    return this.#refused
  }

  /** Where it was sent and how that was found; undefined when it came to no worker process. */
  get place(): Placed | undefined {
    const isFromStandby = this.#place?.found === 'cold' && this.steps.some(({ step }) => step === standbyTaken)
    return this.#place && { ...this.#place, ...(isFromStandby && { found: 'standby' }) }
  }
}

/** How a connection finds a worker process that has been chosen for it and not been spoken to. */
export function foundAs({ state, application }: WorkerFacts, wasLaunchedForIt: boolean): Found {
  if (state.is === 'launching') return wasLaunchedForIt ? 'cold' : 'joined'
  if (application === 'active') return state.is === 'suspended' ? 'suspended' : 'warm'
  return application === 'activating' ? 'joined' : 'loads'
}
