/** Makes the kernel's controllers (cpu, memory, pids) work in the groups below Portico's own. */
import { sentenceOf } from '#base/errors.ts'
import type { Cgroup } from './cgroup.ts'
import { leafName, type OwnCgroup } from './own-cgroup.ts'

export type Controller = 'cpu' | 'memory' | 'pids'

/** A process may start others while it is moved: they are met at the next look. */
const greatestLooks = 10

/**
 * Hands the controller down to the groups below. Throws why that can't be: limits would do nothing there. Portico's own
 * group has to be without processes for that, so they go into a leaf of it: `portico serve`, PM2's daemon, and whatever
 * else the unit of systemd runs.
 */
export function enable(controller: Controller, { group, notDelegated }: OwnCgroup): void {
  if (notDelegated !== undefined) throw new Error(notDelegated)
  if (isEnabled(controller, group)) return
  const given = group.read('cgroup.controllers')?.split(' ').filter(Boolean) ?? []
  if (!given.includes(controller)) {
    const has = given.length === 0 ? 'none' : given.join(', ')
    throw new Error(`the cgroup ${group.path} has not been given the ${controller} controller (it has ${has})`)
  }
  if (!isKernelsRoot(group)) empty(group)
  handDown(controller, group)
}

/** The same for a group that has no processes. */
export function handDown(controller: Controller, group: Cgroup): void {
  if (isEnabled(controller, group)) return
  try {
    group.write('cgroup.subtree_control', `+${controller}`)
  } catch (error) {
    const why = sentenceOf(error)
    throw new Error(`the ${controller} controller can't be handed down in the cgroup ${group.path}: ${why}`)
  }
}

function isEnabled(controller: Controller, group: Cgroup): boolean {
  return group.read('cgroup.subtree_control')?.split(' ').includes(controller) ?? false
}

/** The first group of the machine may have processes and groups with limits; what looks like it in a container may not. */
const isKernelsRoot = (group: Cgroup) => group.read('cgroup.type') === undefined

function empty(group: Cgroup): void {
  for (let look = 0; look < greatestLooks; look++) {
    const pids = group.ownPids
    if (pids.length === 0) return
    const leaf = group.child(leafName).make()
    for (const pid of pids) move(pid, leaf)
  }
}

function move(pid: number, to: Cgroup): void {
  try {
    to.write('cgroup.procs', String(pid))
  } catch {
    // It has ended, or the kernel keeps it: then what follows says so.
  }
}
