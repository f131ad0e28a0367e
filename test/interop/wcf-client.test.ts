/** Programs in TypeScript call services of WCF's own server, Mono's. */
import { client, WcfFault } from 'portico/wcf'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { documents } from '../fixtures/apps/wcf-documents/documents.ts'
import { orderEvents } from '../fixtures/apps/wcf-order-events/events.ts'
import { orders } from '../fixtures/apps/wcf-orders/orders.ts'
import { MonoBehindPortico } from './support/mono-server.ts'

const megabyte = 1024 * 1024
const large = { maxReceivedMessageSize: 8 * megabyte, readerQuotas: { maxArrayLength: 8 * megabyte } }

describe.skipIf('missing' in inject('peers')['Mono server'])("Mono's server answers a client in TypeScript", () => {
  let port = 0
  beforeAll(async () => {
    const server = await MonoBehindPortico.start()
    port = server.portico.port
    return () => server[Symbol.asyncDispose]()
  })
  const address = (path: string) => `net.tcp://127.0.0.1:${port}${path}`

  test('requests, several at once too', async () => {
    await using service = client(orders, address('/orders'), large)
    expect(await service.Add({ a: 2, b: 3 })).toBe(5)
    expect(await Promise.all([1, 2, 3].map((n) => service.Add({ a: n, b: n })))).toEqual([2, 4, 6])
    expect((await service.Fetch({ size: megabyte })).length).toBe(megabyte)
  })

  test('data contracts', async () => {
    await using service = client(orders, address('/orders'))
    const order = {
      Id: '3f2504e0-4f89-11d3-9a0c-0305e82c3301',
      Buyer: { Name: 'Ægir & <Söhne>', Home: { Street: 'Hafnargata 2', City: 'Keflavík' } },
      State: 'in-transit' as const,
      Placed: { ticks: 639313130021234567n, kind: 'utc' as const },
      Due: { ticks: 639336672000000000n, kind: 'unspecified' as const },
      Patience: 2739067890000n,
      Number: 9007199254740993n,
      Weight: 0.1,
      IsGift: true,
    }
    expect(await service.Return({ order })).toMatchObject(order)
    expect(await service.Return({ order: null })).toBe(null)
  })

  test('faults with their details, after which the session goes on', async () => {
    await using service = client(orders, address('/orders'))
    const id = '3f2504e0-4f89-11d3-9a0c-0305e82c3301'
    const fault = await service.Find({ id }).catch((error: unknown) => error)
    expect(fault).toBeInstanceOf(WcfFault)
    expect(fault).toMatchObject({ message: 'no such order', detail: { Id: id, Hint: 'it was never placed' } })
    expect(await service.Add({ a: 1, b: 1 })).toBe(2)
  })

  test('one-way messages, in their order', async () => {
    await using service = client(orders, address('/orders'))
    for (const n of [1, 2, 3]) await service.Note({ about: 'order', text: `note ${n}` })
    expect(await service.Notes({ about: 'order' })).toEqual(['note 1', 'note 2', 'note 3'])
  })

  test('streams', async () => {
    await using service = client(documents, address('/documents'), { transfer: 'streamed', ...large })
    const bytes = Buffer.alloc(megabyte, Buffer.from([...Array(251).keys()]))
    expect(await service.Write(bytes)).toBe(megabyte)
    expect(Buffer.concat(await Array.fromAsync(await service.Copy(bytes))).equals(bytes)).toBe(true)
    expect(Buffer.concat(await Array.fromAsync(await service.Read({ size: megabyte }))).equals(bytes)).toBe(true)
  })

  test('with callbacks, those that it wants answered too', async () => {
    const told: string[] = []
    await using service = client(orderEvents, address('/events'), {
      callbacks: {
        Changed: ({ article, state }) => void told.push(`${article} ${state}`),
        Confirm: ({ question }) => told.push(question) > 0,
      },
    })
    expect(await service.Watch({ article: 'rope', changes: 2 })).toBe(2)
    expect(told).toEqual(['rope in-transit', 'rope in-transit', 'is rope all right?'])
  })
})
