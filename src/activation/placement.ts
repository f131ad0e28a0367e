/** Where a pool sends a need for one of its applications: decisions over plain facts. */
import { canTakeMore, type WorkerState } from './worker-state.ts'

/**
 * What an application is in one worker process. A `spent` one failed there or was removed, and can't be loaded into that
 * process again, because Node keeps every module that it has loaded.
 */
export type ApplicationState = 'absent' | 'activating' | 'active' | 'spent'

/** A worker process as the decision needs it. */
export interface WorkerFacts {
  readonly state: WorkerState
  readonly application: ApplicationState
  /** Connections that it has, and needs that are on their way to it. */
  readonly load: number
}

/** A seat as the decision needs it. */
export interface SeatFacts {
  /** The worker process that serves there. */
  readonly current: WorkerFacts | undefined
  /** The one that is to take over from it. */
  readonly upcoming: WorkerFacts | undefined
  /** Whether an earlier worker process has to end before another one may start there. */
  readonly mustEndFirst: boolean
}

/** Where a need goes. A seat that is not there yet is the one behind the last. */
export type Placement =
  | { readonly to: 'current' | 'upcoming' | 'launch'; readonly seat: number }
  /** Nowhere yet: a worker process has to take over or to end first. */
  | { readonly to: 'wait' }

/**
 * Places a need in a started pool that may have `greatest` seats: with the worker process that has the application, else
 * with one that loads it, else with one that can, of several with the one that has the least to do. Else a new one starts,
 * rather in place of one that has lost the application than beside it.
 */
export function place(seats: readonly SeatFacts[], greatest: number): Placement {
  const inUse = seats.slice(0, greatest)
  const [best] = serving(inUse).sort(
    (a, b) => preference[a.worker.application] - preference[b.worker.application] || a.worker.load - b.worker.load,
  )
  if (best) return { to: best.to, seat: best.seat }
  const replaceable = inUse.findIndex((seat) => canLaunch(seat) && seat.current)
  const seat = replaceable >= 0 ? replaceable : vacant(inUse, greatest)
  return seat === undefined ? { to: 'wait' } : { to: 'launch', seat }
}

/**
 * Where the application is to be loaded besides, because every worker process that has it is busy: in one that has nothing
 * to do, else in a new one. Undefined: nowhere. One at a time, so that a crowd doesn't start all that there may be.
 */
export function placeBesides(seats: readonly SeatFacts[], greatest: number): Placement | undefined {
  const inUse = seats.slice(0, greatest)
  const workers = serving(inUse)
  const isComing = workers.some(({ worker }) => worker.application === 'activating' || worker.state.is === 'launching')
  const having = workers.filter(({ worker }) => worker.application === 'active')
  if (isComing || having.length === 0 || having.some(({ worker }) => worker.load === 0)) return undefined
  const unused = workers.find(({ worker }) => worker.application === 'absent' && worker.load === 0)
  if (unused) return { to: unused.to, seat: unused.seat }
  const seat = vacant(inUse, greatest)
  return seat === undefined ? undefined : { to: 'launch', seat }
}

const preference = { active: 0, activating: 1, absent: 2, spent: 3 } as const satisfies Record<ApplicationState, number>

interface Serving {
  readonly to: 'current' | 'upcoming'
  readonly seat: number
  readonly worker: WorkerFacts
}

/** The worker process of each seat that can have the application. */
function serving(seats: readonly SeatFacts[]): Serving[] {
  return seats.flatMap(({ current, upcoming }, seat): Serving[] => {
    if (serves(current)) return [{ to: 'current', seat, worker: current }]
    return serves(upcoming) ? [{ to: 'upcoming', seat, worker: upcoming }] : []
  })
}

function serves(worker: WorkerFacts | undefined): worker is WorkerFacts {
  return worker !== undefined && canTakeMore(worker.state) && worker.application !== 'spent'
}

/** Whether a worker process may start there, which takes over from the current one if there is one. */
function canLaunch({ upcoming, mustEndFirst }: SeatFacts): boolean {
  return !mustEndFirst && !(upcoming && canTakeMore(upcoming.state))
}

/** The first seat without a worker process that takes connections; one more if there may be. */
function vacant(seats: readonly SeatFacts[], greatest: number): number | undefined {
  const found = seats.findIndex((seat) => canLaunch(seat) && !seat.current)
  if (found >= 0) return found
  return seats.length < greatest ? seats.length : undefined
}
