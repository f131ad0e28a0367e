/** Notices: what a file says, that is accepted, and that has no effect. */
import { expect, test } from 'vitest'
import { hostFile, readTexts, sharingFile, site } from './read-texts.ts'

async function noticesOf(texts: Parameters<typeof readTexts>[0]) {
  const { notices } = await readTexts(texts)
  return notices.map(({ kind, element, attribute, line }) => [kind, element, attribute, line])
}

const pool = (inside: string, attributes = '') => hostFile(`<add name="p"${attributes}>${inside}</add>`)

/** Values without effect, each in a file of its own, and where and how each is listed. */
const without: readonly (readonly [host: string, kind: string, element: string, attribute: string | undefined])[] = [
  [pool('', ' queueLength="500"'), 'noEffect', 'add', 'queueLength'],
  [pool('', ' queueLength="1000"'), 'noEffect', 'add', 'queueLength'],
  [pool('', ' managedRuntimeVersion="v4.0"'), 'notOnLinux', 'add', 'managedRuntimeVersion'],
  [pool('', ' enable32BitAppOnWin64="true"'), 'notOnLinux', 'add', 'enable32BitAppOnWin64'],
  [pool('', ' managedPipelineMode="Classic"'), 'notOnLinux', 'add', 'managedPipelineMode'],
  [pool('', ' CLRConfigFile="x.config"'), 'notOnLinux', 'add', 'CLRConfigFile'],
  [pool('<processModel logonType="LogonService"/>'), 'notOnLinux', 'processModel', 'logonType'],
  [pool('<failure loadBalancerCapabilities="TcpLevel"/>'), 'noEffect', 'failure', 'loadBalancerCapabilities'],
  [pool('<cpu processorGroup="1"/>'), 'notOnLinux', 'cpu', 'processorGroup'],
  [pool('', ' lockAttributes="queueLength"'), 'notOnLinux', 'add', 'lockAttributes'],
  [hostFile('', '', '<webLimits minBytesPerSecond="100"/>'), 'notInForceYet', 'webLimits', 'minBytesPerSecond'],
  [
    hostFile('', '', '<listenerAdapters><add name="net.tcp" identity="S-1-5-80-0"/></listenerAdapters>'),
    'notOnLinux',
    'add',
    undefined,
  ],
  [hostFile('', '', '<log><centralBinaryLogFile enabled="true"/></log>'), 'notOnLinux', 'log', undefined],
  [hostFile('', '<siteDefaults><logFile directory="x"/></siteDefaults>'), 'notOnLinux', 'logFile', undefined],
  [hostFile('', site('<limits maxConnections="10"/>')), 'notInForceYet', 'limits', 'maxConnections'],
  [
    hostFile('', site('<application path="/a"><virtualDirectory path="/img"/></application>')),
    'notInForceYet',
    'virtualDirectory',
    'path',
  ],
  [
    hostFile(
      '',
      '<site name="A" id="1"><bindings><binding protocol="http" bindingInformation="*:80:"/></bindings></site>',
    ),
    'notInForceYet',
    'binding',
    'protocol',
  ],
  [
    hostFile(
      '',
      '<site name="A" id="1"><bindings><binding protocol="net.pipe" bindingInformation="*"/></bindings></site>',
    ),
    'notOnLinux',
    'binding',
    'protocol',
  ],
]

test.each(without.map(([host, ...expected]) => ({ host, expected, what: expected.join(' ') })))(
  'listed: $what',
  async ({ host, expected }) => {
    expect(await noticesOf({ host })).toEqual([[...expected, expect.any(Number)]])
  },
)

