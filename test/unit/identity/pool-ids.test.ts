/** Numeric users of pools: stable, nobody else's, and kept. */
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { holderOf, PoolIds } from '#identity/pool-ids.ts'
import { ownerIn } from '#identity/subordinate-ids.ts'
import { FakeAccounts } from '../../support/fake-accounts.ts'
import { ownFolder } from '../../support/unix-pair.ts'

/** Far from what processes of a machine run under. */
const range = { first: 3_000_000_000, last: 3_000_000_009 }

function ids(changes: { file?: string; accounts?: FakeAccounts; mayGive?: boolean } = {}) {
  const { file = join(ownFolder(), 'identities.json'), accounts = new FakeAccounts(), mayGive = true } = changes
  return { file, accounts, poolIds: new PoolIds({ file, accounts, mayGive }) }
}

const give = (poolIds: PoolIds, count: number) =>
  Array.from({ length: count }, (_, n) => poolIds.idOf(holderOf(`Pool${n}`), range))

describe('the numeric user of a pool', () => {
  test('is in the range, each pool’s own, and the same ever after, whatever the case of its name', () => {
    const { poolIds, file, accounts } = ids()
    const given = give(poolIds, 10)
    expect([...given].sort()).toEqual(Array.from({ length: 10 }, (_, n) => range.first + n))
    const later = new PoolIds({ file, accounts, mayGive: true })
    expect(give(later, 10)).toEqual(given)
    expect(later.idOf(holderOf('POOL3'), range)).toBe(given[3])
    expect(later.holder(given[3] ?? 0)).toBe('IIS APPPOOL\\pool3')
  })

  test('stays when the range is changed', () => {
    const { poolIds } = ids()
    const [before] = give(poolIds, 1)
    expect(poolIds.idOf(holderOf('Pool0'), { first: 5_000, last: 5_001 })).toBe(before)
  })

  test('is never one that a user or a group has', () => {
    const accounts = new FakeAccounts()
    for (let n = 0; n < 8; n++) accounts.user(`user${n}`, range.first + n, 1)
    accounts.group('group', range.first + 8)
    expect(give(ids({ accounts }).poolIds, 1)).toEqual([range.last])
  })

  test('is never one that a process runs under, because another Portico may have given it', () => {
    const { poolIds, accounts } = ids()
    accounts.users.clear() // no user has the uid; only this process runs under it
    accounts.groups.clear()
    const uid = process.getuid?.() ?? 0
    expect(() => poolIds.idOf(holderOf('Pool'), { first: uid, last: uid })).toThrow(
      expect.objectContaining({ code: 'IDENTITY_RANGE_USED_UP' }),
    )
  })

  test('begins elsewhere in the range for another home, so that two Porticos rarely choose the same', () => {
    const wide = { first: 3_000_000_000, last: 3_100_000_000 }
    const chosen = Array.from({ length: 20 }, () => ids().poolIds.idOf(holderOf('DefaultAppPool'), wide))
    expect(new Set(chosen).size).toBeGreaterThan(15)
  })

  test('is not given when the range is used up, and others keep theirs', () => {
    const { poolIds } = ids()
    const given = give(poolIds, 10)
    expect(() => poolIds.idOf(holderOf('Another'), range)).toThrow(
      expect.objectContaining({ code: 'IDENTITY_RANGE_USED_UP' }),
    )
    expect(give(poolIds, 10)).toEqual(given)
  })

  test('is refused when somebody else has it by now: a user, or a group', () => {
    const { poolIds, accounts } = ids()
    const [id = 0] = give(poolIds, 1)
    accounts.user('alice', id, 100)
    expect(() => give(poolIds, 1)).toThrow(/the id 30000000\d\d.*now belongs to the user alice as well/)
    accounts.users.delete('alice')
    expect(give(poolIds, 1)).toEqual([id])
    accounts.group('staff', id)
    expect(() => give(poolIds, 1)).toThrow(expect.objectContaining({ code: 'IDENTITY_OVERLAPS' }))
  })

  test('is not given by somebody who only looks', () => {
    const { poolIds } = ids({ mayGive: false })
    expect(() => give(poolIds, 1)).toThrow(expect.objectContaining({ code: 'IDENTITY_NOT_GIVEN' }))
    expect(poolIds.find(holderOf('Pool0'))).toBeUndefined()
  })
})

describe('the file of the numeric users', () => {
  test('can be read by everybody and written by its owner', () => {
    const { poolIds, file } = ids()
    give(poolIds, 1)
    expect(statSync(file).mode & 0o777).toBe(0o644)
    expect(JSON.parse(readFileSync(file, 'utf8')).about).toContain('Keep this file')
  })

  test.each([
    ['no JSON', '{"ids":'],
    ['without ids', '{}'],
    ['with an id that is no number', '{"ids":{"IIS APPPOOL\\\\pool0":"root"}}'],
    ['with root', '{"ids":{"IIS APPPOOL\\\\pool0":0}}'],
    ['with one id for two', '{"ids":{"IIS APPPOOL\\\\pool0":90000,"IIS APPPOOL\\\\pool1":90000}}'],
  ])('that is %s is an error and stays as it is; repaired, it counts at once', (_, text) => {
    const { poolIds, file } = ids()
    writeFileSync(file, text)
    expect(() => give(poolIds, 1)).toThrow(expect.objectContaining({ code: 'IDENTITIES_UNREADABLE' }))
    expect(readFileSync(file, 'utf8')).toBe(text)
    writeFileSync(file, '{"ids":{"IIS APPPOOL\\\\pool0":3000000777}}')
    expect(give(poolIds, 1)).toEqual([3_000_000_777])
  })

  test('that can not be written is an error, and nothing is given that would be forgotten', () => {
    const { poolIds, file } = ids()
    mkdirSync(`${file}.new`)
    writeFileSync(join(`${file}.new`, 'in-the-way'), '')
    chmodSync(`${file}.new`, 0o500)
    expect(() => give(poolIds, 1)).toThrow(expect.objectContaining({ code: 'IDENTITIES_NOT_KEPT' }))
    expect(poolIds.find(holderOf('Pool0'))).toBeUndefined()
    chmodSync(`${file}.new`, 0o700)
    rmSync(`${file}.new`, { recursive: true })
    expect(give(poolIds, 1)).toHaveLength(1)
  })
})

test.each([
  [99_999, undefined],
  [100_000, 'alice'],
  [165_535, 'alice'],
  [165_536, '1000'],
  [231_072, undefined],
])('the id %i is subordinate to %s', (id, owner) => {
  expect(ownerIn('# comment\nalice:100000:65536\n\nbroken\n1000:165536:65536\n', id)).toBe(owner)
})
