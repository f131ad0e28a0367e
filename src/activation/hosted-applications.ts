/** The applications in one worker process: which are asked for, loading, active or spent, and who waits for them. */
import type { Clock } from '#base/clock.ts'
import { type JourneyStep, PorticoError } from '#base/errors.ts'
import { Journey, type ReachedStep } from '#base/journey.ts'
import type { ApplicationState } from './placement.ts'
import type { Registration } from './worker-channel.ts'

/** What came of asking for an application; `gone` means that the worker process ended and another one is to be asked. */
export type Activated = { readonly is: 'active'; readonly registration: Registration } | { readonly is: 'gone' }

/** What is asked of a worker process. */
export interface Wanted {
  /** What tells it from every other application. */
  readonly id: string
  readonly path: string
  readonly folder: string
  /** The addresses at which its site can be reached; + and * are the wildcards, as in `net.tcp://*:808`. */
  readonly bases: readonly string[]
}

/** An application that has been asked for and isn't active yet. */
interface Pending extends Wanted {
  readonly is: 'asked' | 'activating'
  readonly outcome: PromiseWithResolvers<Activated>
  readonly journey: Journey
}

/** Hears what becomes of applications that were asked for. */
export interface ApplicationTurns {
  /** `journey` since it was asked for; undefined when nobody has: the process had it before Portico started. */
  loaded(id: string, journey: readonly JourneyStep[] | undefined): void
  failed(id: string, error: PorticoError): void
}

type Hosted = Pending | { readonly is: 'active'; readonly id: string; readonly registration: Registration }

export class HostedApplications {
  readonly #clock: Clock
  readonly #turns: ApplicationTurns
  readonly #hosted = new Map<string, Hosted>()
  readonly #spent = new Map<string, PorticoError | undefined>()

  constructor(clock: Clock, turns: ApplicationTurns) {
    this.#clock = clock
    this.#turns = turns
  }

  state(id: string): ApplicationState {
    if (this.#spent.has(id)) return 'spent'
    const hosted = this.#hosted.get(id)
    if (!hosted) return 'absent'
    return hosted.is === 'active' ? 'active' : 'activating'
  }

  /**
   * The outcome of asking for an application, at once when it is active; who asks for one that is under way joins it, and so
   * does the `journey` of who asks.
   */
  ask(wanted: Wanted, journey?: Journey): Activated | Promise<Activated> {
    const hosted = this.#hosted.get(wanted.id)
    if (hosted?.is === 'active') return hosted
    const pending = hosted ?? this.#begin(wanted)
    journey?.join(pending.journey)
    return pending.outcome.promise
  }

  /** Notes a step on the way of everything that isn't active yet. */
  reached(step: string, at?: number): void {
    for (const pending of this.#pending()) pending.journey.reached(step, at)
  }

  /** Marks the application as loading; `over` settles when that has ended in any way. */
  begin(id: string): { wanted: Wanted; over: Promise<unknown> } | undefined {
    const hosted = this.#hosted.get(id)
    if (hosted?.is !== 'asked') return undefined
    hosted.journey.reached('loading')
    this.#hosted.set(id, { ...hosted, is: 'activating' })
    return { wanted: hosted, over: hosted.outcome.promise.catch(() => {}) }
  }

  /** The worker process has loaded the application. False when nobody has asked for it and it's spent here. */
  registered(id: string, registration: Registration, steps: readonly ReachedStep[] = []): boolean {
    if (this.#spent.has(id)) return false
    const hosted = this.#hosted.get(id)
    const active = { is: 'active', id, registration } as const
    this.#hosted.set(id, active)
    const pending = hosted && hosted.is !== 'active' ? hosted : undefined
    for (const { step, at } of steps) pending?.journey.reached(step, at)
    pending?.journey.reached('loaded')
    this.#turns.loaded(id, pending?.journey.steps)
    pending?.outcome.resolve(active)
    return true
  }

  /** Those who wait for the application get what `error` makes of its journey; it can't be loaded here again. False: it isn't awaited. */
  failed(id: string, error: (journey: readonly JourneyStep[]) => PorticoError): boolean {
    const hosted = this.#hosted.get(id)
    if (!hosted || hosted.is === 'active') return false
    hosted.journey.reached('failed')
    const failure = error(hosted.journey.steps)
    this.#hosted.delete(id)
    this.#spent.set(id, failure)
    this.#turns.failed(id, failure)
    hosted.outcome.reject(failure)
    return true
  }

  /** The worker process takes nothing more for the application, which can't be loaded here again. */
  left(id: string): boolean {
    if (this.#hosted.get(id)?.is !== 'active') return false
    this.#hosted.delete(id)
    this.#spent.set(id, undefined)
    return true
  }

  /** The application is no longer deployed. True when the worker process has it. */
  removed(id: string): boolean {
    const hosted = this.#hosted.get(id)
    if (!hosted) return false
    this.#hosted.delete(id)
    this.#spent.set(id, undefined)
    if (hosted.is !== 'active') hosted.outcome.reject(new PorticoError('NO_APPLICATION', { via: id }))
    return hosted.is !== 'asked'
  }

  /** The worker process takes nothing more: whoever still waits is to ask another one. */
  abandon(): void {
    for (const pending of this.#pending()) pending.outcome.resolve({ is: 'gone' })
    this.#hosted.clear()
  }

  /** The ids of the applications in this state. */
  in(state: Hosted['is']): readonly string[] {
    return [...this.#hosted.values()].filter((hosted) => hosted.is === state).map((hosted) => hosted.id)
  }

  /** Whether an application is asked for or loading. */
  get isLoading(): boolean {
    return this.#pending().length > 0
  }

  /** Why applications can't be loaded here again; undefined where they were removed, or left. */
  get spent(): ReadonlyMap<string, PorticoError | undefined> {
    return this.#spent
  }

  /** Whether something failed or left here and nothing else is active or wanted. */
  get isUsedUp(): boolean {
    return this.#spent.size > 0 && this.#hosted.size === 0
  }

  #begin(wanted: Wanted): Pending {
    const outcome = Promise.withResolvers<Activated>()
    outcome.promise.catch(() => {}) // whoever waits hears of it; perhaps nobody waits any more
    const pending: Pending = { ...wanted, is: 'asked', outcome, journey: new Journey(this.#clock) }
    this.#hosted.set(wanted.id, pending)
    return pending
  }

  #pending(): Pending[] {
    return [...this.#hosted.values()].filter((hosted) => hosted.is !== 'active')
  }
}
