/** What confinement needs from around it. */
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import type { Machine } from './placement.ts'
import type { Places } from './places.ts'

export interface ConfinementSurroundings extends Machine {
  readonly clock: Clock
  readonly log: Log
  readonly places: Places
  /** Ends the worker processes of the pool, or one of them, because of a limit. */
  end(why: 'cpuLimit' | 'memoryLimit', pool: string, worker?: string): void
}
