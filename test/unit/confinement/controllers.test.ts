import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { enable } from '#confinement/controllers.ts'
import { cgroupFolder, fill } from '../../support/cgroup-folder.ts'

test('a controller is handed down, once', () => {
  const group = cgroupFolder()
  enable('cpu', { group })
  expect(group.read('cgroup.subtree_control')).toBe('+cpu')
  group.write('cgroup.subtree_control', 'memory cpu\n')
  enable('cpu', { group })
  expect(group.read('cgroup.subtree_control')).toBe('memory cpu')
})

test('before that, processes of the group go into a leaf of it: the kernel wants them at the ends of the tree', () => {
  const group = cgroupFolder({ 'cgroup.procs': '4711' })
  const leaf = fill(group.child('portico-serve'))
  enable('memory', { group })
  expect(leaf.read('cgroup.procs')).toMatch(/^4711/)
})

test('the first group of the machine, which has no type, keeps its processes', () => {
  const group = cgroupFolder({ 'cgroup.procs': '1' })
  rmSync(join(group.path, 'cgroup.type'))
  enable('memory', { group })
  expect(group.children).toEqual([])
  expect(group.read('cgroup.subtree_control')).toBe('+memory')
})

test.each([
  ['cpu io', 'has not been given the memory controller (it has cpu, io)'],
  ['', 'has not been given the memory controller (it has none)'],
])('with %j, it says what the group lacks', (controllers, says) => {
  const group = cgroupFolder({ 'cgroup.controllers': controllers })
  expect(() => enable('memory', { group })).toThrow(says)
  expect(group.read('cgroup.subtree_control')).toBe('')
})

test('a group that is systemd’s is left as it is', () => {
  const group = cgroupFolder()
  expect(() => enable('cpu', { group, notDelegated: 'it is systemd’s' })).toThrow('it is systemd’s')
  expect(group.read('cgroup.subtree_control')).toBe('')
})
