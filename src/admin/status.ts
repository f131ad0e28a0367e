/** What `portico status` shows: the shape of the answer, made of facts only. */
import type { ApplicationState } from '#activation/placement.ts'
import type { Urgency } from '#activation/urgency.ts'
import type { TurnedAway } from '#activation/waiting.ts'
import type { WorkerState } from '#activation/worker-state.ts'
import type { Code } from '#base/catalogue.ts'
import type { HostNameComparisonMode } from '#binding/host-mode.ts'
import type { BindingSettingsJson } from '#binding/settings.ts'

export interface WorkerStatus {
  readonly id: string
  readonly pid: number | undefined
  readonly state: WorkerState['is']
  /** Why it is ending, while it is. */
  readonly why?: string
  /** ISO time. */
  readonly startedAt: string
  /** Milliseconds since then, whatever has become of the system's clock. */
  readonly age: number
  readonly openConnections: number
  readonly servedConnections: number
  /** What its applications have to do without a connection, which keeps it from being idle; `since` is an ISO time. */
  readonly leases: readonly { readonly application: string; readonly name: string; readonly since: string }[]
  readonly applications: readonly { readonly id: string; readonly state: ApplicationState }[]
}

/** Connections that wait for one thing. */
export interface WaitingStatus {
  readonly connections: number
  /** ISO time at which the oldest of them was accepted; undefined when there is none. */
  readonly oldestSince?: string
  /** How many were turned away, by reason, since the start of Portico or the deployment of the application. */
  readonly turnedAway: TurnedAway
}

/** A limit of a pool, in words. */
export interface LimitStatus {
  readonly of: 'cpu' | 'processors' | 'memory' | 'processes'
  /** As `at most 25 % of all processors`. */
  readonly limit: string
  /** By which means it is in force, as `cgroup v2, cpu.max 50000 100000`. */
  readonly by?: string
  /** Why it is not in force. */
  readonly problem?: { readonly code: Code; readonly message: string; readonly remedy: string }
  /** What is used of it now, where that is known. */
  readonly used?: string
}

export interface PoolStatus {
  readonly name: string
  readonly state: string
  /** Why no worker process starts because others have failed; `until` is the ISO time of the next trial, if it has one. */
  readonly failing?: { readonly why: string; readonly remedy: string; readonly until?: string }
  readonly startMode: string
  /** Milliseconds; 0 when idle worker processes aren't stopped. */
  readonly idleTimeout: number
  /** So many worker processes it may have at once. */
  readonly maxProcesses: number
  /** As configured. */
  readonly identityType: string
  /** The account of its worker processes, as `www-data (uid 33)`; undefined while none runs. */
  readonly account?: string
  /** Why no worker process could be started the last time. */
  readonly problem?: { readonly code: Code; readonly message: string; readonly remedy: string }
  /** Why its worker process could not be replaced the last time. */
  readonly notRecycled?: { readonly code: Code; readonly message: string; readonly remedy: string }
  /** Those that wait for its applications: so many may, each for so many milliseconds. */
  readonly waiting: WaitingStatus & { readonly limit: number; readonly timeLimit: number }
  /** What its worker processes may use. */
  readonly limits: readonly LimitStatus[]
  readonly workers: readonly WorkerStatus[]
  /** Where its next worker process comes from; `why` it starts afresh. */
  readonly nextWorker: { readonly from: 'standby' } | { readonly from: 'fresh start'; readonly why: string }
  readonly log: string
}

export interface ApplicationStatus {
  readonly path: string
  readonly site: string
  readonly pool: string
  readonly folder: string
  readonly protocols: readonly string[]
  readonly origin: string
  readonly urls: readonly string[]
  /** Whether a worker process has it loaded. */
  readonly active: boolean
  /** Connections that wait for it. */
  readonly waiting: number
  readonly waitingLine: WaitingStatus
  /** The services within it that have been asked for, in the worker process that takes its connections. */
  readonly services: readonly ServiceStatus[]
  /** Binding settings in force for all of its endpoints; undefined before the first endpoint, and where nothing sets any. */
  readonly binding?: BindingStatus
  /** Why it did not start the last time, as long as it hasn't since. */
  readonly problem?: { readonly code: Code; readonly message: string; readonly at: string; readonly lastOutput: string }
}

/** A service within an application. */
export interface ServiceStatus {
  /** As `/orders/stock.svc`. */
  readonly path: string
  readonly state: 'started' | 'failed'
  /** Why it could not be started the last time. */
  readonly problem?: string
}

/** What a self-hosted service has registered. */
export interface RegistrationStatus {
  readonly number: number
  readonly uri: string
  readonly hostNameComparisonMode: HostNameComparisonMode
  readonly pid: number
  /** As `alice (uid 1000)`. */
  readonly account: string
  /** ISO time. */
  readonly since: string
  readonly binding: BindingStatus
  /** Connections that its process has taken. */
  readonly dispatched: number
  /** Connections that wait for its process, those that it has been offered among them. */
  readonly waiting: number
  /** Connections that it has been offered and has not answered for. */
  readonly unacknowledged: number
  /** Connections that were closed because too many waited. */
  readonly refused: number
}

/** Binding settings in force, and who set them. */
export interface BindingStatus {
  readonly settings: BindingSettingsJson
  /** The endpoint that was the first. */
  readonly setBy: string
}

export interface PortStatus {
  readonly address: string
  readonly port: number
  readonly beingRead: number
  readonly counters: Readonly<Record<string, number>>
}

/** All that there is to show but the applications. */
export interface Overview {
  readonly version: string
  readonly pid: number
  readonly startedAt: string
  readonly home: string
  readonly user: string
  readonly log: string
  readonly stopping: boolean
  readonly configuration: { readonly folder: string; readonly problem?: string; readonly problemSince?: string }
  readonly problems: readonly string[]
  readonly notInForce: readonly string[]
  readonly processManager: string | undefined
  readonly standby: {
    /** As configured. */
    readonly processes: number
    /** How many of them could become a worker process now. */
    readonly ready: number
    /** Why the last one failed, until one is ready. */
    readonly problem?: string
    readonly log: string
  }
  readonly ports: readonly PortStatus[]
  readonly pools: readonly PoolStatus[]
  readonly registrations: readonly RegistrationStatus[]
  readonly sharing: {
    /** `automatic`, `demand` or `disabled`. */
    readonly startMode: string
    /** Connections to the sharing socket that were refused, since the start. */
    readonly refused: number
  }
  /** Connections that were closed because too many waited, since the start. */
  readonly refusedWaiting: number
  /** Worker processes that are starting and that wait for their turn, by what they are for; `limit` may start at once. */
  readonly starts: {
    readonly underWay: number
    readonly limit: number
    readonly waiting: Readonly<Record<Urgency, number>>
  }
  /** Worker processes of pools that start on demand, and how many there may be. */
  readonly demandStarts: { readonly count: number; readonly limit: number }
  /** The share of the configured idle timeouts that applies: less than 1 while memory is scarce. */
  readonly idleShare: number
}

export interface Status extends Overview {
  readonly applications: readonly ApplicationStatus[]
}

/** What would answer a via. */
export interface RouteStatus {
  readonly application: string | undefined
  readonly pool: string | undefined
  readonly active: boolean
}
