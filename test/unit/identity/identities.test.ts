/** As whom pools run and who may share, on machines with any users and groups. */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type AllowEntry, admitting } from '#identity/access.ts'
import { remembered } from '#identity/accounts.ts'
import { Identities, type IdentityRules, type PoolIdentity } from '#identity/identities.ts'
import { PoolIds } from '#identity/pool-ids.ts'
import { groupSid, poolSid, sids, userSid } from '#identity/sid.ts'
import { subjectsOf } from '#identity/subjects.ts'
import { FakeAccounts } from '../../support/fake-accounts.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { ownFolder } from '../../support/unix-pair.ts'

const defaults: readonly AllowEntry[] = [
  sids.iisUsers,
  sids.localSystem,
  sids.administrators,
  sids.localService,
  sids.networkService,
].map((sid) => ({ sid, origin: 'default' }))

const rules: IdentityRules = {
  allowAccounts: defaults,
  accountsAt: { file: '/etc/portico/SMSvcHost.exe.config', line: 7 },
  poolIdentities: { first: 3_000_000_000, last: 3_000_000_099 },
  localServiceAccount: '',
  networkServiceAccount: '',
  sharingStartMode: 'automatic',
  hostFile: '/etc/portico/applicationHost.config',
}

const pool = (changes: Partial<PoolIdentity> = {}): PoolIdentity => ({
  name: 'Orders',
  identityType: 'ApplicationPoolIdentity',
  userName: '',
  manualGroupMembership: false,
  ...changes,
})

const root = { uid: 0, gid: 0, groups: [0] }
const alice = { uid: 1000, gid: 1000, groups: [1000, 50] }

function machine(changes: Partial<IdentityRules> = {}, self = root) {
  const accounts = new FakeAccounts()
    .group('sudo', 27)
    .group('staff', 50)
    .user('alice', 1000, 1000, 'staff')
    .user('svc', 500)
  const poolIds = new PoolIds({ file: join(ownFolder(), 'identities.json'), accounts, mayGive: true })
  const identities = new Identities({ ...rules, ...changes }, { self, accounts, poolIds })
  return { accounts, poolIds, identities }
}

describe('a pool under a portico serve of root', () => {
  test('has a user of its own and the group of all pools, and the SIDs that follow', () => {
    const { identities } = machine()
    const [orders, stock] = [identities.runAs(pool()), identities.runAs(pool({ name: 'Stock' }))]
    expect(orders.uid).not.toBe(stock.uid)
    expect(orders.gid).toBe(orders.uid)
    expect(orders.groups).toEqual(stock.groups)
    expect(orders.sid).toBe(poolSid('Orders'))
    expect(orders.sids).toEqual(expect.arrayContaining([userSid(orders.uid), sids.iisUsers, poolSid('orders')]))
    expect(orders.sids).not.toContain(sids.localSystem)
    expect(orders.sids).not.toContain(sids.administrators)
  })

  test.each([
    ['LocalSystem', {}, 0, sids.localSystem],
    ['LocalService', { localServiceAccount: 'svc' }, 500, sids.localService],
    ['NetworkService', { networkServiceAccount: 'svc' }, 500, sids.networkService],
  ] as const)('as %s has the account and the SID of that name', (identityType, changes, uid, sid) => {
    const { identities } = machine(changes)
    const runAs = identities.runAs(pool({ identityType }))
    expect(runAs.uid).toBe(uid)
    expect(runAs.sids).toEqual(expect.arrayContaining([sid, poolSid('Orders')]))
  })

  test('as LocalService without a named account shares one numeric user with its kind, and no other pool', () => {
    const { identities } = machine()
    const [one, two] = ['One', 'Two'].map((name) => identities.runAs(pool({ name, identityType: 'LocalService' })))
    expect(one?.uid).toBe(two?.uid)
    expect(one?.sids).toContain(sids.localService)
    expect(identities.runAs(pool({ identityType: 'NetworkService' })).uid).not.toBe(one?.uid)
    expect(identities.runAs(pool()).uid).not.toBe(one?.uid)
  })

  test('as SpecificUser has that user’s groups as well as that of all pools', () => {
    const { identities, poolIds } = machine()
    const { uid, gid, groups, home } = identities.runAs(pool({ identityType: 'SpecificUser', userName: 'alice' }))
    expect([uid, gid, home]).toEqual([1000, 1000, '/home/alice'])
    expect([...groups].sort()).toEqual([1000, poolIds.find('BUILTIN\\IIS_IUSRS'), 50].sort())
  })

  test('as a SpecificUser who has been deleted does not start, and starts when there is one of that name again', () => {
    const { identities, accounts } = machine()
    const specific = pool({ identityType: 'SpecificUser', userName: 'alice' })
    accounts.users.delete('alice')
    accounts.user('mallory', 1000) // the uid is used again: that is another account
    expect(() => identities.accountOf(specific)).toThrow(expect.objectContaining({ code: 'IDENTITY_UNKNOWN' }))
    accounts.user('alice', 1001)
    expect(identities.accountOf(specific).uid).toBe(1001)
  })

  test('is not in the group of all pools with manualGroupMembership, and then has to be admitted by itself', () => {
    const { identities } = machine()
    const manual = pool({ manualGroupMembership: true })
    expect(identities.runAs(manual).groups).toEqual([])
    expect(() => identities.accountOf(manual)).toThrow(expect.objectContaining({ code: 'POOL_NOT_ADMITTED' }))
    identities.configure({ ...rules, allowAccounts: [{ sid: poolSid('Orders'), origin: 'x:1' }] })
    expect(identities.accountOf(manual).groups).toEqual([])
    expect(() => identities.accountOf(pool({ name: 'Stock' }))).toThrow(/Stock/)
  })
})

