/** Which cgroup Portico runs in, and whether it may make groups there for its worker processes. */
import { accessSync, constants, existsSync } from 'node:fs'
import { join, posix } from 'node:path'
import { textIfReadable } from '#base/file-text.ts'
import { fileAttribute } from '#syscalls/attributes.ts'
import { Cgroup } from './cgroup.ts'

/** What the group is called into which the processes of Portico's own group go, when it is to have limits below it. */
export const leafName = 'portico-serve'

/** Where groups for worker processes may be made. */
export interface OwnCgroup {
  readonly group: Cgroup
  /** Why limits may not be set there although groups may be made; undefined where they may. */
  readonly notDelegated?: string
}

/** The same, or why there is no such place. */
export type FoundCgroup = OwnCgroup | { readonly none: string }

/** What is asked of the system; tests give their own. */
export interface CgroupSources {
  /** `/proc/self/mountinfo` */
  readonly mounts: string
  /** `/proc/self/cgroup` */
  readonly memberships: string
  /** Whether systemd runs the machine: then a group is its unless it says that it was given away. */
  readonly hasSystemd: boolean
  mayWrite(group: Cgroup): boolean
  /** Whether systemd has marked the group as given away (`Delegate=yes`). */
  isDelegated(group: Cgroup): boolean
}

export const systemSources = (): CgroupSources => ({
  mounts: textIfReadable('/proc/self/mountinfo') ?? '',
  memberships: textIfReadable('/proc/self/cgroup') ?? '',
  hasSystemd: existsSync('/run/systemd/system'),
  mayWrite: ({ path }) => [path, join(path, 'cgroup.procs'), join(path, 'cgroup.subtree_control')].every(isWritable),
  isDelegated: ({ path }) => ['trusted.delegate', 'user.delegate'].some((name) => fileAttribute(path, name) === '1'),
})

/** Finds it. Sources: cgroups(7), proc_pid_mountinfo(5), CGROUP_DELEGATION of systemd. */
export function ownCgroup(sources = systemSources()): FoundCgroup {
  const path = pathOf(sources)
  if (path === undefined) return { none: 'no cgroup v2 hierarchy is mounted that shows the cgroup of portico serve' }
  const own = new Cgroup(path)
  const { hasSystemd, mayWrite, isDelegated } = sources
  // It may have gone into the leaf already; or systemd has put it into one (DelegateSubgroup=).
  const isGiven = (group: Cgroup) => (hasSystemd ? isDelegated(group) : true) && mayWrite(group)
  if (own.name === leafName && isGiven(own.parent)) return { group: own.parent }
  if (isGiven(own)) return { group: own }
  const isUsers = own.parent.name.startsWith('user@') // that was given to the user's own systemd
  if (hasSystemd && !isUsers && isGiven(own.parent)) return { group: own.parent }
  if (!mayWrite(own)) return { none: `the account of portico serve may not make cgroups below ${path}` }
  return { group: own, notDelegated: `the cgroup ${path} is systemd's, which has not delegated it` }
}

/** The folder of the own cgroup. */
function pathOf({ mounts, memberships }: CgroupSources): string | undefined {
  const [, own] = /^0::(\/.*)$/m.exec(memberships) ?? []
  if (own === undefined) return undefined
  for (const line of mounts.split('\n')) {
    const [where = '', what = ''] = line.split(' - ', 2)
    if (!what.startsWith('cgroup2 ')) continue
    const [root, mountPoint] = where.split(' ').slice(3, 5).map(unescaped)
    if (root === undefined || mountPoint === undefined) continue
    const below = posix.relative(root, own)
    if (!below.startsWith('..')) return join(mountPoint, below)
  }
  return undefined
}

/** Blanks in paths are written as octal numbers there. */
const unescaped = (text: string) =>
  text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}
