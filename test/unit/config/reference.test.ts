/** The page docs/configuration.md is what the schemas say. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { configurationReference } from '#config/reference.ts'

test('docs/configuration.md is up to date', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/configuration.md'), 'utf8')
  expect(
    page === configurationReference(),
    'docs/configuration.md differs; run: npx node src/main/generate-docs.ts',
  ).toBe(true)
})

test.each([
  '| `idleTimeout` | time | `00:20:00` | 00:00:00..30.00:00:00, step 00:01:00 | in force |',
  '| `rapidFailRecovery` | enum | `probe` | probe, manual | in force |',
  '| `rapidFailProtectionMaxCrashes` | uint | `5` | 1..2147483647 | in force |',
  '| `queueLength` | uint | `1000` | 10..65535 | none |',
  '| `managedRuntimeVersion` | text | empty |  | not on Linux |',
  '| `maxPendingConnections` | uint | `100` | 0..2147483647 | in force |',
  '| `poolIdentities` | range | `90000-99999` | first-last in 1..4294967293 | in force |',
  '| `sharingStartMode` | enum | `automatic` | automatic, demand, disabled | in force |',
  '| `securityIdentifier` | SID | one of these | S-1-… | in force |',
  '| `account` | account | one of these | user or %group | in force |',
  '| `maxConnections` | uint | `0` | 0..2147483647 | in force |',
  '| `maxReceivedMessageSize` | long | `65536` | 1..9223372036854775807 | in force |',
  '| `channelInitializationTimeout` | time | `00:00:30` | 00:00:00.0000001..10675199.02:48:05 or Infinite | in force |',
  '| `leaseTimeout` | time | `00:05:00` | 00:00:00..10675199.02:48:05 or Infinite | not yet |',
  '| `hostNameComparisonMode` | enum | `StrongWildcard` | StrongWildcard, Exact, WeakWildcard | none |',
  '| `relativeAddress` | path | required | ~/x.svc, x.svc or dir/x.svc | in force |',
  '| `startConcurrency` | uint | `2 × processors` | 1..1000 | in force |',
])('the page has the row %s', (row) => {
  expect(configurationReference().replace(/ +/g, ' ')).toContain(row.replace(/ +/g, ' '))
})

test('the page tells what is read of a web.config and of a .svc file', () => {
  const [, ofWebConfig = '', ofServiceFiles = ''] = configurationReference().split(/^## (?:web\.config|\.svc files)$/m)
  expect(ofWebConfig).toContain(
    '### system.serviceModel/bindings/customBinding/binding/tcpTransport/connectionPoolSettings',
  )
  expect(ofWebConfig).toContain('### system.serviceModel/serviceHostingEnvironment/serviceActivations/add')
  for (const name of ['Service', 'Factory', 'Language', 'Debug', 'CodeBehind', 'compilerOptions', 'warningLevel'])
    expect(ofServiceFiles).toContain(`\`${name}\``)
})

test('the page says that what stands in an element without effect has none', () => {
  const ofPipes = configurationReference().split('net.pipe/allowAccounts/add')[1] ?? ''
  expect(ofPipes.replace(/ +/g, ' ')).toContain('| S-1-… | not on Linux |')
})

test('every attribute on the page has a meaning', () => {
  const rows = configurationReference()
    .split('\n')
    .filter((line) => line.startsWith('| `'))
  expect(rows.length).toBeGreaterThan(90)
  expect(rows.filter((row) => !/\. *\|$/.test(row))).toEqual([])
})
