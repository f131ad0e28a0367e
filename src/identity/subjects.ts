/** What a person may mean by a name, a SID or a number: accounts, groups, processes and pools, with the SIDs of each. */
import { isPorticoError, sentenceOf } from '#base/errors.ts'
import type { Accounts } from './accounts.ts'
import type { Identities, PoolIdentity } from './identities.ts'
import { processCredentials } from './process-credentials.ts'
import { groupSid, nameOfSid, parseSid, poolSid, type Sid, sidOfName, sids, unixIdOf, userSid } from './sid.ts'

export interface Subject {
  readonly kind: 'user' | 'group' | 'process' | 'pool' | 'SID'
  /** As `alice (uid 1000)`. */
  readonly name: string
  /** The SID that stands for it alone, then all others that it has. */
  readonly sids: readonly [Sid, ...Sid[]]
  /** What else there is to know. */
  readonly note?: string
}

/** Where subjects are looked for. */
export interface Surroundings {
  readonly identities: Identities
  readonly accounts: Accounts
  readonly pools: readonly PoolIdentity[]
}

/** Everything that `who` may mean; a number is a process. */
export function subjectsOf(who: string, around: Surroundings): readonly Subject[] {
  const sid = parseSid(who)
  if (sid) return [...ofSid(sid, around)]
  if (/^\d+$/.test(who)) return [ofProcess(Number(who), around)].filter((found) => found !== undefined)
  if (who.startsWith('%')) return [ofGroup(who.slice(1), around)].filter((found) => found !== undefined)
  const found = [ofPool(who, around), ofUser(who, around), ofGroup(who, around)].filter((each) => each !== undefined)
  const named = found.length > 0 ? undefined : sidOfName(who)
  return named ? ofSid(named, around) : found
}

/** A SID, and whoever it stands for on this machine. */
function ofSid(sid: Sid, around: Surroundings): readonly Subject[] {
  const unix = unixIdOf(sid)
  const user = unix?.kind === 'user' && around.accounts.userById(unix.id)
  const group = unix?.kind === 'group' && around.accounts.groupById(unix.id)
  const pool = around.pools.find(({ name }) => poolSid(name) === sid)
  const found = (user && ofUser(user.name, around)) || (group && ofGroup(group.name, around))
  const standsFor = found || (pool && ofPool(pool.name, around))
  return [standsFor ?? { kind: 'SID', name: nameOfSid(sid) ?? 'no account of this machine', sids: [sid] }]
}

function ofUser(name: string, { accounts, identities }: Surroundings): Subject | undefined {
  const user = accounts.userByName(name)
  if (!user) return undefined
  const groups = accounts.groupsOf(user.name, user.gid)
  return {
    kind: 'user',
    name: `${user.name} (uid ${user.uid})`,
    sids: leading(userSid(user.uid), identities.sidsOf({ uid: user.uid, gid: user.gid, groups })),
    note: 'a process that runs already has the groups of its start; portico identity <pid> shows those',
  }
}

function ofGroup(name: string, { accounts }: Surroundings): Subject | undefined {
  const group = accounts.groupByName(name)
  if (!group) return undefined
  const members = group.members.length > 0 ? `its members: ${group.members.join(', ')}` : 'it lists no members'
  return { kind: 'group', name: `${group.name} (gid ${group.gid})`, sids: [groupSid(group.gid)], note: members }
}

function ofProcess(pid: number, { identities }: Surroundings): Subject | undefined {
  const credentials = processCredentials(pid)
  if (!credentials) return undefined
  const sid = userSid(credentials.uid)
  const name = `${pid} of ${identities.nameOf(credentials.uid)}`
  return { kind: 'process', name, sids: leading(sid, identities.sidsOf(credentials)) }
}

function ofPool(name: string, { identities, pools }: Surroundings): Subject | undefined {
  const pool = pools.find((each) => each.name.toLowerCase() === name.toLowerCase())
  if (!pool) return undefined
  const own = poolSid(pool.name)
  try {
    const { sid, sids: all, uid } = identities.runAs(pool)
    return {
      kind: 'pool',
      name: `${pool.name}, ${pool.identityType}, ${identities.nameOf(uid)}`,
      sids: leading(sid, all),
    }
  } catch (error) {
    const { first, last } = identities.rules.poolIdentities
    const note = isPorticoError(error, 'IDENTITY_NOT_GIVEN')
      ? `its numeric user, from ${first} to ${last}, is chosen at its first start`
      : sentenceOf(error)
    const always = [sids.users, sids.authenticatedUsers, sids.everyone]
    const all = pool.manualGroupMembership ? always : [sids.iisUsers, ...always]
    return { kind: 'pool', name: `${pool.name}, ${pool.identityType}`, sids: [own, ...all], note }
  }
}

function leading(first: Sid, all: readonly Sid[]): [Sid, ...Sid[]] {
  return [first, ...all.filter((sid) => sid !== first)]
}
