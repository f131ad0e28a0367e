/** What activation needs to know of an application pool's configuration. */
import type { Pool, PorticoPool } from '#config/configuration.ts'
import type { PorticoSettings } from '#config/portico.ts'

/** Who its worker processes are, as configured. */
export type PoolIdentitySettings = Pick<
  Pool['processModel'],
  'identityType' | 'userName' | 'loadUserProfile' | 'setProfileEnvironment' | 'manualGroupMembership'
>

/** When a worker process is replaced by a fresh one, and how; 0 is off. */
export interface RecyclingSettings {
  /** Age in milliseconds. */
  readonly time: number
  /** Times of the local day, in milliseconds since midnight. */
  readonly schedule: readonly number[]
  /** Connections that it has taken, and further sessions on them. */
  readonly requests: number
  /** KB of virtual memory. */
  readonly memory: number
  /** KB of memory that it shares with nobody. */
  readonly privateMemory: number
  /** The old worker process has to end before the new one starts. */
  readonly disallowOverlappingRotation: boolean
  readonly disallowRotationOnConfigChange: boolean
  /** The reasons that are logged. */
  readonly logged: readonly RecycleReason[]
}

/** Why a worker process is replaced; the names are those of logEventOnRecycle. */
export type RecycleReason = Exclude<Pool['recycling']['logEventOnRecycle'][number], 'IsapiUnhealthy'>

/** Whether and how its worker processes are asked if they still answer. */
export type PingSettings = Pick<Pool['processModel'], 'pingingEnabled' | 'pingInterval' | 'pingResponseTime'>

/** What happens when its worker processes fail. */
export type FailureSettings = Omit<Pool['failure'], 'loadBalancerCapabilities'>

/** How many connections wait for the applications of a pool, and how long. */
export type WaitingBounds = Pick<PorticoPool, 'maxWaitingConnections'> & {
  /** Milliseconds. */
  readonly waitingTimeLimit: number
}

/** What its worker processes may use of the machine. */
export interface LimitSettings {
  readonly cpu: Omit<Pool['cpu'], 'processorGroup'>
  /** KB for each worker process with its children; 0 is off. */
  readonly memory: number
  /** Processes and threads of each worker process with its children; 0 is off. */
  readonly processes: number
  /** Whether it has a worker process for each NUMA node. */
  readonly isOneForEachNode: boolean
}

export interface PoolSettings {
  readonly name: string
  readonly autoStart: boolean
  readonly startMode: 'OnDemand' | 'AlwaysRunning'
  /** So many worker processes may serve at once; at least 1. */
  readonly maxProcesses: number
  /** Milliseconds; 0 never stops an idle worker process. */
  readonly idleTimeout: number
  readonly idleTimeoutAction: 'Terminate' | 'Suspend'
  /** Whether the end of an idle worker process has the event id of Windows. */
  readonly idleTimeoutLogged: boolean
  readonly startupTimeLimit: number
  readonly shutdownTimeLimit: number
  readonly recycling: RecyclingSettings
  readonly waiting: WaitingBounds
  readonly environment: Readonly<Record<string, string>>
  /** Arguments of Node. */
  readonly nodeArguments: readonly string[]
  readonly identity: PoolIdentitySettings
  readonly pings: PingSettings
  readonly failure: FailureSettings
  readonly limits: LimitSettings
  readonly rapidFailRecovery: PorticoSettings['rapidFailRecovery']
}
