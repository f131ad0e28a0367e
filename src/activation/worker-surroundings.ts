/** What a worker process needs from its pool, and from those who launch it. */
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import type { PoolSettings } from './pool-settings.ts'
import type { WorkerProcess } from './worker-process.ts'

/** A process that was started for a worker process. */
export interface Started {
  readonly pid: number
  /** Whether it had been started before, and waited for being needed. */
  readonly wasStandby: boolean
}

/** Disposing tells, as often as one likes, that it no longer counts as starting. */
export interface Launched extends Started, Disposable {
  /** Milliseconds that it waited for its turn before that. */
  readonly waitedMs: number
}

/** What a worker process needs from around it. */
export interface WorkerSurroundings {
  readonly clock: Clock
  readonly log: Log
  settings(): PoolSettings
  /** The share of the configured idle timeout that applies now. */
  idleShare(): number
  /** Waits until the process may start, and starts it. */
  launch(worker: WorkerProcess, signal: AbortSignal): Promise<Launched>
  /** Whether the application belongs to the pool. */
  isDeployed(application: string): boolean
  /** Ends the process if it lives, and forgets it. */
  remove(worker: WorkerProcess): Promise<void>
  /** Leaves the process running, and forgets it. */
  disown(worker: WorkerProcess): Promise<void>
  /** The last lines that it wrote. */
  lastOutput(worker: WorkerProcess): Promise<string>
  /** It has taken one more connection, or session. */
  served(worker: WorkerProcess): void
  /** It has come into another state. */
  turned(worker: WorkerProcess): void
  /** Something changed that the pool may have to act upon. */
  changed(worker: WorkerProcess): void
}
