/** Application pools: defaults, inheritance, ranges and names. */
import { describe, expect, test } from 'vitest'
import type { Pool } from '#config/configuration.ts'
import { hostFile, problemsOf, readTexts } from './read-texts.ts'

async function poolOf(pools: string, name = 'p'): Promise<Pool> {
  const { pools: read } = await readTexts({ host: hostFile(pools) })
  const pool = read.get(name)
  if (pool === undefined) throw new Error(`there is no pool ${name}`)
  return pool
}

describe('a pool that says nothing', () => {
  test('has the defaults of the schema, times in milliseconds', async () => {
    expect(await poolOf('<add name="p"/>')).toEqual({
      name: 'p',
      queueLength: 1000,
      autoStart: true,
      startMode: 'OnDemand',
      enable32BitAppOnWin64: false,
      managedRuntimeVersion: '',
      managedRuntimeLoader: 'webengine4.dll',
      enableConfigurationOverride: true,
      managedPipelineMode: 'Integrated',
      CLRConfigFile: '',
      passAnonymousToken: true,
      processModel: {
        identityType: 'ApplicationPoolIdentity',
        userName: '',
        password: '',
        loadUserProfile: false,
        setProfileEnvironment: true,
        logonType: 'LogonBatch',
        manualGroupMembership: false,
        idleTimeout: 20 * 60_000,
        idleTimeoutAction: 'Terminate',
        maxProcesses: 1,
        shutdownTimeLimit: 90_000,
        startupTimeLimit: 90_000,
        pingingEnabled: true,
        pingInterval: 30_000,
        pingResponseTime: 90_000,
        logEventOnProcessModel: ['IdleTimeout'],
        requestQueueDelegatorIdentity: '',
      },
      recycling: {
        disallowOverlappingRotation: false,
        disallowRotationOnConfigChange: false,
        logEventOnRecycle: [
          'Time',
          'Requests',
          'Schedule',
          'Memory',
          'IsapiUnhealthy',
          'OnDemand',
          'ConfigChange',
          'PrivateMemory',
        ],
        periodicRestart: { memory: 0, privateMemory: 0, requests: 0, time: 29 * 3_600_000, schedule: [] },
      },
      failure: {
        loadBalancerCapabilities: 'HttpLevel',
        orphanWorkerProcess: false,
        orphanActionExe: '',
        orphanActionParams: '',
        rapidFailProtection: true,
        rapidFailProtectionInterval: 300_000,
        rapidFailProtectionMaxCrashes: 5,
        autoShutdownExe: '',
        autoShutdownParams: '',
      },
      cpu: {
        limit: 0,
        action: 'NoAction',
        resetInterval: 300_000,
        smpAffinitized: false,
        smpProcessorAffinityMask: 4_294_967_295,
        smpProcessorAffinityMask2: 4_294_967_295,
        processorGroup: 0,
        numaNodeAssignment: 'MostAvailableMemory',
        numaNodeAffinityMode: 'Soft',
      },
      environmentVariables: [],
    })
  })

  test('has the values of applicationPoolDefaults, wherever those stand', async () => {
    const pool = await poolOf(
      '<add name="p"/><applicationPoolDefaults startMode="AlwaysRunning"><processModel idleTimeout="00:05:00"/></applicationPoolDefaults>',
    )
    expect(pool.startMode).toBe('AlwaysRunning')
    expect(pool.processModel).toMatchObject({ idleTimeout: 300_000, startupTimeLimit: 90_000 })
  })
})

test("a pool's own value wins over applicationPoolDefaults, the others stay", async () => {
  const pool = await poolOf(
    '<applicationPoolDefaults><processModel idleTimeout="00:05:00" maxProcesses="3"/></applicationPoolDefaults>' +
      '<add name="p"><processModel idleTimeout="00:00:00"/></add>',
  )
  expect(pool.processModel).toMatchObject({ idleTimeout: 0, maxProcesses: 3 })
})

test('environment variables are inherited, replaced and removed by name', async () => {
  const pool = await poolOf(
    '<applicationPoolDefaults><environmentVariables><add name="A" value="1"/><add name="B" value="2"/><add name="C" value="3"/></environmentVariables></applicationPoolDefaults>' +
      '<add name="p"><environmentVariables><remove name="A"/><add name="B" value="own"/><add name="b" value="other"/></environmentVariables></add>',
  )
  expect(pool.environmentVariables).toEqual([
    { name: 'B', value: 'own' },
    { name: 'C', value: '3' },
    { name: 'b', value: 'other' },
  ])
})

