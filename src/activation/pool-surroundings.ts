/** What an application pool needs from around it. */
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import type { Credentials } from '#identity/credentials.ts'
import type { Wanted } from './hosted-applications.ts'
import type { LaunchCause } from './launch-cause.ts'
import type { FailureAction } from './pool-protection.ts'
import type { PoolSettings } from './pool-settings.ts'
import type { ProcessMemory } from './process-memory.ts'
import type { WorkerProcess } from './worker-process.ts'
import type { WorkerSurroundings } from './worker-surroundings.ts'

export interface PoolSurroundings {
  readonly clock: Clock
  readonly log: Log
  newWorkerId(pool: string): { id: string; token: string }
  /** The account that worker processes run as; throws why there can't be any. */
  accountOf(pool: PoolSettings): Credentials
  /** Resolves when the application may be loaded; throws why it may not. */
  ready(application: Wanted, pool: PoolSettings, signal: AbortSignal): Promise<void>
  /** Throws why no worker process may be launched for this now. */
  assertMayLaunch(cause: LaunchCause, pool: PoolSettings): void
  launch: WorkerSurroundings['launch']
  idleShare: WorkerSurroundings['idleShare']
  remove: WorkerSurroundings['remove']
  /** Leaves the process running, and forgets it. */
  release(worker: WorkerProcess): Promise<void>
  lastOutput: WorkerSurroundings['lastOutput']
  /** The application as it is deployed in this pool now. */
  deployed(application: string): Wanted | undefined
  memoryOf(pid: number): ProcessMemory
  /** Which applications are loaded may have changed. */
  changed(): void
  /** Runs a program because something failed, without waiting for it. */
  act(action: FailureAction): void
}
