/** WCF clients call services in TypeScript. */
import { beforeAll, expect, test } from 'vitest'
import { PorticoUnderTest } from '../support/portico-under-test.ts'
import { describeEachClient, told } from './support/clients.ts'
import { emptyOrder, fullOrder, severalCalls } from './support/orders.ts'

const megabyte = 1024 * 1024
const apps = {
  orders: 'wcf-orders',
  events: 'wcf-order-events',
  documents: 'wcf-documents',
  calculator: '../../../apps/calculator',
}

describeEachClient('a service in TypeScript answers the %s', (name) => {
  let port = 0
  beforeAll(async () => {
    const portico = await PorticoUnderTest.start({ apps })
    port = portico.port
    return () => portico[Symbol.asyncDispose]()
  })

  test('the calculator of every tutorial', async () => {
    expect(await told(name, port, '/calculator', 'calculator')).toEqual([
      { Add: 100 + 15.99 },
      { Subtract: 145 - 76.54 },
      { Multiply: 9 * 81.25 },
      { Divide: 22 / 7 },
    ])
  })

  test.each(['buffered', 'binary', 'text'])('several calls on one channel, %s', async (binding) => {
    expect(await told(name, port, '/orders', 'calls', binding)).toEqual(severalCalls)
  })

  test('data contracts, and gets every value back', async () => {
    const [full, empty, none, described] = await told(name, port, '/orders', 'data')
    expect(full).toEqual({ full: fullOrder })
    expect(empty).toEqual({ empty: emptyOrder })
    expect(none).toEqual({ null: null })
    // The same in the types of the service.
    expect(JSON.parse(String(described?.described))).toEqual({
      ...fullOrder,
      State: 'in-transit',
      Placed: { ticks: '639313130021234567n', kind: 'utc' },
      Due: { ticks: '639336672000000000n', kind: 'unspecified' },
      Shipped: { ticks: '639313632000000000n', kind: 'utc' },
      Patience: '2739067890000n',
      Signature: '000102fdfeff0a',
      Number: '9007199254740993n',
    })
  })

  test('one-way messages, in their order', async () => {
    expect(await told(name, port, '/orders', 'one-way')).toEqual([{ Notes: ['note 1', 'note 2', 'note 3'] }])
  })

  test('faults: a declared one with its detail, after which the channel goes on; an unexpected error without its message', async () => {
    const [declared, afterwards, unexpected] = await told(name, port, '/orders', 'faults')
    expect(declared).toMatchObject({
      declared: {
        threw: 'FaultException<OrderNotFound>',
        message: 'no such order',
        code: 'Sender',
        action: 'http://orders.example/IOrders/FindOrderNotFoundFault',
        detail: { Id: '3f2504e0-4f89-11d3-9a0c-0305e82c3301', Hint: 'it was never placed' },
      },
    })
    expect(afterwards).toEqual({ afterwards: 2 })
    expect(unexpected).toMatchObject({ unexpected: { threw: 'FaultException' } })
    expect(JSON.stringify(unexpected)).toContain('InternalServiceFault')
    expect(JSON.stringify(unexpected)).not.toContain('hunter2')
  })

  test('an operation that it does not have with a fault, and the channel goes on', async () => {
    const [unknown, afterwards] = await told(name, port, '/orders', 'unknown')
    const message = expect.stringContaining('http://orders.example/IOrders/Forecast')
    expect(unknown).toEqual({ unknown: { threw: 'ActionNotSupportedException', message } })
    expect(afterwards).toEqual({ afterwards: 1 + 1 })
  })

  test('headers: those that it may leave alone, and no others', async () => {
    const [may, mustUnderstand] = await told(name, port, '/orders', 'headers')
    expect(may).toEqual({ may: 3 })
    const exception = name === '.NET client' ? 'ProtocolException' : 'FaultException'
    expect(mustUnderstand).toMatchObject({ mustUnderstand: { threw: exception } })
  })

  test('callbacks, those that it answers too', async () => {
    expect(await told(name, port, '/events', 'duplex')).toEqual([
      { Changed: 'rope InTransit' },
      { Changed: 'rope InTransit' },
      { Changed: 'rope InTransit' },
      { Confirm: 'is rope all right?' },
      { Watch: 3 },
      { Changed: 'anchor InTransit' },
      { Confirm: 'is anchor all right?' },
      { Watch: 1 },
    ])
  })

  test('streams of a megabyte', async () => {
    const size = megabyte
    expect(await told(name, port, '/documents', 'streams', String(size))).toEqual([
      { Write: size },
      { Read: true },
      { Copy: true },
    ])
  })

  test('5 MB up and 20 MB down', async () => {
    const size = 5 * megabyte
    expect(await told(name, port, '/orders', 'large', String(size), String(20 * megabyte))).toEqual([
      { Store: size },
      { Fetch: true },
    ])
  })

  test('1,000 calls of 20 at a time', async () => {
    expect(await told(name, port, '/orders', 'parallel', '20', '50')).toEqual([{ right: 1000 }])
  })
})