test('clear in a schedule drops the inherited times of day', async () => {
  const schedule = (inside: string) =>
    `<recycling><periodicRestart><schedule>${inside}</schedule></periodicRestart></recycling>`
  const pool = await poolOf(
    `<applicationPoolDefaults>${schedule('<add value="03:00:00"/>')}</applicationPoolDefaults>` +
      `<add name="p">${schedule('<clear/><add value="04:30:00"/>')}</add><add name="q">${schedule('<add value="05:00:00"/>')}</add>`,
  )
  expect(pool.recycling.periodicRestart.schedule).toEqual([{ value: 4.5 * 3_600_000 }])
  const { pools } = await readTexts({
    host: hostFile(
      `<applicationPoolDefaults>${schedule('<add value="03:00:00"/>')}</applicationPoolDefaults><add name="q">${schedule('<add value="05:00:00"/>')}</add>`,
    ),
  })
  expect(pools.get('q')?.recycling.periodicRestart.schedule).toEqual([
    { value: 3 * 3_600_000 },
    { value: 5 * 3_600_000 },
  ])
})

test('words compare ignoring case and come out as the schema spells them', async () => {
  const pool = await poolOf(
    '<add name="p" startMode="alwaysrunning" autoStart="FALSE"><recycling logEventOnRecycle="memory, TIME"/></add>',
  )
  expect(pool).toMatchObject({ startMode: 'AlwaysRunning', autoStart: false })
  expect(pool.recycling.logEventOnRecycle).toEqual(['Time', 'Memory'])
})

const processModel = (attributes: string) => `<add name="p"><processModel ${attributes}/></add>`
const failure = (attributes: string) => `<add name="p"><failure ${attributes}/></add>`
const cpu = (attributes: string) => `<add name="p"><cpu ${attributes}/></add>`
const restart = (attributes: string) => `<add name="p"><recycling><periodicRestart ${attributes}/></recycling></add>`

test.each([
  ['<add name="p" queueLength="10"/>'],
  ['<add name="p" queueLength="65535"/>'],
  [processModel('idleTimeout="00:00:00"')],
  [processModel('idleTimeout="30.00:00:00"')],
  [processModel('startupTimeLimit="00:00:01" shutdownTimeLimit="49.17:02:47"')],
  [processModel('maxProcesses="0"')],
  [processModel('maxProcesses="2147483647"')],
  [failure('rapidFailProtectionInterval="00:01:00" rapidFailProtectionMaxCrashes="1"')],
  [cpu('limit="100000" resetInterval="1.00:00:00"')],
  [restart('time="300.00:00:00" memory="4294967295"')],
  ['<add name=".NET v4.5 Classic (x)"/>'],
])('accepted: %s', async (pools) => {
  await expect(readTexts({ host: hostFile(pools) })).resolves.toBeDefined()
})

