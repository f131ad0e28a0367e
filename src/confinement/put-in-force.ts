/** Puts the limits of a pool in force as far as the machine lets it, and says of each by which means, or why not. */
import type { PoolSettings } from '#activation/pool-settings.ts'
import { PorticoError, sentenceOf } from '#base/errors.ts'
import { cpuLimitText, cpuMax, cpuWeight, type LimitedThing, type LimitInForce } from './limits.ts'
import { placement } from './placement.ts'
import { processorsText } from './processors.ts'
import type { ConfinementSurroundings } from './surroundings.ts'

/** By which means memory is limited where the kernel doesn't do it. */
export const polled = 'looked at every second'

export function putInForce(settings: PoolSettings, around: ConfinementSurroundings): readonly LimitInForce[] {
  return [
    ...processorTime(settings, around),
    ...processors(settings, around),
    ...memory(settings, around),
    ...processes(settings, around),
  ]
}

function processorTime({ name, limits }: PoolSettings, around: ConfinementSurroundings): LimitInForce[] {
  const { places, machineProcessors } = around
  lift(name, around)
  const { limit, action } = limits.cpu
  const text = cpuLimitText(limits.cpu)
  if (text === undefined) return []
  if (action === 'NoAction' || action === 'KillW3wp')
    return [
      { of: 'cpu', limit: text, by: `watched, by ${places.none === undefined ? 'cpu.stat of cgroup v2' : '/proc'}` },
    ]
  const [file, value] =
    action === 'Throttle' ? ['cpu.max', cpuMax(limit, machineProcessors)] : ['cpu.weight', cpuWeight(limit)]
  return [
    attempt(name, 'cpu', text, `cgroup v2, ${file} ${value}`, () =>
      places.poolWith('cpu', name, { forWorkers: false }).write(file, value),
    ),
  ]
}

/** What an earlier configuration, or an earlier run, has set is no longer so. */
function lift(name: string, { places }: ConfinementSurroundings): void {
  const pool = places.pool(name)
  if (pool?.read('cpu.max') !== undefined) pool.write('cpu.max', 'max')
  if (pool?.read('cpu.weight') !== undefined) pool.write('cpu.weight', '100')
}

function processors(settings: PoolSettings, around: ConfinementSurroundings): LimitInForce[] {
  const { isAffinitized, isKeptToNodes, processors } = placement(settings, around)
  if (!isAffinitized && !isKeptToNodes) return []
  const nodes = isKeptToNodes ? ', each worker process on one NUMA node' : ''
  return [{ of: 'processors', limit: `processors ${processorsText(processors) || 'none'}${nodes}`, by: 'affinity' }]
}

function memory({ name, limits }: PoolSettings, { places }: ConfinementSurroundings): LimitInForce[] {
  if (limits.memory === 0) return []
  const limit = `${limits.memory} KB for each worker process with its children`
  const group = attempt(name, 'memory', limit, 'cgroup v2, memory.max', () =>
    places.poolWith('memory', name, { forWorkers: true }),
  )
  return [group.problem ? { of: 'memory', limit, by: polled } : group]
}

function processes({ name, limits }: PoolSettings, { places }: ConfinementSurroundings): LimitInForce[] {
  if (limits.processes === 0) return []
  const limit = `${limits.processes} processes and threads for each worker process with its children`
  return [
    attempt(name, 'processes', limit, 'cgroup v2, pids.max', () => places.poolWith('pids', name, { forWorkers: true })),
  ]
}

function attempt(pool: string, of: LimitedThing, limit: string, by: string, work: () => void): LimitInForce {
  try {
    work()
    return { of, limit, by }
  } catch (error) {
    return { of, limit, problem: new PorticoError('LIMIT_NOT_IN_FORCE', { pool, limit, reason: sentenceOf(error) }) }
  }
}
