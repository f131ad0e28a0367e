/** The section `<portico>`, which no Windows knows. */
import { expect, test } from 'vitest'
import type { PorticoSettings } from '#config/configuration.ts'
import { poolSettingsOf } from '#main/pool-settings-of.ts'
import { problemsOf, readTexts } from './read-texts.ts'

const host = (section: string) =>
  `<configuration><system.applicationHost><applicationPools><add name="p"/></applicationPools></system.applicationHost>\n${section}</configuration>`

const standard: PorticoSettings = {
  startConcurrency: 8,
  standbyProcesses: 0,
  poolIdentities: { first: 90_000, last: 99_999 },
  localServiceAccount: '',
  networkServiceAccount: '',
  maxRegistrations: 1000,
  rapidFailRecovery: 'probe',
  sharingStartMode: 'automatic',
  pools: new Map([['p', { nodeArguments: [], maxWaitingConnections: 10_000, memoryLimit: 0, processLimit: 0 }]]),
}

test.each([
  ['no section', ''],
  ['an empty section', '<portico/>'],
])('%s, on four processors, stands for the defaults', async (_, section) => {
  expect((await readTexts({ host: host(section) })).portico).toEqual(standard)
})

test.each([
  ['startConcurrency="3"', { startConcurrency: 3 }],
  ['maxRegistrations="0"', { maxRegistrations: 0 }],
  ['rapidFailRecovery="Manual"', { rapidFailRecovery: 'manual' as const }],
  ['poolIdentities="200000-299999"', { poolIdentities: { first: 200_000, last: 299_999 } }],
  ['poolIdentities=" 5000 - 5001 "', { poolIdentities: { first: 5000, last: 5001 } }],
  ['poolIdentities="1-4294967293"', { poolIdentities: { first: 1, last: 4_294_967_293 } }],
  ['localServiceAccount="daemon"', { localServiceAccount: 'daemon' }],
  ['networkServiceAccount="svc-network"', { networkServiceAccount: 'svc-network' }],
  ['sharingStartMode="demand"', { sharingStartMode: 'demand' }],
  ['sharingStartMode="Disabled"', { sharingStartMode: 'disabled' }],
  ['sharingStartMode="automatic"', {}],
])('%s is in force, and the others keep their defaults', async (attributes, expected) => {
  const { portico, notices } = await readTexts({ host: host(`<portico ${attributes}/>`) })
  expect(portico).toEqual({ ...standard, ...expected })
  expect(notices).toEqual([])
})

const range = 'a range of at least two user ids from 1 to 4294967293, lower one first, as 90000-99999'
const user = 'empty, or the name of a Unix user'

test.each([
  ['startConcurrency', '0', 'from 1 to 1000'],
  ['startConcurrency', '1001', 'from 1 to 1000'],
  ['poolIdentities', '', range],
  ['poolIdentities', '90000', range],
  ['poolIdentities', '90000-', range],
  ['poolIdentities', '90000-90000', range],
  ['poolIdentities', '99999-90000', range],
  ['poolIdentities', '0-10', range],
  ['poolIdentities', '-1-10', range],
  ['poolIdentities', '1-4294967294', range],
  ['poolIdentities', '90000-99999-100000', range],
  ['poolIdentities', '90000..99999', range],
  ['poolIdentities', '0x10-0x20', range],
  ['localServiceAccount', '%daemon', user],
  ['localServiceAccount', 'NT AUTHORITY\\LocalService', user],
  ['networkServiceAccount', 'www data', user],
  ['networkServiceAccount', 'a:b', user],
  ['sharingStartMode', 'manual', 'one of automatic, demand, disabled'],
  ['sharingStartMode', '', 'one of automatic, demand, disabled'],
])('%s="%s" is refused', async (attribute, value, expected) => {
  const problems = await problemsOf({ host: host(`<portico ${attribute}="${value}"/>`) })
  expect(problems).toMatchObject([{ line: 2, element: 'portico', attribute, value }])
  expect(problems[0]?.expected).toContain(expected)
})

test('a mistyped attribute says which was meant', async () => {
  const [problem] = await problemsOf({ host: host('<portico startConcurency="1"/>') })
  expect(problem?.expected).toContain('did you mean startConcurrency?')
})

const twoPools = (section: string) =>
  `<configuration><system.applicationHost><applicationPools><add name="Orders"/><add name="Stock"/></applicationPools></system.applicationHost>\n${section}</configuration>`

test('a pool has its own bounds of waiting, and waits long enough for its start where it has none', async () => {
  const section =
    '<portico><pools><add name="p" maxWaitingConnections="7" waitingTimeLimit="00:00:09"/></pools></portico>'
  const settingsOf = async (text: string) => {
    const { pools, portico } = await readTexts({ host: text })
    const [pool] = pools.values()
    return pool && poolSettingsOf(pool, portico).waiting
  }
  expect(await settingsOf(host(section))).toEqual({ maxWaitingConnections: 7, waitingTimeLimit: 9_000 })
  expect(await settingsOf(host(''))).toEqual({ maxWaitingConnections: 10_000, waitingTimeLimit: 300_000 })
  const slow = host('').replace('<add name="p"/>', '<add name="p"><processModel startupTimeLimit="00:10:00"/></add>')
  expect(await settingsOf(slow)).toMatchObject({ waitingTimeLimit: 1_800_000 })
})

test('limits of the whole machine are those of webLimits', async () => {
  const text = host('').replace(
    '<applicationPools>',
    '<webLimits demandStartThreshold="20" dynamicIdleThreshold="130"/><applicationPools>',
  )
  expect((await readTexts({ host: text })).limits).toMatchObject({
    demandStartThreshold: 20,
    dynamicIdleThreshold: 130,
  })
  expect((await readTexts({ host: host('') })).limits).toMatchObject({ demandStartThreshold: 2_147_483_647 })
})

test('a pool has what its entry says, else what poolDefaults say, whatever case its name is written in', async () => {
  const section = `<portico><poolDefaults nodeArguments="--inspect"/><pools>
    <add name="ORDERS" nodeArguments=" --max-old-space-size=64  --no-deprecation "/></pools></portico>`
  const { portico } = await readTexts({ host: twoPools(section) })
  expect(portico.pools.get('orders')?.nodeArguments).toEqual(['--max-old-space-size=64', '--no-deprecation'])
  expect(portico.pools.get('stock')?.nodeArguments).toEqual(['--inspect'])
})

test.each([
  ['<add name="Order"/>', 'name', 'Order', 'names no pool; did you mean Orders?'],
  ['<add name="elsewhere"/>', 'name', 'elsewhere', 'the pools are Orders, Stock'],
  ['<add name="Stock"/><add name="stock"/>', 'name', 'stock', 'stands here twice; the first is in line 2'],
  ['<add name="Stock" nodeArguments="--a b"/>', 'nodeArguments', '--a b', 'each beginning with -'],
  ['<add name="Stock" nodeArgument="--a"/>', 'nodeArgument', undefined, 'did you mean nodeArguments?'],
  ['<add/>', undefined, undefined, 'needs the attribute name'],
])('%s among the pools is refused', async (entries, attribute, value, expected) => {
  const problems = await problemsOf({ host: twoPools(`<portico><pools>${entries}</pools></portico>`) })
  expect(problems).toHaveLength(1)
  expect(problems[0]).toMatchObject({ line: 2, ...(attribute && { attribute }), ...(value && { value }) })
  expect(problems[0]?.expected).toContain(expected)
})