test.each([
  ['how a pool starts', pool('', ' autoStart="false" startMode="AlwaysRunning"')],
  ['no managed runtime', pool('', ' managedRuntimeVersion=""')],
  [
    'the limits of start, stop and idleness',
    pool('<processModel idleTimeout="00:05:00" startupTimeLimit="00:00:10"/>'),
  ],
  ['a web garden that ends when idle', pool('<processModel idleTimeoutAction="terminate" maxProcesses="4"/>')],
  ['worker processes that are suspended when idle', pool('<processModel idleTimeoutAction="Suspend"/>')],
  ['a profile', pool('<processModel loadUserProfile="true" setProfileEnvironment="false"/>')],
  ['the environment of a profile', pool('<processModel setProfileEnvironment="true"/>')],
  ['a pool outside the group of all pools', pool('<processModel manualGroupMembership="true"/>')],
  ['an empty password', pool('<processModel password=""/>')],
  ['no pings', pool('<processModel pingingEnabled="false"/>')],
  ['pings', pool('<processModel pingInterval="00:00:05" pingResponseTime="00:00:09"/>')],
  ['protection', pool('<failure rapidFailProtection="true" autoShutdownExe="/bin/tell" autoShutdownParams="all"/>')],
  ['orphans', pool('<failure orphanWorkerProcess="true" orphanActionExe="/bin/dump" orphanActionParams="%1%"/>')],
  ['no recycling', pool('<recycling><periodicRestart time="00:00:00" memory="0"/></recycling>')],
  ['no protection, no limit', pool('<failure rapidFailProtection="false"/><cpu limit="0"/>')],
  ['the environment', pool('<environmentVariables><add name="A" value="1"/></environmentVariables>')],
  [
    'limits of starts and of idleness',
    hostFile('', '', '<webLimits demandStartThreshold="10" dynamicIdleThreshold="130"/>'),
  ],
  ['which ends are events', pool('<processModel logEventOnProcessModel=""/>')],
  ['a site that does not start', hostFile('', site('', ' serverAutoStart="false"'))],
  ['an application', hostFile('', site('<application path="/a" enabledProtocols="net.tcp" preloadEnabled="true"/>'))],
  [
    'a folder',
    hostFile('', site('<application path="/a"><virtualDirectory path="/" physicalPath="/a"/></application>')),
  ],
])('not listed, because Portico does what it says: %s', async (_, host) => {
  expect(await noticesOf({ host })).toEqual([])
})

test.each([
  [pool('', ' queueLength="500"'), 'bounds HTTP requests; over net.tcp maxPendingConnections'],
  [pool('<failure loadBalancerCapabilities="TcpLevel"/>'), 'EndpointUnavailable'],
  [hostFile('', '', '<webLimits headerWaitTimeout="00:00:10"/>'), 'limits HTTP, which Portico does not serve yet'],
])('what means nothing over net.tcp is listed with its reason', async (host, reason) => {
  const { notices } = await readTexts({ host })
  expect(notices.map(({ text }) => text)).toEqual([expect.stringContaining(reason)])
})

test('a value in applicationPoolDefaults is listed once, at its own line', async () => {
  const host = hostFile('<add name="a"/><add name="b"/>\n<applicationPoolDefaults queueLength="20"/>')
  expect(await noticesOf({ host })).toEqual([['noEffect', 'applicationPoolDefaults', 'queueLength', 3]])
})

test.each([
  ['<net.tcp listenBacklog="10" maxPendingAccepts="2" receiveTimeout="Infinite" teredoEnabled="false"/>', []],
  ['<net.tcp teredoEnabled="true"/>', [['notOnLinux', 'net.tcp', 'teredoEnabled', 2]]],
  ['<net.pipe maxPendingConnections="10"/>', [['notOnLinux', 'net.pipe', undefined, 2]]],
  ['<diagnostics performanceCountersEnabled="true"/>', [['notOnLinux', 'diagnostics', undefined, 2]]],
  ['<net.tcp><allowAccounts><clear/><add securityIdentifier="S-1-1-0"/></allowAccounts></net.tcp>', []],
  ['<net.tcp><allowAccounts><add account="alice"/></allowAccounts></net.tcp>', []],
])('%s gives the notices %j', async (section, expected) => {
  expect(await noticesOf({ sharing: sharingFile(section) })).toEqual(expected)
})

test('a notice says where, what and why, and keeps passwords to itself', async () => {
  const { notices } = await readTexts({ host: pool('<processModel logonType="LogonService" password="hunter2"/>') })
  expect(notices.map((notice) => notice.text.replace(/^.*\//, ''))).toEqual([
    'applicationHost.config:2: <processModel password> is accepted but is not needed: Linux runs a process as another account without its password; best remove it',
    'applicationHost.config:2: <processModel logonType="LogonService"> is accepted but has no meaning on Linux',
  ])
  expect(JSON.stringify(notices)).not.toContain('hunter2')
})
