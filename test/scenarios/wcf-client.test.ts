/** A program calls a service in TypeScript, by the contract that both have, while worker processes come and go. */
import { client } from 'portico/wcf'
import { expect, test } from 'vitest'
import { orders } from '../fixtures/apps/wcf-orders/orders.ts'
import { portico as command } from '../support/portico-process.ts'
import { PorticoUnderTest } from '../support/portico-under-test.ts'

const patient = '<add name="DefaultAppPool"><processModel pingingEnabled="false" shutdownTimeLimit="00:01:30"/></add>'

test('a client finds the next worker process when its own is gone', async () => {
  await using portico = await PorticoUnderTest.start({ apps: { orders: 'wcf-orders' }, pools: patient })
  const address = `net.tcp://localhost:${portico.port}`
  await using service = client(orders, `${address}/orders`)
  const first = await service.ServedBy()
  expect(await service.ServedBy()).toBe(first)

  // A crash: whether the call has done its work nobody knows, so it isn't made again.
  await expect(service.Exit()).rejects.toMatchObject({ problem: 'connectionLost', mayHaveRun: true })
  const second = await service.ServedBy()
  expect(second).not.toBe(first)

  // A recycle: the kept session stays with the old one until that has to end.
  expect((await command('pool', 'recycle', 'DefaultAppPool', '--home', portico.folders.home)).code).toBe(0)
  expect(await service.ServedBy()).toBe(second)
  portico.clock.skip(90_000) // moves the clock on to shutdownTimeLimit: nothing else ends the kept session
  await portico.event('worker.exited', ({ pid }) => pid === second)
  const third = await service.ServedBy()
  expect([first, second]).not.toContain(third)

  await using missing = client(orders, `${address}/nowhere`)
  await expect(missing.ServedBy()).rejects.toMatchObject({ fault: 'EndpointNotFound', mayHaveRun: false })
})
