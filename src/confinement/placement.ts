/** On which processors the worker processes of a pool belong. */
import type { PoolSettings } from '#activation/pool-settings.ts'
import { PorticoError } from '#base/errors.ts'
import { chooseNode, type NumaNode } from './numa.ts'
import { maskedProcessors, processorsText } from './processors.ts'

/** What the machine has. */
export interface Machine {
  /** The processors that Portico may use. */
  readonly processors: readonly number[]
  /** How many there are. */
  readonly machineProcessors: number
  nodes(): readonly NumaNode[]
}

export interface Placement {
  readonly isAffinitized: boolean
  /** Whether each worker process keeps to one NUMA node. */
  readonly isKeptToNodes: boolean
  /** Those that the masks leave. */
  readonly processors: readonly number[]
}

export function placement({ limits }: PoolSettings, machine: Machine): Placement {
  const { cpu, isOneForEachNode } = limits
  const isAffinitized = cpu.smpAffinitized
  const isKeptToNodes = isOneForEachNode && cpu.numaNodeAffinityMode === 'Hard' && machine.nodes().length > 1
  const processors = isAffinitized ? maskedProcessors(cpu, machine.processors) : machine.processors
  return { isAffinitized, isKeptToNodes, processors }
}

/** Throws POOL_WITHOUT_PROCESSORS when the masks leave none. */
export function assertPlacement(pool: PoolSettings, machine: Machine): void {
  if (placement(pool, machine).processors.length > 0) return
  const { smpProcessorAffinityMask: low, smpProcessorAffinityMask2: high } = pool.limits.cpu
  const masks = [low, high].map((mask) => `0x${mask.toString(16)}`).join(' and ')
  const present = processorsText(machine.processors)
  throw new PorticoError('POOL_WITHOUT_PROCESSORS', { pool: pool.name, masks, present })
}

/** The node for one more worker process, when the others are on the nodes `taken`; undefined where nodes don't matter. */
export function nodeFor(pool: PoolSettings, machine: Machine, taken: readonly number[]): NumaNode | undefined {
  if (!placement(pool, machine).isKeptToNodes) return undefined
  return chooseNode(machine.nodes(), taken, pool.limits.cpu.numaNodeAssignment)
}

/** The processors of a worker process on `node`. Masks that leave none of the node's win over it. */
export function processorsOf(pool: PoolSettings, machine: Machine, node: NumaNode | undefined): readonly number[] {
  const { isKeptToNodes, processors } = placement(pool, machine)
  const near = isKeptToNodes && node ? processors.filter((each) => node.processors.includes(each)) : []
  return near.length > 0 ? near : processors
}
