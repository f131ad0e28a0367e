/** The log of a worker process' life: one event for each turn, with the reason. */
import type { Log, LogFields } from '#base/log.ts'
import { type EndReason, isUp, type WorkerState } from './worker-state.ts'

/** Logs that a worker process has come into `state`, from the one before. */
export function logTurn(log: Log, state: WorkerState, fields: LogFields, before?: WorkerState): void {
  if (before?.is === 'suspended' && isUp(state)) {
    log.info('worker.resumed', { ...fields, suspendedMs: state.since - before.since })
    return
  }
  const isTrouble =
    (state.is === 'exited' && !state.expected) || (state.is === 'stopping' && troubles.includes(state.why))
  const level = isTrouble ? 'warn' : 'info'
  const why = 'why' in state ? state.why : fields.why
  const how = state.is === 'exited' ? state.how : undefined
  log[level](`worker.${state.is}`, { ...fields, why, how, windowsEventId: windowsEventId(state) })
}

/** Why somebody may have to look at it. */
const troubles: readonly EndReason[] = ['notResponding', 'cpuLimit', 'memoryLimit']

/** The id of the event that WAS logs for the same turn. */
function windowsEventId(state: WorkerState): number | undefined {
  if (state.is === 'exited' && !state.expected) return 5009
  if (state.is === 'stopping' && state.why === 'notResponding') return 5010
  if (state.is === 'draining' && state.why === 'idle') return 5186
  return undefined
}
