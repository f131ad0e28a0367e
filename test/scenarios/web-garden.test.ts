/** A web garden with real processes: who gets a connection, and what becomes of them all at a recycle. */
import { expect, test } from 'vitest'
import { callOnce } from '../support/net-tcp-client.ts'
import { portico as command } from '../support/portico-process.ts'
import { PorticoUnderTest } from '../support/portico-under-test.ts'

const files = {
  'index.mjs': `export default { async session(session) {
    for await (const _ of session) await session.send(Buffer.from(String(process.pid)))
  } }`,
}
const garden = '<add name="DefaultAppPool"><processModel maxProcesses="2"/></add>'

/** A connection that stays open, and the pid of the process that has it. */
async function connect(portico: PorticoUnderTest) {
  const client = await portico.open('/app')
  expect(await client.answer()).toBe('ack')
  return { client, pid: await client.call('who') }
}

test('connections that stay are spread over maxProcesses worker processes; each keeps its own through a recycle', async () => {
  await using portico = await PorticoUnderTest.start({ apps: { app: files }, pools: garden })
  const first = await connect(portico)
  const second = await connect(portico) // finds the first one busy, and has another started
  await portico.event('application.loaded')
  await portico.event('application.loaded')
  const third = await connect(portico)
  expect(second.pid).toBe(first.pid)
  expect(third.pid).not.toBe(first.pid)

  const { out } = await command('status', '--home', portico.folders.home)
  expect(out).toContain('up to 2 worker processes')
  expect((await command('pool', 'recycle', 'DefaultAppPool', '--home', portico.folders.home)).out).toBe(
    'application pool DefaultAppPool has other worker processes; the old ones finish what they have\n',
  )
  expect(await first.client.call('who')).toBe(first.pid)
  expect(await third.client.call('who')).toBe(third.pid)
  expect([first.pid, third.pid]).not.toContain(await callOnce(portico.port, '/app'))
  for (const { client } of [first, second, third]) await client.finish()
})
