/** The sharing service's section: both generations of numbers, what zeros stand for, and allowAccounts. */
import { expect, test } from 'vitest'
import type { Sharing } from '#config/configuration.ts'
import { problemsOf, readTexts, sharingFile } from './read-texts.ts'

async function sharingOf(section: string | undefined): Promise<Sharing> {
  return (await readTexts(section === undefined ? {} : { sharing: sharingFile(section) })).sharing
}

const computed = {
  listenBacklog: 48,
  maxPendingAccepts: 16,
  maxPendingConnections: 100,
  receiveTimeout: 30_000,
  teredoEnabled: false,
}

test.each([
  ['no file', undefined, computed],
  ['an empty section', '', computed],
  ['an empty element', '<net.tcp/>', computed],
  ['zeros', '<net.tcp listenBacklog="0" maxPendingAccepts="0"/>', computed],
  [
    'a file of the older generation',
    '<net.tcp listenBacklog="10" maxPendingAccepts="2" maxPendingConnections="10" receiveTimeout="00:00:10"/>',
    { listenBacklog: 10, maxPendingAccepts: 2, maxPendingConnections: 10, receiveTimeout: 10_000 },
  ],
  ['no pending connections', '<net.tcp maxPendingConnections="0"/>', { maxPendingConnections: 0 }],
  ['no timeout', '<net.tcp receiveTimeout="Infinite"/>', { receiveTimeout: Number.POSITIVE_INFINITY }],
  ['the longest timeout', '<net.tcp receiveTimeout="24.20:31:23.6470000"/>', { receiveTimeout: 2_147_483_647 }],
  ['a timeout with a fraction', '<net.tcp receiveTimeout="00:00:00.5"/>', { receiveTimeout: 500 }],
  ['the greatest numbers', '<net.tcp listenBacklog="2147483647"/>', { listenBacklog: 2_147_483_647 }],
])('%s, on four processors', async (_, section, expected) => {
  expect(await sharingOf(section)).toMatchObject(expected)
})

test.each([
  ['<net.tcp MaxPendingConnections="10"/>', 'MaxPendingConnections', 'write maxPendingConnections'],
  ['<net.tcp maxConnectionsPendingDispatch="10"/>', 'maxConnectionsPendingDispatch', 'maxPendingConnections'],
  ['<net.pipe maxConnectionsPendingDispatch="10"/>', 'maxConnectionsPendingDispatch', 'maxPendingConnections'],
  ['<net.pipe listenBacklog="10"/>', 'listenBacklog', 'is not an attribute of net.pipe'],
  ['<net.tcp listenBacklog="2147483648"/>', 'listenBacklog', 'from 0 to 2147483647'],
  ['<net.tcp listenBacklog="-1"/>', 'listenBacklog', 'from 0'],
  ['<net.tcp receiveTimeout="24.20:31:23.6470001"/>', 'receiveTimeout', '24.20:31:23.6470000 or Infinite'],
  ['<net.tcp receiveTimeout="-00:00:01"/>', 'receiveTimeout', 'a time'],
  ['<net.tcp receiveTimeout="soon"/>', 'receiveTimeout', 'a time'],
  ['<net.tcp teredoEnabled="1"/>', 'teredoEnabled', 'true or false'],
  [
    '<net.tcp><allowAccounts><add securityIdentifier="Administrators"/></allowAccounts></net.tcp>',
    'securityIdentifier',
    'a SID',
  ],
  [
    '<net.tcp><allowAccounts><add securityIdentifier="S-1-5-"/></allowAccounts></net.tcp>',
    'securityIdentifier',
    'a SID',
  ],
  ['<net.pipe><allowAccounts><add securityIdentifier="x"/></allowAccounts></net.pipe>', 'securityIdentifier', 'a SID'],
])('refused: %s', async (section, attribute, expected) => {
  const problems = await problemsOf({ sharing: sharingFile(section) })
  expect(problems).toHaveLength(1)
  expect(problems[0]).toMatchObject({ line: 2, attribute })
  expect(problems[0]?.expected).toContain(expected)
  expect(problems[0]?.file).toMatch(/SMSvcHost\.exe\.config$/)
})

test.each([
  ['<net.tcp><allowAccounts><clear/></allowAccounts></net.tcp>', 'leaves the section net.tcp without accounts'],
  ['<net.tcp><allowAccounts><add/></allowAccounts></net.tcp>', 'needs the attribute securityIdentifier'],
  [
    '<net.tcp><allowAccounts><allow securityIdentifier="S-1-1-0"/></allowAccounts></net.tcp>',
    'is not an element of allowAccounts',
  ],
  ['<net.tcp><allowedAccounts/></net.tcp>', 'did you mean allowAccounts?'],
  ['<net.udp/>', 'did you mean net.tcp?'],
  ['<net.msmq/>', 'is not an element of system.serviceModel.activation'],
])('refused as a whole: %s', async (section, expected) => {
  const problems = await problemsOf({ sharing: sharingFile(section) })
  expect(problems.map((problem) => problem.expected)).toEqual([expect.stringContaining(expected)])
})

const defaults = ['S-1-5-32-568', 'S-1-5-18', 'S-1-5-32-544', 'S-1-5-19', 'S-1-5-20']
const add = (sid: string) => `<add securityIdentifier="${sid}"/>`

test.each([
  ['', defaults],
  [add('S-1-22-1-1000'), [...defaults, 'S-1-22-1-1000']],
  [`<clear/>${add('S-1-1-0')}`, ['S-1-1-0']],
  [`${add('S-1-1-0')}<clear/>${add('S-1-5-11')}`, ['S-1-5-11']],
  ['<remove securityIdentifier="S-1-5-20"/>', defaults.slice(0, 4)],
  [`${add('s-1-5-18')}`, defaults],
  [
    `<clear/>${add('S-1-5-82-3006700770-424185619-1745488364-794895919-4004696415')}`,
    ['S-1-5-82-3006700770-424185619-1745488364-794895919-4004696415'],
  ],
])('allowAccounts with %s allows %j', async (inside, expected) => {
  const { allowAccounts } = await sharingOf(`<net.tcp><allowAccounts>${inside}</allowAccounts></net.tcp>`)
  expect(allowAccounts.map((account) => account.sid)).toEqual(expected)
})

test('each account says where it comes from', async () => {
  const { allowAccounts } = await sharingOf(`<net.tcp><allowAccounts>\n\n${add('S-1-1-0')}</allowAccounts></net.tcp>`)
  expect(allowAccounts[0]?.origin).toBe('default')
  expect(allowAccounts.at(-1)?.origin).toMatch(/^\/.*SMSvcHost\.exe\.config:4$/)
})

test('startConcurrency is twice the number of processors unless the section portico says otherwise', async () => {
  expect((await readTexts({})).portico).toEqual({ startConcurrency: 8 })
  const written = (section: string) =>
    `<configuration><system.applicationHost><applicationPools><add name="p"/></applicationPools></system.applicationHost>\n${section}</configuration>`
  expect((await readTexts({ host: written('<portico startConcurrency="3"/>') })).portico).toEqual({
    startConcurrency: 3,
  })
  for (const section of ['<portico startConcurrency="0"/>', '<portico startConcurrency="1001"/>']) {
    expect((await problemsOf({ host: written(section) }))[0]?.expected).toContain('from 1 to 1000')
  }
  expect((await problemsOf({ host: written('<portico startConcurency="1"/>') }))[0]?.expected).toContain(
    'did you mean startConcurrency?',
  )
})