describe('a pool under a portico serve of an ordinary user', () => {
  test('runs as that user when it asks for no other account', () => {
    const { identities } = machine({ localServiceAccount: 'alice' }, alice)
    const asAlice = { account: 'alice', ...alice }
    expect(identities.accountOf(pool())).toMatchObject(asAlice)
    expect(identities.accountOf(pool({ identityType: 'SpecificUser', userName: 'alice' }))).toMatchObject(asAlice)
    expect(identities.accountOf(pool({ identityType: 'LocalService' }))).toMatchObject(asAlice)
  })

  test.each([
    { identityType: 'LocalSystem' },
    { identityType: 'LocalService' },
    { identityType: 'NetworkService' },
    { identityType: 'SpecificUser', userName: 'svc' },
  ] as const)('does not start as $identityType, and says why and what to do', (changes) => {
    const { identities } = machine({}, alice)
    expect(() => identities.accountOf(pool(changes))).toThrow(
      expect.objectContaining({
        code: 'IDENTITY_NEEDS_ROOT',
        message: expect.stringMatching(/pool Orders.*runs as alice \(uid 1000\)/),
        remedy: expect.stringContaining('as root'),
      }),
    )
  })

  test('is admitted as a pool, and so is every process of its account, because all pools have it', () => {
    const { identities } = machine({}, alice)
    expect(identities.admitting(identities.accountOf(pool()).sids)).toEqual(defaults[0])
    expect(identities.admitting(identities.sidsOf(alice))).toEqual(defaults[0])
    expect(identities.admitting(identities.sidsOf({ ...alice, uid: alice.uid + 1 }))).toBeUndefined()
    expect(identities.runAs(pool({ manualGroupMembership: true })).sids).not.toContain(sids.iisUsers)
  })

  test('under a portico serve of root is no account of other processes', () => {
    const { identities } = machine({}, root)
    expect(identities.admitting(identities.sidsOf(alice))).toBeUndefined()
  })
})