test.each([
  ['<add name="p" queueLength="9"/>', 'queueLength', '9', 'a whole number from 10 to 65535'],
  ['<add name="p" queueLength="65536"/>', 'queueLength', '65536', 'a whole number from 10 to 65535'],
  ['<add name="p" queueLength="-1"/>', 'queueLength', '-1', 'whole number'],
  ['<add name="p" queueLength="1e3"/>', 'queueLength', '1e3', 'whole number'],
  ['<add name="p" queueLength=""/>', 'queueLength', '', 'whole number'],
  ['<add name="p" autoStart="yes"/>', 'autoStart', 'yes', 'true or false'],
  ['<add name="p" startMode="Sometimes"/>', 'startMode', 'Sometimes', 'one of OnDemand, AlwaysRunning'],
  ['<add name="a/b"/>', 'name', 'a/b', 'without'],
  ['<add name="a*b"/>', 'name', 'a*b', 'without'],
  ['<add name="a&amp;b"/>', 'name', 'a&b', 'without'],
  ['<add name=""/>', 'name', '', 'not empty'],
  [processModel('idleTimeout="00:00:30"'), 'idleTimeout', '00:00:30', 'in steps of 00:01:00'],
  [processModel('idleTimeout="30.00:01:00"'), 'idleTimeout', '30.00:01:00', 'from 00:00:00 to 30.00:00:00'],
  [processModel('idleTimeout="20"'), 'idleTimeout', '20', '[d.]hh:mm:ss'],
  [processModel('idleTimeout="Infinite"'), 'idleTimeout', 'Infinite', 'a time'],
  [processModel('startupTimeLimit="00:00:00"'), 'startupTimeLimit', '00:00:00', 'from 00:00:01'],
  [processModel('shutdownTimeLimit="00:00:01.5"'), 'shutdownTimeLimit', '00:00:01.5', 'in steps of'],
  [processModel('identityType="root"'), 'identityType', 'root', 'SpecificUser'],
  [
    processModel('logEventOnProcessModel="IdleTimeout,Death"'),
    'logEventOnProcessModel',
    'IdleTimeout,Death',
    'IdleTimeout',
  ],
  [failure('rapidFailProtectionMaxCrashes="0"'), 'rapidFailProtectionMaxCrashes', '0', 'from 1 to 2147483647'],
  [failure('rapidFailProtectionInterval="00:00:59"'), 'rapidFailProtectionInterval', '00:00:59', 'from 00:01:00'],
  [cpu('limit="100001"'), 'limit', '100001', 'from 0 to 100000'],
  [restart('time="00:00:01"'), 'time', '00:00:01', 'in steps of 00:01:00'],
])('refused: %s', async (pools, attribute, value, expected) => {
  const [problem, ...others] = await problemsOf({ host: hostFile(pools) })
  expect(others).toEqual([])
  expect(problem).toMatchObject({ line: 2, attribute, value })
  expect(problem?.expected).toContain(expected)
  expect(problem?.text).toMatch(/applicationHost\.config:2: <\w+ \w+="/)
  expect(problem?.text).toContain(`${attribute}="${value}"`)
})

test.each([
  ['<add/>', 'needs the attribute name'],
  ['<add name="P"/><add name="p"/>', 'unique ignoring case'],
  ['<add name="defaultapppool"/>', 'unique ignoring case'],
  ['<add name="p"><processModel/><processModel/></add>', 'stands here twice'],
  ['<applicationPoolDefaults name="x"/>', 'is not an attribute of applicationPoolDefaults'],
  ['<applicationPoolDefaults/><applicationPoolDefaults/>', 'stands here twice'],
  ['<remove name="x"/>', 'is not an element of applicationPools'],
  ['<add name="p"><environmentVariables><add name="A" value=""/></environmentVariables></add>', 'not empty'],
  ['<add name="p"><environmentVariables><add name="A=B" value="1"/></environmentVariables></add>', 'without ='],
  [
    '<add name="p"><environmentVariables><clear/></environmentVariables></add>',
    'is not an element of environmentVariables',
  ],
  [
    '<add name="p"><environmentVariables><add name="A" value="1"/><add name="A" value="2"/></environmentVariables></add>',
    'stands here twice',
  ],
  [
    '<add name="p"><recycling><periodicRestart><schedule><add value="24:00:00"/></schedule></periodicRestart></recycling></add>',
    'a time from 00:00:00 to 23:59:59',
  ],
  [
    '<add name="p"><recycling><periodicRestart><schedule><remove value="03:00:00"/></schedule></periodicRestart></recycling></add>',
    'is not an element of schedule',
  ],
])('refused as a whole: %s', async (pools, expected) => {
  const problems = await problemsOf({ host: hostFile(pools) })
  expect(problems.map((problem) => problem.expected)).toEqual([expect.stringContaining(expected)])
})

test('a mistake in applicationPoolDefaults is reported once, however many pools inherit it', async () => {
  const problems = await problemsOf({
    host: hostFile('<add name="a"/><add name="b"/><applicationPoolDefaults queueLength="1"/>'),
  })
  expect(problems).toHaveLength(1)
})

test('a configuration without a pool is refused', async () => {
  const host = '<configuration><system.applicationHost><applicationPools/></system.applicationHost></configuration>'
  expect((await problemsOf({ host }))[0]?.expected).toContain('at least one pool')
})
