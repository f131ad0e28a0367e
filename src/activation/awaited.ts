/** What a connection waits for on its way to an application. */
import type { ApplicationState } from './placement.ts'
import { canTakeMore, type WorkerState } from './worker-state.ts'

export type Awaited =
  /** The files of the application still arrive. */
  | 'files'
  /** Another worker process has to end, or to take over, first. */
  | 'otherWorker'
  /** Its worker process waits for its turn to start. */
  | 'turn'
  /** Its worker process is starting. */
  | 'start'
  /** The application is loading. */
  | 'load'
  /** The application has other connections to accept before it. */
  | 'acceptance'

/** Completes "it waits for …". */
export const awaitedInWords: Readonly<Record<Awaited, string>> = {
  files: 'its files to arrive',
  otherWorker: 'another worker process of the pool to end or to take over',
  turn: 'the turn of its worker process to start',
  start: 'its worker process to start',
  load: 'it to load',
  acceptance: 'it to accept the connections before',
}

/** The facts that decide. */
export interface WayFacts {
  /** Whether the application is loaded and takes connections. */
  readonly isActive: boolean
  readonly filesArrive: boolean
  readonly workers: Iterable<{
    readonly state: WorkerState
    readonly application: ApplicationState
    readonly waitsForTurn: boolean
  }>
}

export function awaited({ isActive, filesArrive, workers }: WayFacts): Awaited {
  if (isActive) return 'acceptance'
  for (const { state, application, waitsForTurn } of workers) {
    if (application !== 'activating' || !canTakeMore(state)) continue
    if (state.is !== 'launching') return 'load'
    return waitsForTurn ? 'turn' : 'start'
  }
  return filesArrive ? 'files' : 'otherWorker'
}
