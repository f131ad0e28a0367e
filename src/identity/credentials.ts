/** Who a process is to the kernel: the ids by which it judges what the process may do. */

export interface Credentials {
  readonly uid: number
  readonly gid: number
  /** The supplementary groups in any order, with or without `gid`. */
  readonly groups: readonly number[]
}

/** Whether both are the same account with the same groups. */
export function isSameAccount(a: Credentials, b: Credentials): boolean {
  return a.uid === b.uid && a.gid === b.gid && allGroups(a).symmetricDifference(allGroups(b)).size === 0
}

/** The gid and the supplementary groups: a process has the rights of all of them alike. */
export function allGroups({ gid, groups }: Credentials): ReadonlySet<number> {
  return new Set([gid, ...groups])
}
