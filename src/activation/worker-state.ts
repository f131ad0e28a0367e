/** The life of a worker process as values: what it is, what can happen to it, and what it is then. */
import type { DrainReason } from './worker-channel.ts'

/** Why a worker process is being ended. */
export type EndReason =
  | DrainReason
  /** It didn't become ready, or an application didn't load, within startupTimeLimit. */
  | 'startupTimeLimit'
  /** It didn't finish within shutdownTimeLimit. */
  | 'shutdownTimeLimit'
  /** It closed its channel without leaving. */
  | 'channelLost'
  /** It left in an orderly way, and nobody had asked it to. */
  | 'leftUnasked'
  /** It doesn't answer. */
  | 'notResponding'
  /** The pool has used up its processor time. */
  | 'cpuLimit'
  /** It has more memory than it may have. */
  | 'memoryLimit'

export type WorkerState =
  /** Asked of the launcher, or running since before Portico started; its channel isn't there yet. */
  | { readonly is: 'launching'; readonly since: number }
  /** Its channel is there; no application is loaded. */
  | { readonly is: 'connected'; readonly since: number }
  /** At least one application takes connections. */
  | { readonly is: 'ready'; readonly since: number }
  /** Stopped because it was idle; what it was before it will be again as soon as it is needed. */
  | { readonly is: 'suspended'; readonly since: number; readonly was: 'connected' | 'ready' }
  /** Finishes what it has and gets nothing new. */
  | { readonly is: 'draining'; readonly since: number; readonly why: DrainReason }
  /** Told to end, or gone from its channel; the process is still there. */
  | { readonly is: 'stopping'; readonly since: number; readonly why: EndReason }
  | { readonly is: 'exited'; readonly since: number; readonly how: string; readonly expected: boolean }

export type WorkerEvent =
  | { readonly type: 'connected'; readonly at: number }
  | { readonly type: 'applicationRegistered'; readonly at: number }
  /** Its process was stopped. */
  | { readonly type: 'suspended'; readonly at: number }
  /** Its process goes on. */
  | { readonly type: 'resumed'; readonly at: number }
  | { readonly type: 'drainAsked'; readonly at: number; readonly why: DrainReason }
  /** Every connection and application is finished, and the worker process leaves by itself. */
  | { readonly type: 'left'; readonly at: number }
  | { readonly type: 'endAsked'; readonly at: number; readonly why: EndReason }
  | { readonly type: 'processExited'; readonly at: number; readonly how: string }

/** The state after `event`; an event that means nothing in this state leaves it as it is. */
export function next(state: WorkerState, event: WorkerEvent): WorkerState {
  if (state.is === 'exited') return state
  const since = event.at
  switch (event.type) {
    case 'processExited':
      return { is: 'exited', since, how: event.how, expected: state.is === 'stopping' && !isUnasked(state.why) }
    case 'endAsked':
      return state.is === 'stopping' ? state : { is: 'stopping', since, why: event.why }
    case 'left':
      if (state.is === 'stopping') return state
      return { is: 'stopping', since, why: state.is === 'draining' ? state.why : 'leftUnasked' }
    case 'drainAsked':
      if (state.is === 'draining' || state.is === 'stopping') return state
      // Without a channel nobody can be asked to finish.
      if (state.is === 'launching') return { is: 'stopping', since, why: event.why }
      return { is: 'draining', since, why: event.why }
    case 'connected':
      return state.is === 'launching' ? { is: 'connected', since } : state
    case 'applicationRegistered':
      return state.is === 'connected' ? { is: 'ready', since } : state
    case 'suspended':
      return state.is === 'connected' || state.is === 'ready' ? { is: 'suspended', since, was: state.is } : state
    case 'resumed':
      return state.is === 'suspended' ? { is: state.was, since } : state
    default:
      return event satisfies never
  }
}

function isUnasked(why: EndReason): boolean {
  return why === 'channelLost' || why === 'leftUnasked'
}

/** Whether new connections and applications may go to a worker process in this state. */
export function canTakeMore(state: WorkerState): boolean {
  return state.is === 'launching' || state.is === 'suspended' || isUp(state)
}

/** Whether the process runs and takes what comes. */
export function isUp(state: WorkerState): boolean {
  return state.is === 'connected' || state.is === 'ready'
}

/** Whether the channel to the worker process is there. */
export function isConnected(state: WorkerState): boolean {
  return isUp(state) || state.is === 'suspended' || state.is === 'draining'
}

/** Whether the process has ended because it was asked to. */
export function hasEndedAsExpected(state: WorkerState): boolean {
  return state.is === 'exited' && state.expected
}
