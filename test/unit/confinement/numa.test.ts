import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { chooseNode, numaNodes } from '#confinement/numa.ts'

function folder(nodes: Readonly<Record<string, readonly [cpulist: string, free: number]>>): string {
  const root = mkdtempSync(join(tmpdir(), 'portico-nodes-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  writeFileSync(join(root, 'online'), '0-1\n')
  for (const [name, [cpulist, free]] of Object.entries(nodes)) {
    mkdirSync(join(root, name))
    writeFileSync(join(root, name, 'cpulist'), `${cpulist}\n`)
    writeFileSync(join(root, name, 'meminfo'), `Node 0 MemTotal:  9000 kB\nNode 0 MemFree:  ${free} kB\n`)
  }
  return root
}

test('the nodes are those with processors, by number, with their free memory', () => {
  const found = numaNodes(folder({ node10: ['8-9', 5], node1: ['0-1', 7], node2: ['', 9], power: ['0', 1] }))
  expect(found).toEqual([
    { node: 1, processors: [0, 1], free: 7 },
    { node: 10, processors: [8, 9], free: 5 },
  ])
})

test('a kernel that knows of no nodes has none', () => {
  expect(numaNodes(join(folder({}), 'missing'))).toEqual([])
})

test('this machine tells of its own, if it does at all', () => {
  for (const { processors } of numaNodes()) expect(processors.length).toBeGreaterThan(0)
})

const nodes = [
  { node: 0, processors: [0], free: 10 },
  { node: 1, processors: [1], free: 30 },
  { node: 2, processors: [2], free: 20 },
]

test.each([
  [[], 'MostAvailableMemory', 1],
  [[1], 'MostAvailableMemory', 2],
  [[0, 1, 2], 'MostAvailableMemory', 1],
  [[], 'WindowsScheduling', 0],
  [[0, 0, 1], 'WindowsScheduling', 2],
] as const)('with worker processes on %j, %s takes node %i', (taken, by, node) => {
  expect(chooseNode(nodes, taken, by)?.node).toBe(node)
})
