/** The life of an application pool as values: what it is, what can happen to it, and what it is then. */

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
