import { describe, expect, test } from 'vitest'
import { assertPlacement, type Machine, nodeFor, placement, processorsOf } from '#confinement/placement.ts'
import { type LimitChanges, limited } from '../../support/confinement.ts'

const nodes = [
  { node: 0, processors: [0, 1], free: 10 },
  { node: 1, processors: [2, 3], free: 20 },
]
const machine: Machine = { processors: [0, 1, 2, 3], machineProcessors: 4, nodes: () => nodes }

const hard: LimitChanges = { isOneForEachNode: true, cpu: { numaNodeAffinityMode: 'Hard' } }

test('without smpAffinitized masks mean nothing', () => {
  const pool = limited({ cpu: { smpProcessorAffinityMask: 0, smpProcessorAffinityMask2: 0 } })
  expect(processorsOf(pool, machine, undefined)).toEqual([0, 1, 2, 3])
  expect(() => assertPlacement(pool, machine)).not.toThrow()
})

describe('Hard with a worker process for each node', () => {
  test('keeps each to the processors of one node, the next one to another', () => {
    const pool = limited(hard)
    const first = nodeFor(pool, machine, [])
    expect(processorsOf(pool, machine, first)).toEqual([2, 3])
    expect(processorsOf(pool, machine, nodeFor(pool, machine, [1]))).toEqual([0, 1])
  })

  test('leaves of the node what the masks leave, and the masks win where they leave nothing of it', () => {
    const masked = (mask: number) =>
      limited({
        ...hard,
        cpu: { ...hard.cpu, smpAffinitized: true, smpProcessorAffinityMask: mask, smpProcessorAffinityMask2: 0 },
      })
    expect(processorsOf(masked(0b0110), machine, nodes[1])).toEqual([2])
    expect(processorsOf(masked(0b0011), machine, nodes[1])).toEqual([0, 1])
  })
})

test.each<[string, LimitChanges, Machine]>([
  ['Soft', { ...hard, cpu: { numaNodeAffinityMode: 'Soft' } }, machine],
  ['another number of worker processes', { ...hard, isOneForEachNode: false }, machine],
  ['a machine of one node', hard, { ...machine, nodes: () => nodes.slice(1) }],
])('%s leaves nodes to the kernel', (_, changes, machine) => {
  expect(nodeFor(limited(changes), machine, [])).toBeUndefined()
  expect(placement(limited(changes), machine).isKeptToNodes).toBe(false)
})
