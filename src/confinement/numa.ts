/** The NUMA nodes of the machine: memory, and the processors that are near to it. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { textIfReadable } from '#base/file-text.ts'
import { parseProcessors } from './processors.ts'

export interface NumaNode {
  readonly node: number
  readonly processors: readonly number[]
  /** KB of memory that nobody uses. */
  readonly free: number
}

/** The nodes that have processors, by number; a kernel that knows of none is one node. Source: sysfs-devices-node. */
export function numaNodes(folder = '/sys/devices/system/node'): readonly NumaNode[] {
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch {
    return []
  }
  const nodes = names.flatMap((name) => {
    const [, node] = /^node(\d+)$/.exec(name) ?? []
    if (node === undefined) return []
    const processors = parseProcessors(textIfReadable(join(folder, name, 'cpulist')) ?? '')
    const [, free = '0'] = /MemFree:\s+(\d+) kB/.exec(textIfReadable(join(folder, name, 'meminfo')) ?? '') ?? []
    return processors.length === 0 ? [] : [{ node: Number(node), processors, free: Number(free) }]
  })
  return nodes.sort((a, b) => a.node - b.node)
}

/**
 * The node for one more worker process of a pool, whose others are on the nodes `taken`: one that has fewest of them, and
 * of these the one with the most free memory, or the first.
 */
export function chooseNode(
  nodes: readonly NumaNode[],
  taken: readonly number[],
  by: 'MostAvailableMemory' | 'WindowsScheduling',
): NumaNode | undefined {
  const count = (node: NumaNode) => taken.filter((each) => each === node.node).length
  const order = (a: NumaNode, b: NumaNode) =>
    count(a) - count(b) || (by === 'MostAvailableMemory' ? b.free - a.free : 0) || a.node - b.node
  return [...nodes].sort(order)[0]
}
