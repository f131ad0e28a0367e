/** A service whose declaration `portico contract` has made, of what Mono publishes, answers WCF clients. */
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { portico as command } from '../support/portico-process.ts'
import { PorticoUnderTest } from '../support/portico-under-test.ts'
import { describeEachClient, told } from './support/clients.ts'
import { emptyOrder, fullOrder } from './support/orders.ts'

const published = join(import.meta.dirname, '../fixtures/wsdl/mono/orders/service.wsdl')

/** What somebody writes in place of what is not written yet. */
const written: Readonly<Record<string, string>> = {
  Add: 'run: ({ a, b }) => a + b,',
  Return: 'run: ({ order }) => order,',
  Describe: 'run: ({ order }) => String(order?.Number),',
}

describeEachClient('a service made of WSDL answers the %s', (name) => {
  let port = 0
  beforeAll(async () => {
    const { out } = await command('contract', published)
    const module = out.replaceAll(
      /run\(\) \{\s+throw new WcfFault\(\{ reason: '(\w+) is not implemented yet' \}\)\s+\},/g,
      (text, operation: string) => written[operation] ?? text,
    )
    const portico = await PorticoUnderTest.start({ apps: { orders: { 'index.ts': module } } })
    port = portico.port
    return () => portico[Symbol.asyncDispose]()
  })

  test('as the one that was written by hand', async () => {
    expect(await told(name, port, '/orders', 'once')).toEqual([{ Add: 42 }])
    const placed = fullOrder.Placed.replace('1234567Z', '1230000Z') // z.date() has milliseconds
    expect(await told(name, port, '/orders', 'data')).toEqual([
      { full: { ...fullOrder, Placed: placed } },
      { empty: emptyOrder },
      { null: null },
      { described: fullOrder.Number },
    ])
  })
})
