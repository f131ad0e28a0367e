/** Connections that wait for a pool: how many may, how long, and what those get that may not. */
import { expect, test } from 'vitest'
import { PorticoUnderTest } from '../support/portico-under-test.ts'
import { endpoint, netTcpBinding, webConfig } from '../support/service-model.ts'

const oneAtATime = webConfig({
  bindings: `<netTcpBinding>${netTcpBinding('one', 'maxConnections="1"')}</netTcpBinding>`,
  services: { Slow: endpoint('netTcpBinding', 'one') },
})

const setup = (bounds: string) => ({
  apps: {
    slow: {
      'index.mjs': 'export default { session: () => new Promise(() => {}) }',
      'web.config': oneAtATime,
    },
    stuck: 'hangs-at-load',
  },
  pools: '<add name="DefaultAppPool"><processModel pingingEnabled="false"/></add>',
  porticoElements: `<pools><add name="DefaultAppPool" waitingTimeLimit="00:00:40" ${bounds}/></pools>`,
})

test('a connection that is not taken in time, and one for which there is no room, are answered by what they waited for', async () => {
  await using portico = await PorticoUnderTest.start(setup(''))
  const { folders, clock } = portico
  const pool = () => portico.status.pools[0]
  const open = async (path: string, waiting: number) => {
    const client = await portico.open(path)
    await portico.until(() => pool()?.waiting.connections === waiting)
    return client
  }
  using _taken = await portico.open('/slow')
  await portico.until(() => pool()?.workers[0]?.openConnections === 1)
  using stuck = await open('/stuck', 1)
  using offered = await open('/slow', 2)
  using behind = await open('/slow', 3)
  folders.configure(setup('maxWaitingConnections="3"'))
  await portico.until(() => pool()?.waiting.limit === 3)
  using surplus = await portico.open('/slow')
  expect(await surplus.answer()).toBe('closed')
  clock.skip(40_000)
  expect(await stuck.answer()).toBe('ServiceActivationFailed')
  expect([await offered.answer(), await behind.answer()]).toEqual(['ServerTooBusy', 'ServerTooBusy'])
  expect(pool()?.waiting).toMatchObject({ connections: 0, turnedAway: { poolFull: 1, tooLong: 3 } })
  expect(pool()?.workers[0]).toMatchObject({ openConnections: 1, servedConnections: 1 })
  const refused = portico.events.filter(({ event }) => event === 'connection.refused').map(({ fields }) => fields.code)
  expect(refused.toSorted()).toEqual([
    'TOO_MANY_WAITING_IN_POOL',
    'WAITED_TOO_LONG',
    'WAITED_TOO_LONG',
    'WAITED_TOO_LONG_FOR_ACTIVATION',
  ])
})
