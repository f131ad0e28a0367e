/** What a pool does with a need for one of its applications: a decision over plain facts. */
import { canTakeMore, type WorkerState } from './worker-state.ts'

export type PoolState =
  | { readonly is: 'started' }
  /** Ends its worker processes; nothing new is taken. */
  | { readonly is: 'stopping'; readonly why: StopReason }
  /** Takes nothing until an administrator starts it. */
  | { readonly is: 'stopped'; readonly why: 'autoStart' | StopReason }

export type StopReason = 'shutdown' | 'removed' | 'administrator'

export type PoolEvent =
  | { readonly type: 'stopAsked'; readonly why: StopReason }
  | { readonly type: 'startAsked' }
  | { readonly type: 'lastWorkerExited' }

export function nextPool(state: PoolState, event: PoolEvent): PoolState {
  switch (event.type) {
    case 'stopAsked':
      // Who ends Portico, or removes the pool, has the last word.
      if (state.is === 'stopping' && state.why === 'administrator') return { is: 'stopping', why: event.why }
      return state.is === 'started' ? { is: 'stopping', why: event.why } : state
    case 'startAsked':
      return state.is !== 'started' && (state.why === 'administrator' || state.why === 'autoStart')
        ? { is: 'started' }
        : state
    case 'lastWorkerExited':
      return state.is === 'stopping' ? { is: 'stopped', why: state.why } : state
    default:
      return event satisfies never
  }
}

/**
 * What an application is in one worker process. A `spent` one failed there or was removed, and can't be loaded into that
 * process again, because Node keeps every module that it has loaded.
 */
export type ApplicationState = 'absent' | 'activating' | 'active' | 'spent'

/** A worker process as the decision needs it. */
export interface WorkerFacts {
  readonly state: WorkerState
  readonly application: ApplicationState
}

/** Where a need goes. */
export type Placement =
  /** To the worker process that serves the pool. */
  | 'current'
  /** To the one that is to take over from it. */
  | 'upcoming'
  /** To a new one. */
  | 'launch'
  /** Nowhere yet: the upcoming one has to take over or go first. */
  | 'wait'

/** Places a need in a started pool. There is one current worker process, and besides it at most one upcoming. */
export function place(current: WorkerFacts | undefined, upcoming: WorkerFacts | undefined): Placement {
  if (serves(current)) return 'current'
  if (serves(upcoming)) return 'upcoming'
  return upcoming && canTakeMore(upcoming.state) ? 'wait' : 'launch'
}

function serves(worker: WorkerFacts | undefined): boolean {
  return worker !== undefined && canTakeMore(worker.state) && worker.application !== 'spent'
}
