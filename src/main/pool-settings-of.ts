/** What the configuration of a pool means for those who run it. */
import type { LimitSettings, PoolSettings, RecyclingSettings } from '#activation/pool-settings.ts'
import type { Configuration, Pool } from '#config/configuration.ts'
import type { PorticoPool } from '#config/portico-pools.ts'

export function poolSettingsOf(pool: Pool, { rapidFailRecovery, pools }: Configuration['portico']): PoolSettings {
  const { name, autoStart, startMode, processModel, recycling, environmentVariables, failure } = pool
  const own = pools.get(name.toLowerCase())
  const { idleTimeout, idleTimeoutAction, startupTimeLimit, shutdownTimeLimit } = processModel
  const environment = Object.fromEntries(environmentVariables.map((variable) => [variable.name, variable.value]))
  const times = { idleTimeout, idleTimeoutAction, startupTimeLimit, shutdownTimeLimit }
  const failing = { pings: processModel, failure, rapidFailRecovery }
  const recycled = recyclingOf(recycling)
  const identity = processModel
  const nodeArguments = own?.nodeArguments ?? []
  return {
    name,
    autoStart,
    startMode,
    ...times,
    limits: limitsOf(pool, own),
    recycling: recycled,
    environment,
    nodeArguments,
    identity,
    ...failing,
  }
}

function limitsOf({ cpu, processModel }: Pool, own: PorticoPool | undefined): LimitSettings {
  const { processorGroup: _, ...limits } = cpu
  const { memoryLimit: memory = 0, processLimit: processes = 0 } = own ?? {}
  return { cpu: limits, memory, processes, isOneForEachNode: processModel.maxProcesses === 0 }
}

function recyclingOf({ logEventOnRecycle, periodicRestart, ...rotation }: Pool['recycling']): RecyclingSettings {
  const { memory, privateMemory, requests, time, schedule } = periodicRestart
  const logged = logEventOnRecycle.filter((reason) => reason !== 'IsapiUnhealthy')
  const times = schedule.map(({ value }) => value)
  const { disallowOverlappingRotation, disallowRotationOnConfigChange } = rotation
  return {
    time,
    schedule: times,
    requests,
    memory,
    privateMemory,
    disallowOverlappingRotation,
    disallowRotationOnConfigChange,
    logged,
  }
}
