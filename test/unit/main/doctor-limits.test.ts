import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { PorticoError } from '#base/errors.ts'
import { ownProcessors } from '#confinement/processors.ts'
import { limitsThatAreNotInForce } from '#main/doctor-limits.ts'
import { pathsOf } from '#main/home.ts'
import { readTexts } from '../config/read-texts.ts'

async function findings(pool: string, home: string) {
  const host = `<configuration><system.applicationHost><applicationPools>${pool}</applicationPools></system.applicationHost>
    <portico><poolDefaults/></portico></configuration>`
  const found = await limitsThatAreNotInForce({ configuration: await readTexts({ host }), home })
  return found.map(({ is, code, what }) => [is, code ?? what])
}

function emptyHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'portico-doctor-'))
  onTestFinished(() => rmSync(home, { recursive: true }))
  return home
}

const throttled = '<add name="Orders"><cpu limit="50000" action="Throttle"/></add>'

test('a running Portico says which limits are not in force', async () => {
  const home = emptyHome()
  const problem = new PorticoError('LIMIT_NOT_IN_FORCE', { pool: 'Orders', limit: '50 %', reason: 'none' })
  const { code, message, remedy } = problem
  const limits = [
    { of: 'cpu', limit: '50 %', problem: { code, message, remedy } },
    { of: 'memory', limit: '1 KB', by: '' },
  ]
  const server = createServer((_, response) => response.end(JSON.stringify({ pools: [{ limits }] })))
  server.listen(pathsOf(home).adminSocket)
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  expect(await findings(throttled, home)).toEqual([['problem', 'LIMIT_NOT_IN_FORCE']])
})

test('one that does not run can not say it, which is no problem', async () => {
  const [[is, what] = [], ...others] = await findings(throttled, emptyHome())
  expect([is, others]).toEqual(['hint', []])
  expect(what).toContain("can't be found out")
})

test('without limits there is nothing to ask', async () => {
  expect(await findings('<add name="Orders"><cpu limit="50000" resetInterval="00:00:00"/></add>', emptyHome())).toEqual(
    [],
  )
})

test('masks that name no processor of this machine are a problem, running or not', async () => {
  const absent = Array.from({ length: 31 }, (_, at) => at).find((at) => !ownProcessors().includes(at)) ?? 31
  const cpu = `<cpu smpAffinitized="true" smpProcessorAffinityMask="${2 ** absent}" smpProcessorAffinityMask2="0"/>`
  expect(await findings(`<add name="Orders">${cpu}</add>`, emptyHome())).toEqual([
    ['problem', 'POOL_WITHOUT_PROCESSORS'],
  ])
})
