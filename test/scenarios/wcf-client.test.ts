/** Programs call services in TypeScript, by the contracts that both have. */
import { client } from 'portico/wcf'
import { expect, test } from 'vitest'
import { orders } from '../fixtures/apps/wcf-orders/orders.ts'
import { PorticoUnderTest } from '../support/portico-under-test.ts'

test('a client goes on after its worker process: the call that was under way may have run, the next has a new one', async () => {
  await using portico = await PorticoUnderTest.start({ apps: { orders: 'wcf-orders' } })
  await using service = client(orders, `net.tcp://localhost:${portico.port}/orders`)
  const first = await service.ServedBy()
  expect(await service.ServedBy()).toBe(first)
  await expect(service.Exit()).rejects.toMatchObject({ problem: 'connectionLost', mayHaveRun: true })
  const second = await service.ServedBy()
  expect(second).not.toBe(first)

  // The pool keeps its session with the old worker process as long as that may serve it.
  await portico.service.recycle('DefaultAppPool')
  const missing = client(orders, `net.tcp://localhost:${portico.port}/nowhere`)
  await expect(missing.ServedBy()).rejects.toMatchObject({ fault: 'EndpointNotFound', mayHaveRun: false })
})
