/** What activation needs to know of an application pool's configuration. */
export interface PoolSettings {
  readonly name: string
  readonly autoStart: boolean
  readonly startMode: 'OnDemand' | 'AlwaysRunning'
  /** Milliseconds; 0 never stops an idle worker process. */
  readonly idleTimeout: number
  readonly startupTimeLimit: number
  readonly shutdownTimeLimit: number
  readonly environment: Readonly<Record<string, string>>
}
