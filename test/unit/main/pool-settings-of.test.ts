import { expect, test } from 'vitest'
import { poolSettingsOf } from '#main/pool-settings-of.ts'
import { readTexts } from '../config/read-texts.ts'

const settingsOf = async (pool: string, nodes: number) => {
  const host = `<configuration><system.applicationHost><applicationPools>${pool}</applicationPools></system.applicationHost></configuration>`
  const { pools, portico } = await readTexts({ host })
  return Array.from(pools.values(), (each) => poolSettingsOf(each, portico, () => nodes))
}

test.each([
  [0, 2, 2],
  [0, 0, 1], // a kernel that knows of no nodes
  [3, 2, 3],
])('maxProcesses="%i" on %i NUMA nodes means %i worker processes', async (written, nodes, expected) => {
  const [settings] = await settingsOf(`<add name="Pool"><processModel maxProcesses="${written}"/></add>`, nodes)
  expect(settings?.maxProcesses).toBe(expected)
})
