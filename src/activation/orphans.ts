/** Orphans: failed worker processes that are left running, out of use, so that somebody can examine them. */
import type { LogFields } from '#base/log.ts'
import type { PoolSettings } from './pool-settings.ts'
import type { PoolSurroundings } from './pool-surroundings.ts'
import type { WorkerChannel } from './worker-channel.ts'
import type { WorkerProcess } from './worker-process.ts'
import type { WorkerState } from './worker-state.ts'
import type { WorkerSurroundings } from './worker-surroundings.ts'

/** What is needed to leave a process to itself. */
export type OrphanSurroundings = Pick<PoolSurroundings, 'log' | 'release' | 'remove' | 'act'> &
  Pick<WorkerSurroundings, 'settings'>

/** Whether a worker process that is to end in this state is left running instead. */
function becomesOrphan(state: WorkerState, { failure }: PoolSettings): boolean {
  if (!failure.orphanWorkerProcess || state.is !== 'stopping') return false
  return state.why === 'notResponding' || state.why === 'startupTimeLimit' || state.why === 'shutdownTimeLimit'
}

/** Ends the process, or leaves it to itself. */
export async function letGo(
  worker: WorkerProcess,
  channel: WorkerChannel | undefined,
  { settings, disown, remove }: Pick<WorkerSurroundings, 'settings' | 'disown' | 'remove'>,
): Promise<void> {
  if (becomesOrphan(worker.state, settings())) {
    channel?.close()
    await disown(worker)
  } else {
    channel?.kill()
    await remove(worker)
  }
}

/** Leaves the process running, says so, and runs the configured action for it. */
export async function disown(worker: WorkerProcess, around: OrphanSurroundings): Promise<void> {
  const { name: pool, failure } = around.settings()
  const fields: LogFields = { pool, worker: worker.id, pid: worker.pid }
  try {
    await around.release(worker)
  } catch (error) {
    // One that nobody could tell from a usable one after a restart is better ended.
    around.log.error('worker.notOrphaned', { ...fields, error })
    await around.remove(worker)
    return
  }
  around.log.warn('worker.orphaned', fields)
  const { orphanActionExe: program, orphanActionParams: parameters } = failure
  around.act({ attribute: 'orphanActionExe', pool, program, parameters, subject: String(worker.pid) })
}
