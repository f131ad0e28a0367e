/** Several services of one process: what they share with each other, and what keeps them apart. */
import { describe, expect, test } from 'vitest'
import { faultUri } from '#framing/faults.ts'
import type { ShareOptions } from '#sharing-client/share.ts'
import { open, taken } from '../../support/sharing-under-test.ts'

describe('services of one process', () => {
  const sub = (path: string, options: Partial<ShareOptions> = {}) => ({
    uri: `net.tcp://+:9000/shop${path}`,
    baseAddress: 'net.tcp://+:9000/shop',
    ...options,
  })

  async function shop() {
    const { portico, share } = await open()
    const sharing = share(sub('/orders'))
    await portico.welcome()
    expect(await portico.grant()).toMatchObject({ uri: 'net.tcp://+:9000/shop' })
    return { portico, share, orders: await sharing }
  }

  test('with one base address share its registration and the channel; each gets what lies below its path', async () => {
    const { portico, share, orders } = await shop()
    const stock = await share(sub('/stock'))
    const toStock = taken(stock[Symbol.asyncIterator]().next())
    const toOrders = taken(orders[Symbol.asyncIterator]().next())
    await portico.offer('net.tcp://host:9000/Shop/Stock/1')
    await portico.offer('net.tcp://host:9000/shop/orders/1')
    expect((await toStock).via).toContain('Stock')
    expect((await toOrders).via).toContain('orders')
    expect(portico.opened).toBe(1)
  })

  test('end their registration with the last of them', async () => {
    const { portico, share, orders } = await shop()
    const stock = await share(sub('/stock'))
    await orders.close()
    portico.tell({ type: 'ping', request: 1 })
    await portico.next('pong')
    expect(portico.said).toEqual([])
    await stock.close()
    await portico.next('unregister')
    await portico.next('leave')
  })

  test('have a fault for connections below their base address that none of them serves', async () => {
    const { portico } = await shop()
    const { client, outcome } = await portico.offer('net.tcp://host:9000/shop/unknown')
    client.write(Buffer.from('a preamble'))
    expect(await outcome).toEqual({ is: 'accepted' })
    expect(String(await client.readAll())).toContain(faultUri('EndpointNotFound'))
    client.socket.end()
    await portico.next('closed')
  })

  test('with other settings are registered one segment deeper, on the same channel', async () => {
    const { portico, share } = await shop()
    const sharing = share(sub('/stock/tcp', { binding: { maxPendingConnections: 7 } }))
    expect(await portico.grant(2)).toMatchObject({
      uri: 'net.tcp://+:9000/shop/stock',
      binding: { maxPendingConnections: 7 },
    })
    const connections = (await sharing)[Symbol.asyncIterator]()
    await portico.offer('net.tcp://host:9000/shop/stock/tcp', 2)
    await taken(connections.next())
    expect(portico.opened).toBe(1)
  })

  test('with other settings fail when no longer path remains, naming URI, difference and where both were set', async () => {
    const { share } = await shop()
    const sharing = share({
      uri: 'net.tcp://+:9000/shop',
      binding: { maxPendingConnections: 7 },
      setAt: { maxPendingConnections: 'shop.config:3' },
    })
    await expect(sharing).rejects.toMatchObject({
      name: 'SharingError',
      status: 'ConflictingRegistration',
      uri: 'net.tcp://+:9000/shop',
      message: expect.stringMatching(
        /^net\.tcp:\/\/\+:9000\/shop .*net\.tcp:\/\/\+:9000\/shop\/orders.*maxPendingConnections is \d+ \(by default\) and would be 7 \(shop\.config:3\)$/,
      ),
      remedy: expect.stringContaining('longer path'),
    })
  })

  test('can not share the very same URI twice', async () => {
    const { share } = await shop()
    await expect(share(sub('/Orders/'))).rejects.toMatchObject({
      status: 'ConflictingRegistration',
      message: expect.stringContaining('already'),
    })
  })

  test('that are shared at the same time have one channel', async () => {
    const { portico, share } = await open()
    const sharing = [share(), share({ uri: 'net.tcp://+:9000/stock' })]
    await portico.welcome()
    await portico.grant(1)
    await portico.grant(2)
    await Promise.all(sharing)
    expect(portico.opened).toBe(1)
  })
})
