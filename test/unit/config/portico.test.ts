/** The section `<portico>`, which no Windows knows. */
import { expect, test } from 'vitest'
import type { PorticoSettings } from '#config/configuration.ts'
import { problemsOf, readTexts } from './read-texts.ts'

const host = (section: string) =>
  `<configuration><system.applicationHost><applicationPools><add name="p"/></applicationPools></system.applicationHost>\n${section}</configuration>`

const standard: PorticoSettings = {
  startConcurrency: 8,
  poolIdentities: { first: 90_000, last: 99_999 },
  localServiceAccount: '',
  networkServiceAccount: '',
  maxRegistrations: 1000,
  rapidFailRecovery: 'probe',
  sharingStartMode: 'automatic',
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
