/** What the configuration of a pool means for those who run it. */
import type { PoolSettings, RecyclingSettings } from '#activation/pool-settings.ts'
import type { Configuration, Pool } from '#config/configuration.ts'

/**
 * Milliseconds that a connection may wait where nothing is configured; more where files that arrive, the start of the process
 * and the loading of the application need more, which have startupTimeLimit each.
 */
const shortestWaitingLimit = 300_000

export function poolSettingsOf(pool: Pool, { rapidFailRecovery, pools }: Configuration['portico']): PoolSettings {
  const { name, autoStart, startMode, processModel, recycling, environmentVariables, failure } = pool
  const { maxProcesses, idleTimeout, idleTimeoutAction, startupTimeLimit, shutdownTimeLimit } = processModel
  const environment = Object.fromEntries(environmentVariables.map((variable) => [variable.name, variable.value]))
  const idleTimeoutLogged = processModel.logEventOnProcessModel.includes('IdleTimeout')
  const limits = {
    maxProcesses: Math.max(1, maxProcesses),
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
    ...limits,
    recycling: recycled,
    waiting,
    environment,
    nodeArguments,
    identity,
    ...failing,
  }
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
