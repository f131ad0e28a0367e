/** allowAccounts: SIDs and Unix accounts, the defaults, what adds to them and what takes away. */
import { dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { AllowedAccount, Sharing } from '#config/configuration.ts'
import { problemsOf, readTexts, sharingFile } from './read-texts.ts'

const list = (inside: string) => `<net.tcp><allowAccounts>${inside}</allowAccounts></net.tcp>`
const add = (sid: string) => `<add securityIdentifier="${sid}"/>`
const addAccount = (account: string) => `<add account="${account}"/>`

async function sharingOf(section: string): Promise<Sharing> {
  return (await readTexts({ sharing: sharingFile(section) })).sharing
}

async function expectedOf(section: string): Promise<string[]> {
  return (await problemsOf({ sharing: sharingFile(section) })).map((problem) => problem.expected)
}

const nameOf = (entry: AllowedAccount) => ('sid' in entry ? entry.sid : entry.account)
const defaults = ['S-1-5-32-568', 'S-1-5-18', 'S-1-5-32-544', 'S-1-5-19', 'S-1-5-20']

test.each([
  ['', defaults],
  [add('S-1-22-1-1000'), [...defaults, 'S-1-22-1-1000']],
  [`<clear/>${add('S-1-1-0')}`, ['S-1-1-0']],
  [`${add('S-1-1-0')}<clear/>${add('S-1-5-11')}`, ['S-1-5-11']],
  ['<remove securityIdentifier="S-1-5-20"/>', defaults.slice(0, 4)],
  [
    `<clear/>${add('S-1-5-82-3006700770-424185619-1745488364-794895919-4004696415')}`,
    ['S-1-5-82-3006700770-424185619-1745488364-794895919-4004696415'],
  ],
  [addAccount('alice'), [...defaults, 'alice']],
  [
    `${addAccount('alice')}${add('S-1-1-0')}${addAccount('%developers')}`,
    [...defaults, 'alice', 'S-1-1-0', '%developers'],
  ],
  [`<clear/>${addAccount('alice')}${addAccount('%alice')}${addAccount('Alice')}`, ['alice', '%alice', 'Alice']],
  [`<clear/>${addAccount('alice')}${addAccount('bob')}<remove account="alice"/>`, ['bob']],
  [`<clear/>${addAccount('alice')}<remove account="Alice"/>`, ['alice']],
  [`<clear/>${addAccount('alice')}<remove account="alice"/>${addAccount('alice')}`, ['alice']],
  [`<clear/>${addAccount('svc-orders.2@corp_x')}`, ['svc-orders.2@corp_x']],
])('allowAccounts with %s allows %j', async (inside, expected) => {
  expect((await sharingOf(list(inside))).allowAccounts.map(nameOf)).toEqual(expected)
})

describe('a SID is the same however it is spelled', () => {
  test.each([
    [add('s-1-5-18'), defaults],
    [add('S-1-05-0018'), defaults],
    [`<clear/>${add('s-1-05-32-00544')}`, ['S-1-5-32-544']],
    ['<remove securityIdentifier="s-1-5-018"/>', defaults.filter((sid) => sid !== 'S-1-5-18')],
    [`<clear/>${add('S-1-281474976710655-4294967295')}`, ['S-1-281474976710655-4294967295']],
  ])('%s', async (inside, expected) => {
    expect((await sharingOf(list(inside))).allowAccounts.map(nameOf)).toEqual(expected)
  })
})

test('a SID and an account are told apart, and each says where it comes from', async () => {
  const { allowAccounts } = await sharingOf(list(`\n\n${add('S-1-1-0')}\n${addAccount('%staff')}`))
  expect(allowAccounts[0]).toEqual({ sid: 'S-1-5-32-568', origin: 'default' })
  expect(allowAccounts.slice(-2)).toEqual([
    { sid: 'S-1-1-0', origin: expect.stringMatching(/^\/.*SMSvcHost\.exe\.config:4$/) },
    { account: '%staff', origin: expect.stringMatching(/^\/.*SMSvcHost\.exe\.config:5$/) },
  ])
})

describe('an entry names exactly one SID or account', () => {
  const neither = 'needs one of the attributes securityIdentifier (S-1-…) or account (user or %group)'
  const both = 'has securityIdentifier and account; write exactly one of them in an entry'

  test.each([
    ['add', '', neither],
    ['remove', '', neither],
    ['add', 'securityIdentifier="S-1-1-0" account="alice"', both],
    ['remove', 'securityIdentifier="S-1-5-18" account="alice"', both],
  ])('%s with %j is refused', async (command, attributes, expected) => {
    for (const section of [list(`<${command} ${attributes}/>`), list(`<clear/><add ${attributes}/>`)]) {
      expect(await expectedOf(section)).toEqual([expected])
    }
    expect(await expectedOf(list(`<${command} ${attributes}/>`).replaceAll('net.tcp', 'net.pipe'))).toEqual([expected])
  })

  test('so the problem names the line of the entry', async () => {
    expect(await problemsOf({ sharing: sharingFile(list('\n<add/>')) })).toMatchObject([{ line: 3, element: 'add' }])
  })
})

const windows = 'an account of Windows is written as its SID, in securityIdentifier'

test.each([
  ['account', '', 'without blanks'],
  ['account', '%', 'the name of a Unix user, or %group'],
  ['account', '%%staff', 'the name of a Unix user, or %group'],
  ['account', 'alice smith', 'without blanks'],
  ['account', ' alice', 'without blanks'],
  ['account', '% staff', 'without blanks'],
  ['account', 'alice,bob', 'without blanks, : and ,'],
  ['account', 'alice:x', 'without blanks, : and ,'],
  ['account', 'alice&#10;bob', 'without blanks'],
  ['account', 'alice&#127;', 'without blanks'],
  ['account', 'CORP\\alice', windows],
  ['account', 'BUILTIN\\Administrators', windows],
  ['account', 'NT AUTHORITY\\SYSTEM', windows],
  ['account', '%CORP\\staff', windows],
  ['account', 's-1-5-18', 'a SID goes into securityIdentifier'],
  ['securityIdentifier', 'Administrators', 'the name of a Unix user, or %group, goes into account'],
  ['securityIdentifier', '', 'a SID, written S-1-…'],
  ['securityIdentifier', 'S-1-5-', 'a SID, written S-1-…'],
  ['securityIdentifier', 'S-1-5', 'a SID, written S-1-…'],
  ['securityIdentifier', 'S-1-5-4294967296', 'a SID, written S-1-…'],
  ['securityIdentifier', 'S-1-281474976710656-1', 'a SID, written S-1-…'],
  ['securityIdentifier', 'S-2-5-18', 'a SID, written S-1-…'],
])('%s="%s" is refused, in add, in remove and for named pipes', async (attribute, value, expected) => {
  for (const section of [list(`<add ${attribute}="${value}"/>`), list(`<remove ${attribute}="${value}"/>`)]) {
    for (const either of [section, section.replaceAll('net.tcp', 'net.pipe')]) {
      const problems = await problemsOf({ sharing: sharingFile(either) })
      expect(problems).toHaveLength(1)
      expect(problems[0]).toMatchObject({ line: 2, attribute })
      expect(problems[0]?.expected).toContain(expected)
      expect(problems[0]?.file).toMatch(/SMSvcHost\.exe\.config$/)
    }
  }
})

test.each([
  [list('<clear/>'), 'leaves the section net.tcp without accounts'],
  [list(`<clear/>${addAccount('alice')}<remove account="alice"/>`), 'leaves the section net.tcp without accounts'],
  [list(addAccount('alice') + addAccount('alice')), 'stands here twice; the first is in line 2'],
  [list(add('S-1-1-0') + add('s-1-01-0')), 'stands here twice; the first is in line 2'],
  [list('<allow securityIdentifier="S-1-1-0"/>'), 'is not an element of allowAccounts'],
  [list('<add Account="alice"/>'), 'names are case-sensitive: write account'],
])('refused: %s', async (section, expected) => {
  expect(await expectedOf(section)).toContainEqual(expect.stringContaining(expected))
})

test('an account written twice is shown with its name', async () => {
  const sharing = sharingFile(list(addAccount('alice') + addAccount('alice')))
  expect(await problemsOf({ sharing })).toMatchObject([{ attribute: 'account', value: 'alice' }])
})

describe('accounts are added', () => {
  test.each([
    ['to the list', sharingFile('\n<net.tcp>\n<allowAccounts/></net.tcp>'), 4],
    ['to net.tcp when there is no list', sharingFile('\n<net.tcp/>'), 3],
    ['not to the list of named pipes', sharingFile('\n<net.tcp/>\n<net.pipe><allowAccounts/></net.pipe>'), 3],
    ['at the top of a file that has neither', sharingFile('\n\n<diagnostics/>'), 1],
    ['at the top of a file that does not exist', undefined, 1],
  ])('%s', async (_, sharing, line) => {
    const read = await readTexts(sharing === undefined ? {} : { sharing })
    const file = `${dirname(read.files[0] ?? '')}/SMSvcHost.exe.config`
    expect(read.sharing.accountsAt).toEqual({ file, line })
  })
})
