/** Changed files of the applications that a worker process has loaded: when they are a reason to replace it. */
import { type Bound, Restraint } from '#base/restraint.ts'
import type { ApplicationState } from './placement.ts'
import type { WorkerSurroundings } from './worker-surroundings.ts'

/** So often an application's own files replace its worker process: one that writes such files itself would do so for ever. */
const replacements: Bound = { events: 10, interval: 300_000 }

/** The pool, as far as its code changes. */
export interface ChangingPool extends Pick<WorkerSurroundings, 'clock' | 'log' | 'settings'> {
  /** What the application is in the worker processes that take connections. */
  stateOf(application: string): ApplicationState
  recycle(): void
}

export class CodeChanges {
  readonly #pool: ChangingPool
  readonly #replaced: Restraint
  readonly #told: Restraint
  /** Applications whose files changed while they were loading. */
  readonly #stale = new Set<string>()

  constructor(pool: ChangingPool) {
    this.#pool = pool
    this.#replaced = new Restraint(pool.clock, replacements)
    this.#told = new Restraint(pool.clock, { ...replacements, events: 1 })
  }

  /** Files of the application have changed. */
  changed(application: string): void {
    const { name, recycling } = this.#pool.settings()
    if (recycling.disallowRotationOnConfigChange) return
    const state = this.#pool.stateOf(application)
    if (state === 'activating') this.#stale.add(application)
    if (state !== 'active') return
    if (this.#replaced.leftOut(application) !== undefined) this.#pool.recycle()
    else if (this.#told.leftOut(application) !== undefined)
      this.#pool.log.warn('pool.codeKeepsChanging', { pool: name, app: application })
  }

  /** What was loading may have loaded. */
  look(): void {
    for (const application of this.#stale) {
      if (this.#pool.stateOf(application) === 'activating') continue
      this.#stale.delete(application)
      this.changed(application)
    }
  }
}