describe('a process', () => {
  test.each([
    ['root', root, [sids.localSystem, sids.administrators]],
    ['a member of sudo', { uid: 1000, gid: 1000, groups: [27] }, [sids.administrators]],
    ['one whose first group is sudo', { uid: 1000, gid: 27, groups: [] }, [sids.administrators]],
    [
      'anybody',
      { uid: 77, gid: 78, groups: [79] },
      [userSid(77), groupSid(78), groupSid(79), sids.everyone, sids.users],
    ],
  ])('of %s has the SIDs of its ids, and the well-known ones that follow', (_, credentials, expected) => {
    const { identities } = machine()
    const held = identities.sidsOf(credentials)
    expect(held).toEqual(expect.arrayContaining(expected))
    expect(held.includes(sids.administrators)).toBe(expected.includes(sids.administrators))
    expect(new Set(held).size).toBe(held.length)
  })

  test('is known as a pool’s by the uid, and as one of all pools by the group', () => {
    const { identities } = machine()
    const { uid, gid, groups } = identities.runAs(pool())
    expect(identities.sidsOf({ uid, gid, groups })).toEqual(expect.arrayContaining([poolSid('Orders'), sids.iisUsers]))
    expect(identities.sidsOf({ uid, gid, groups: [] })).not.toContain(sids.iisUsers)
  })

  test('keeps the groups of its start: who joins or leaves a group has other rights in the next process', () => {
    const entry: AllowEntry = { account: '%staff', origin: 'x:1' }
    const { identities, accounts } = machine({ allowAccounts: [entry] })
    const running = { uid: 1000, gid: 1000, groups: [50] }
    expect(identities.admitting(identities.sidsOf(running))).toBe(entry)
    accounts.groups.get('staff')?.members.splice(0)
    expect(identities.admitting(identities.sidsOf(running))).toBe(entry)
    expect(identities.admitting(identities.sidsOf({ uid: 1000, gid: 1000, groups: [] }))).toBeUndefined()
  })
})

describe('an entry by name', () => {
  const entries: AllowEntry[] = [{ account: 'alice', origin: 'x:1' }]

  test('means whoever has the name now: not a deleted user, nor the next one with that uid', () => {
    const { accounts } = machine()
    expect(admitting(entries, [userSid(1000)], accounts)).toBe(entries[0])
    accounts.users.delete('alice')
    expect(admitting(entries, [userSid(1000)], accounts)).toBeUndefined()
    accounts.user('mallory', 1000)
    expect(admitting(entries, [userSid(1000)], accounts)).toBeUndefined()
  })

  test('is looked up once a second at most, whoever knocks how often', () => {
    const { accounts } = machine()
    const clock = new ManualClock()
    const kept = remembered(accounts, clock)
    const before = accounts.asked
    for (let n = 0; n < 1000; n++) admitting(entries, [userSid(n)], kept)
    expect(accounts.asked).toBe(before + 1)
    accounts.users.delete('alice')
    clock.turn(1_000)
    expect(admitting(entries, [userSid(1000)], kept)).toBeUndefined()
  })
})

describe('what a person asks about', () => {
  const about = (who: string) => {
    const { identities, accounts } = machine()
    identities.runAs(pool())
    return subjectsOf(who, { identities, accounts, pools: [pool(), pool({ name: 'alice' })] })
  }

  test.each([
    ['orders', ['pool'], poolSid('Orders')],
    ['svc', ['user'], userSid(500)],
    ['alice', ['pool', 'user'], poolSid('alice')],
    ['%staff', ['group'], groupSid(50)],
    ['staff', ['group'], groupSid(50)],
    [String(process.pid), ['process'], userSid(process.geteuid?.() ?? -1)],
    [userSid(1000), ['user'], userSid(1000)],
    [groupSid(50), ['group'], groupSid(50)],
    [poolSid('Orders'), ['pool'], poolSid('Orders')],
    ['IIS APPPOOL\\Orders', ['pool'], poolSid('Orders')],
    ['LocalSystem', ['SID'], sids.localSystem],
    ['S-1-5-32-544', ['SID'], sids.administrators],
    ['S-1-22-1-4711', ['SID'], userSid(4711)],
    ['nobody-here', [], undefined],
    ['%nobody-here', [], undefined],
    ['4194305', [], undefined],
  ])('by %s is found as %j', (who, kinds, sid) => {
    const found = about(who)
    expect(found.map(({ kind }) => kind)).toEqual(kinds)
    expect(found[0]?.sids[0]).toBe(sid)
  })
})
