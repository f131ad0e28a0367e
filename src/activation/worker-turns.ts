/** The log of a worker process' life: one event for each turn, with the reason. */
import type { Log, LogFields } from '#base/log.ts'
import { type EndReason, isUp, type WorkerState } from './worker-state.ts'

/** The state before. */
export interface Before {
  readonly state: WorkerState
  /** Milliseconds that it was in it. */
  readonly lastedMs: number
}

/** What decides how the end of an idle worker process is told. */
interface IdleEnds {
  /** Whether it has an event id of Windows. */
  readonly isLogged: boolean
  /** The share of the configured idleTimeout that applied. */
  readonly share: number
}

/** Logs that a worker process has come into `state`. */
export function logTurn(log: Log, state: WorkerState, fields: LogFields, idle: IdleEnds, before?: Before): void {
  if (before?.state.is === 'suspended' && isUp(state)) {
    log.info('worker.resumed', { ...fields, suspendedMs: Math.round(before.lastedMs) })
    return
  }
  const isTrouble =
    (state.is === 'exited' && !state.expected) || (state.is === 'stopping' && troubles.includes(state.why))
  const level = isTrouble ? 'warn' : 'info'
  const why = 'why' in state ? state.why : fields.why
  const how = state.is === 'exited' ? state.how : undefined
  log[level](`worker.${state.is}`, { ...fields, why, how, windowsEventId: windowsEventId(state, idle) })
}

/** Why somebody may have to look at it. */
const troubles: readonly EndReason[] = ['notResponding', 'cpuLimit', 'memoryLimit']

/** The id of the event that WAS logs for the same turn. */
function windowsEventId(state: WorkerState, { isLogged, share }: IdleEnds): number | undefined {
  if (state.is === 'exited' && !state.expected) return 5009
  if (state.is === 'stopping' && state.why === 'notResponding') return 5010
  if (state.is === 'draining' && state.why === 'idle' && isLogged) return share < 1 ? 5195 : 5186
  return undefined
}
