/** Who the worker processes of a pool are: identityType and userName, written or inherited. */
import { describe, expect, test } from 'vitest'
import { hostFile, problemsOf, readTexts } from './read-texts.ts'

/** A file that has these pools and no others, so that nothing else inherits the defaults. */
const host = (pools: string) => hostFile(pools).replace('<add name="DefaultAppPool"/>', '')
const pool = (attributes: string, name = 'p') => `<add name="${name}"><processModel ${attributes}/></add>`
const defaults = (attributes: string) =>
  `\n<applicationPoolDefaults><processModel ${attributes}/></applicationPoolDefaults>\n`
const specific = 'identityType="SpecificUser"'

test.each(['LocalSystem', 'LocalService', 'NetworkService', 'ApplicationPoolIdentity'])(
  '%s is in force and needs no userName',
  async (identityType) => {
    const { pools, notices } = await readTexts({ host: host(pool(`identityType="${identityType}"`)) })
    expect(pools.get('p')?.processModel).toMatchObject({ identityType, userName: '' })
    expect(notices).toEqual([])
  },
)

test.each([
  ['both its own', pool(`${specific} userName="alice"`)],
  ['both inherited', defaults(`${specific} userName="alice"`) + pool('')],
  ['both inherited without a processModel', `${defaults(`${specific} userName="alice"`)}<add name="p"/>`],
  ['the user inherited', defaults('userName="alice"') + pool(specific)],
  ['the user inherited, by another pool not', defaults('userName="alice"') + pool('', 'q') + pool(specific)],
  ['the type inherited', defaults(specific) + pool('userName="alice"')],
  ['another user in the defaults', defaults(`${specific} userName="bob"`) + pool('userName="alice"')],
  ['an empty user in the defaults', defaults('userName=""') + pool(`${specific} userName="alice"`)],
  ['a user of Windows in the defaults', defaults(`${specific} userName="CORP\\bob"`) + pool('userName="alice"')],
])('a pool with SpecificUser, %s, runs as the user: no problem, no notice', async (_, pools) => {
  const read = await readTexts({ host: host(pools) })
  expect(read.pools.get('p')?.processModel).toMatchObject({ identityType: 'SpecificUser', userName: 'alice' })
  expect(read.notices).toEqual([])
})

describe('SpecificUser without a user is refused', () => {
  const lacks = 'needs userName, the name of the Unix user that the worker processes run as'
  const must = 'must be the name of a Unix user, because identityType is SpecificUser'

  test.each([
    ['where the pool asks for it', pool(specific), 2, 'identityType', lacks],
    ['in a line below', pool('idleTimeout="00:05:00"\nidentityType="SpecificUser"'), 3, 'identityType', lacks],
    ['where the defaults ask for it', defaults(specific) + pool(''), 3, 'identityType', lacks],
    ['once for all pools that inherit it', defaults(specific) + pool('') + pool('', 'q'), 3, 'identityType', lacks],
    ['beside an empty user in the defaults', defaults('userName=""') + pool(specific), 4, 'identityType', lacks],
    ['at its own empty user', defaults(`${specific} userName="a"`) + pool('userName=""'), 4, 'userName', must],
    ['at a user of Windows', pool(`${specific} userName="CORP\\alice"`), 2, 'userName', `${must}; accounts of Windows`],
    ['at a group', pool(`${specific} userName="%staff"`), 2, 'userName', `${must}, without blanks, %`],
    ['at two users', pool(`${specific} userName="alice bob"`), 2, 'userName', `${must}, without blanks`],
    [
      'at an inherited user of Windows, once',
      defaults(`${specific} userName="CORP\\a"`) + pool('') + pool('', 'q'),
      3,
      'userName',
      `${must}; accounts of Windows`,
    ],
  ])('%s', async (_, pools, line, attribute, expected) => {
    const problems = await problemsOf({ host: host(pools) })
    expect(problems).toMatchObject([{ line, attribute, element: 'processModel' }])
    expect(problems[0]?.expected).toContain(expected)
  })

  test('for each pool that asks for it', async () => {
    const problems = await problemsOf({ host: host(`${pool(specific)}\n${pool(specific, 'q')}`) })
    expect(problems.map((problem) => problem.line)).toEqual([2, 3])
  })
})

describe('a user beside another identityType is listed, because it has no effect', () => {
  test.each([
    ['in the pool', pool('userName="alice"'), 2, 'ApplicationPoolIdentity'],
    ['of Windows, as a file brings it along', pool('userName="CORP\\alice"'), 2, 'ApplicationPoolIdentity'],
    ['in a pool that says who it is', pool('identityType="LocalService" userName="alice"'), 2, 'LocalService'],
    ['under a type inherited', `${defaults('identityType="LocalSystem"')}${pool('userName="a"')}`, 4, 'LocalSystem'],
    ['in the defaults, once', defaults('userName="a"') + pool('') + pool('', 'q'), 3, 'ApplicationPoolIdentity'],
    [
      'in the defaults, when the only pool with SpecificUser has its own',
      defaults('userName="a"') + pool(`${specific} userName="b"`),
      3,
      'ApplicationPoolIdentity',
    ],
  ])('%s', async (_, pools, line, identityType) => {
    const { notices } = await readTexts({ host: host(pools) })
    expect(notices).toMatchObject([{ kind: 'noEffect', element: 'processModel', attribute: 'userName', line }])
    expect(notices[0]?.text).toContain(
      `is accepted but has no effect: identityType is ${identityType}, and only SpecificUser uses it`,
    )
  })

  test.each([
    ['an empty one', pool('userName=""')],
    [
      'one in the defaults with SpecificUser',
      defaults(`${specific} userName="a"`) + pool('identityType="LocalSystem"'),
    ],
  ])('except %s', async (_, pools) => {
    expect((await readTexts({ host: host(pools) })).notices).toEqual([])
  })
})

test('a password beside SpecificUser is best removed, and its value is never shown', async () => {
  const { notices } = await readTexts({ host: host(pool(`${specific} userName="alice" password="hunter2"`)) })
  expect(notices).toMatchObject([{ kind: 'notOnLinux', attribute: 'password', line: 2 }])
  expect(notices[0]?.text).toMatch(/is not needed.*best remove it$/)
  expect(JSON.stringify(notices)).not.toContain('hunter2')
})
