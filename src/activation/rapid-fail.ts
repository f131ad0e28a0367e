/** Rapid-fail protection as values: when a pool's failures open it, when one trial may start, and what closes it again. */
import type { WorkerState } from './worker-state.ts'

/** Milliseconds until the first trial; doubles with each trial that fails. */
export const trialDelay = { first: 15_000, greatest: 300_000 } as const

export interface ProtectionRules {
  readonly enabled: boolean
  /** So many failures within `interval` milliseconds open it. */
  readonly maxCrashes: number
  readonly interval: number
  /** `manual` has no trials: it stays open until it is reset. */
  readonly recovery: 'probe' | 'manual'
}

/** One worker process that failed. Times are of a clock that never goes back. */
export interface Failure {
  readonly worker: string
  readonly at: number
  readonly cause: string
}

/** What opened it, and the last failure since. */
export interface Trip {
  readonly crashes: number
  readonly interval: number
  readonly last: Failure
  /** Milliseconds from `last` to the next trial. */
  readonly delay: number
}

export type Protection =
  /** Processes start as they are needed; these failures count so far, each process once. */
  | { readonly is: 'closed'; readonly failures: readonly Failure[] }
  /** Nothing starts before `until`; then one process may, as a trial. */
  | { readonly is: 'open'; readonly trip: Trip; readonly until: number }
  /** The trial is under way in this process; nothing else starts. */
  | { readonly is: 'probing'; readonly trip: Trip; readonly worker: string }

export type ProtectionEvent =
  | { readonly type: 'workerFailed'; readonly failure: Failure }
  | { readonly type: 'workerStarted'; readonly worker: string; readonly at: number }
  /** It has loaded an application. */
  | { readonly type: 'workerReady'; readonly worker: string }
  /** It ends without having failed. */
  | { readonly type: 'workerLeft'; readonly worker: string; readonly at: number }
  | { readonly type: 'reset' }

export const unharmed: Protection = { is: 'closed', failures: [] }

/** The state after `event`; an event that means nothing in this state leaves it as it is. */
export function nextProtection(state: Protection, event: ProtectionEvent, rules: ProtectionRules): Protection {
  switch (event.type) {
    case 'workerFailed':
      return rules.enabled ? failed(state, event.failure, rules) : unharmed
    case 'workerStarted':
      if (state.is !== 'open' || !mayStart(state, event.at)) return state
      return { is: 'probing', trip: state.trip, worker: event.worker }
    case 'workerReady':
      return state.is === 'probing' && state.worker === event.worker ? unharmed : state
    case 'workerLeft':
      // Such a trial has shown nothing: another one after the same delay.
      if (state.is !== 'probing' || state.worker !== event.worker) return state
      return { is: 'open', trip: state.trip, until: event.at + state.trip.delay }
    case 'reset':
      return state.is === 'closed' && state.failures.length === 0 ? state : unharmed
    default:
      return event satisfies never
  }
}

/** Whether a worker process may start at `now`. */
export function mayStart(state: Protection, now: number): boolean {
  return state.is === 'closed' || (state.is === 'open' && now >= state.until)
}

/**
 * How a worker process in this state has failed; undefined for one that hasn't. A process that was lost without a word is told
 * of twice, because what it ended with is known a moment later.
 */
export function failureOf(state: WorkerState): string | undefined {
  if (state.is === 'exited') return state.expected ? undefined : `it ended: ${state.how}`
  if (state.is !== 'stopping') return undefined
  switch (state.why) {
    case 'startupTimeLimit':
      return 'it did not start within startupTimeLimit'
    case 'notResponding':
      return 'it did not respond'
    case 'channelLost':
      return 'it closed its channel without leaving'
    case 'leftUnasked':
      return 'it left without being asked'
    case 'memoryLimit':
      return 'it reached its memory limit'
    default:
      return undefined
  }
}

function failed(state: Protection, failure: Failure, rules: ProtectionRules): Protection {
  if (state.is === 'closed') return counted(state.failures, failure, rules)
  const { trip } = state
  if (state.is === 'probing' && state.worker === failure.worker) {
    const delay = Math.min(trip.delay * 2, trialDelay.greatest)
    return opened({ ...trip, delay, last: failure }, rules)
  }
  if (trip.last.worker !== failure.worker) return state
  return { ...state, trip: { ...trip, last: { ...trip.last, cause: failure.cause } } }
}

function counted(failures: readonly Failure[], failure: Failure, rules: ProtectionRules): Protection {
  const { maxCrashes, interval } = rules
  const known = failures.some(({ worker }) => worker === failure.worker)
  if (known) {
    const { cause } = failure
    const told = failures.map((each) => (each.worker === failure.worker ? { ...each, cause } : each))
    return { is: 'closed', failures: told }
  }
  const recent = [...failures.filter(({ at }) => at > failure.at - interval), failure]
  if (recent.length < maxCrashes) return { is: 'closed', failures: recent }
  return opened({ crashes: recent.length, interval, last: failure, delay: trialDelay.first }, rules)
}

function opened(trip: Trip, { recovery }: ProtectionRules): Protection {
  const until = recovery === 'manual' ? Number.POSITIVE_INFINITY : trip.last.at + trip.delay
  return { is: 'open', trip, until }
}
