/** Which SIDs a process has: those of its user and its groups, and the well-known ones that follow. */
import type { Accounts } from './accounts.ts'
import { allGroups, type Credentials } from './credentials.ts'
import { groupSid, poolSid, type Sid, sids, userSid } from './sid.ts'

/** What some ids of this machine stand for. */
export interface Roles {
  /** The uids that are LocalService and NetworkService. */
  readonly localService: number | undefined
  readonly networkService: number | undefined
  /** The group of all pools. */
  readonly poolsGroup: number | undefined
  /** The uid that all pools have, where portico serve is an ordinary user. */
  readonly poolsAccount: number | undefined
  /** Its members, and root, are administrators. */
  readonly administrators: readonly number[]
  /** The pool that has this uid to itself. */
  poolOf(uid: number): string | undefined
}

/** The groups whose members may become root, by custom of the distributions. */
const administratorGroups = ['root', 'sudo', 'wheel'] as const

/** The gids of the groups of administrators that this machine has. */
export function administratorGids(accounts: Accounts): number[] {
  return administratorGroups.map((name) => accounts.groupByName(name)?.gid).filter((gid) => gid !== undefined)
}

/** All SIDs of a process with these ids, its user's first. Source: docs/identity.md. */
export function sidsOf(credentials: Credentials, roles: Roles): readonly Sid[] {
  const { uid } = credentials
  const groups = allGroups(credentials)
  const pool = roles.poolOf(uid)
  const isAdministrator = uid === 0 || roles.administrators.some((gid) => groups.has(gid))
  const applies: readonly [Sid, boolean][] = [
    [sids.localSystem, uid === 0],
    [sids.localService, uid === roles.localService],
    [sids.networkService, uid === roles.networkService],
    [sids.administrators, isAdministrator],
    [sids.iisUsers, uid === roles.poolsAccount || (roles.poolsGroup !== undefined && groups.has(roles.poolsGroup))],
    [sids.users, true],
    [sids.authenticatedUsers, true],
    [sids.everyone, true],
  ]
  return [
    userSid(uid),
    ...Array.from(groups, groupSid),
    ...(pool === undefined ? [] : [poolSid(pool)]),
    ...applies.filter(([, does]) => does).map(([sid]) => sid),
  ]
}
