/** What the configuration of a pool means for those who run it. */
import type { LimitSettings, PoolSettings, RecyclingSettings } from '#activation/pool-settings.ts'
import type { Configuration, Pool } from '#config/configuration.ts'
import type { PorticoPool } from '#config/portico-pools.ts'
import { numaNodes } from '#confinement/numa.ts'

/**
 * Milliseconds that a connection may wait where nothing is configured; more where files that arrive, the start of the process
 * and the loading of the application need more, which have startupTimeLimit each.
 */
const shortestWaitingLimit = 300_000

/** `countNodes` counts the NUMA nodes of the machine. */
export function poolSettingsOf(
  pool: Pool,
  { rapidFailRecovery, pools }: Configuration['portico'],
  countNodes = () => numaNodes().length,
): PoolSettings {
  const { name, autoStart, startMode, processModel, recycling, environmentVariables, failure } = pool
  const { maxProcesses, idleTimeout, idleTimeoutAction, startupTimeLimit, shutdownTimeLimit } = processModel
  const environment = Object.fromEntries(environmentVariables.map((variable) => [variable.name, variable.value]))
  const idleTimeoutLogged = processModel.logEventOnProcessModel.includes('IdleTimeout')
  const times = {
    maxProcesses: maxProcesses || Math.max(1, countNodes()),
    idleTimeout,
    idleTimeoutAction,
    idleTimeoutLogged,
    startupTimeLimit,
    shutdownTimeLimit,
  }
  const failing = { pings: processModel, failure, rapidFailRecovery }
  const recycled = recyclingOf(recycling)
  const identity = processModel
  const own = pools.get(name.toLowerCase())
  const nodeArguments = own?.nodeArguments ?? []
  const waiting = {
    maxWaitingConnections: own?.maxWaitingConnections ?? Number.POSITIVE_INFINITY,
    waitingTimeLimit: own?.waitingTimeLimit ?? Math.max(shortestWaitingLimit, 3 * startupTimeLimit),
  }
  return {
    name,
    autoStart,
    startMode,
    ...times,
    limits: limitsOf(pool, own),
    recycling: recycled,
    waiting,
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
