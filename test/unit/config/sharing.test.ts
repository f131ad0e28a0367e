/** The sharing service's section: both generations of numbers, and what zeros stand for. */
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
])('refused: %s', async (section, attribute, expected) => {
  const problems = await problemsOf({ sharing: sharingFile(section) })
  expect(problems).toHaveLength(1)
  expect(problems[0]).toMatchObject({ line: 2, attribute })
  expect(problems[0]?.expected).toContain(expected)
  expect(problems[0]?.file).toMatch(/SMSvcHost\.exe\.config$/)
})

test.each([
  ['<net.tcp><allowedAccounts/></net.tcp>', 'did you mean allowAccounts?'],
  ['<net.udp/>', 'did you mean net.tcp?'],
  ['<net.msmq/>', 'is not an element of system.serviceModel.activation'],
])('refused as a whole: %s', async (section, expected) => {
  const problems = await problemsOf({ sharing: sharingFile(section) })
  expect(problems.map((problem) => problem.expected)).toEqual([expect.stringContaining(expected)])
})
