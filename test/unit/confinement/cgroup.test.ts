/** Groups of the kernel itself, where this machine lets the tests make any. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Cgroup } from '#confinement/cgroup.ts'
import { ownCgroup } from '#confinement/own-cgroup.ts'
import { cgroupFolder } from '../../support/cgroup-folder.ts'

test('a file that is not there is not made, and reads as nothing', () => {
  const group = cgroupFolder()
  expect(() => group.write('memory.max', '1')).toThrow('ENOENT')
  expect(group.read('memory.max')).toBeUndefined()
})

test('numbers are read from files of one number, and from those with one on each line', () => {
  const group = cgroupFolder({ 'memory.current': '4096', 'memory.max': 'max', 'memory.events': 'oom 3\noom_kill 2' })
  expect(group.number('memory.current')).toBe(4096)
  expect(group.number('memory.max')).toBeUndefined()
  expect(group.number('memory.events', 'oom_kill')).toBe(2)
  expect(group.number('memory.events', 'max')).toBeUndefined()
})

const place = ownCgroup()
const lacks = 'none' in place ? place.none : undefined
if (lacks !== undefined) process.stdout.write(`skipped: groups of the kernel, because ${lacks}\n`)

describe.skipIf(lacks !== undefined)('a group of the kernel', () => {
  function group(): Cgroup {
    if ('none' in place) throw new Error(place.none)
    const made = place.group.child(`portico-test-${process.pid}-${Math.random().toString(36).slice(2)}`).make()
    onTestFinished(() => {
      made.kill()
      expect.soft(made.remove()).toBe(true)
    })
    return made
  }

  /** A process that forks: its child is in a session of its own, and nothing leads to it any more. */
  async function forking(into: Cgroup): Promise<ChildProcess> {
    const child = spawn('sh', ['-c', 'read go; setsid sh -c "sleep 1000 & sleep 1000 &"; sleep 1000'])
    await into.take(child.pid ?? 0)
    child.stdin?.end('go\n')
    await expect.poll(() => into.pids.length).toBe(4)
    return child
  }

  test('has what a process starts, wherever that has gone, and ends all of it', async () => {
    const made = group()
    const child = await forking(made)
    const ended = once(child, 'exit')
    expect(made.remove()).toBe(false)
    made.kill()
    expect(await ended).toEqual([null, 'SIGKILL'])
    await expect.poll(() => made.pids).toEqual([])
  })

  test('ends what is in the groups below it, and is removed with them', async () => {
    const made = group()
    const below = made.child('below').make()
    await forking(below)
    expect(made.ownPids).toEqual([])
    made.kill()
    await expect.poll(() => made.remove()).toBe(true)
    expect(made.remove()).toBe(true)
  })

  test('that is made twice is one', () => {
    const made = group()
    expect(made.make().path).toBe(made.path)
  })

  test('counts the processor time of those in it', () => {
    expect(group().number('cpu.stat', 'usage_usec')).toBeTypeOf('number')
  })
})
