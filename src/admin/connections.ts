/** What `portico list connections` shows: the shape of the answer, made of facts only. */
import type { Awaited } from '#activation/awaited.ts'

/** A connection that Portico still has. */
export interface WaitingConnection {
  readonly state: 'waiting' | 'offered'
  readonly number: number
  /** What it is for, as `application /orders`. */
  readonly target: string
  /** What it waits for on its way to an application; a self-hosted service is there already. */
  readonly awaits?: Awaited
  /** Address and port of the client. */
  readonly from: string
  readonly via: string
  /** When it was accepted, as ISO time. */
  readonly since: string
}

/** A connection that a worker process has. */
export interface WorkerConnection {
  readonly state: 'open'
  readonly number: number
  readonly application: string
  readonly pool: string
  readonly worker: string
  readonly from: string
  readonly via: string
  /** When the worker process took it, as ISO time. */
  readonly since: string
}

export interface ConnectionsStatus {
  readonly connections: readonly (WaitingConnection | WorkerConnection)[]
  /** Worker processes with connections of which Portico knows no more than the number. */
  readonly unknown: readonly { readonly pool: string; readonly worker: string; readonly count: number }[]
}
