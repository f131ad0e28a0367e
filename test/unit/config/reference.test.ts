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
  '| `queueLength` | uint | `1000` | 10..65535 | not yet |',
  '| `managedRuntimeVersion` | text | empty |  | not on Linux |',
  '| `maxPendingConnections` | uint | `100` | 0..2147483647 | in force |',
  '| `poolIdentities` | range | `90000-99999` | first-last in 1..4294967293 | in force |',
  '| `sharingStartMode` | enum | `automatic` | automatic, demand, disabled | in force |',
  '| `securityIdentifier` | SID | one of these | S-1-… | in force |',
  '| `account` | account | one of these | user or %group | in force |',
  '| `startConcurrency` | uint | `2 × processors` | 1..1000 | in force |',
])('the page has the row %s', (row) => {
  expect(configurationReference().replace(/ +/g, ' ')).toContain(row.replace(/ +/g, ' '))
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
