/** What activation needs to know of an application pool's configuration. */
import type { Pool } from '#config/configuration.ts'

/** Who its worker processes are, as configured. */
export type PoolIdentitySettings = Pick<
  Pool['processModel'],
  'identityType' | 'userName' | 'loadUserProfile' | 'setProfileEnvironment' | 'manualGroupMembership'
>

export interface PoolSettings {
  readonly name: string
  readonly autoStart: boolean
  readonly startMode: 'OnDemand' | 'AlwaysRunning'
  /** Milliseconds; 0 never stops an idle worker process. */
  readonly idleTimeout: number
  readonly startupTimeLimit: number
  readonly shutdownTimeLimit: number
  readonly environment: Readonly<Record<string, string>>
  readonly identity: PoolIdentitySettings
}
