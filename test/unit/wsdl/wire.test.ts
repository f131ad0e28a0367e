/** What generated contracts read and write, against what .NET and the contracts written by hand do. */
import { beforeAll, describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { greatestQuotas } from '#encoding/reader-quotas.ts'
import { TextReader } from '#encoding/text-reader.ts'
import { TextWriter } from '#encoding/text-writer.ts'
import { partOf } from '#wcf/data-contract.ts'
import { type Contract, contractOf, type DeclaredService } from '#wcf/service-contract.ts'
import * as orders from '../../fixtures/apps/wcf-orders/orders.ts'
import { declaredIn, generated } from '../../support/generated-services.ts'

function write(schema: z.ZodType, value: unknown): string {
  const writer = new TextWriter()
  writer.begin()
  partOf(schema, 'n').write(writer, 'v', 't', value)
  return writer.finish().toString()
}

function read(schema: z.ZodType, xml: string): unknown {
  const reader = new TextReader(Buffer.from(xml), greatestQuotas)
  reader.read()
  return partOf(schema, 'n').read(reader)
}

const address = { Street: 'Via 1', City: 'Roma' }
const order = {
  Id: '6f9619ff-8b86-d011-b42d-00c04fc964ff',
  Buyer: { Name: 'Ada', Home: address, Billing: null },
  State: 'in-transit',
  FormerState: null,
  Placed: new Date('2024-05-06T07:08:09Z'),
  Due: new Date('2024-06-06T07:08:09Z'),
  Shipped: null,
  Patience: 90_000,
  Lines: [{ Article: 'nut', Quantity: 3, Price: '1.50' }],
  Remarks: ['first', null],
  Boxes: [1, 2],
  Stock: { nut: 7 },
  Signature: Buffer.from('abc'),
  Number: 9_007_199_254_740_993n,
  Weight: 1.5,
  Discount: 0.5,
  IsGift: true,
}

/** The schema that a parameter or result has. */
const schemaOf = (service: DeclaredService, name: string) => service.operations[name]?.out as z.ZodType

describe.each(['mono/orders/service.wsdl', 'dotnet/orders.wsdl'])('IOrders of %s', (file) => {
  let service: DeclaredService
  beforeAll(async () => {
    service = declaredIn(await generated(file))
  })

  test('orders have the elements that those of the contract written by hand have', () => {
    const Order = schemaOf(service, 'Return')
    const text = write(Order, order)
    const byHand = read(orders.Order, text)
    expect(byHand).toMatchObject({ State: 'in-transit', Patience: 900_000_000n, Buyer: { Name: 'Ada', Home: address } })
    expect(write(orders.Order, byHand)).toBe(text)
    expect(read(Order, write(orders.Order, byHand))).toEqual(order)
  })

  test('contracts may be null and absent, numbers must be there', () => {
    expect(write(schemaOf(service, 'Return'), null)).toContain('i:nil="true"')
    expect(schemaOf(service, 'Return').safeParse(undefined).success).toBe(true)
    expect(schemaOf(service, 'Add').safeParse(undefined).success).toBe(false)
  })

  test('operations have the names, actions and bodies of the contract written by hand', () => {
    // Nothing of it runs here.
    const byHand = orders.orders as unknown as DeclaredService
    const shown = ({ operations }: Contract) =>
      [...operations.values()].map((each) => ({
        name: each.name,
        action: each.action.text,
        replyAction: each.replyAction.text,
        isOneWay: each.isOneWay,
        request: [each.request.wrapper.text, each.request.namespace.text],
        reply: [each.reply.wrapper.text, each.reply.namespace.text, each.result],
      }))
    expect(shown(contractOf(service))).toEqual(shown(contractOf(byHand)))
    const parameters = ({ operations }: DeclaredService) =>
      Object.entries(operations).map(([name, each]) => [name, Object.keys(each.in ?? {})])
    expect(parameters(service)).toEqual(parameters(byHand))
  })
})

test('the fault of IOrders is that of the contract written by hand', async () => {
  const service = declaredIn(await generated('dotnet/orders.wsdl'))
  const { faults } = contractOf(service).operations.get('http://orders.example/IOrders/Find') ?? {}
  const fault = faults?.get('OrderNotFound')
  expect([fault?.action.text, fault?.name.text, fault?.namespace.text]).toEqual([
    'http://orders.example/IOrders/FindOrderNotFoundFault',
    'OrderNotFound',
    'http://orders.example/data',
  ])
  const detail = { Id: order.Id, Hint: 'never placed' }
  const writer = new TextWriter()
  writer.begin()
  fault?.part.write(writer, 'v', 't', detail)
  expect(writer.finish().toString()).toBe(write(orders.OrderNotFound, detail))
})

test('lists and dictionaries with names of their own, derived contracts and recursion go there and back', async () => {
  const { operations } = declaredIn(await generated('dotnet/shop.wsdl'))
  const out = (name: string) => operations[name]?.out as z.ZodType
  const cases: [string, unknown, string][] = [
    ['Rename', ['a', null], '<a:Name>a</a:Name><a:Name i:nil="true">'],
    ['Prices', { nut: '1.5' }, '<a:Price><a:Article>nut</a:Article><a:Amount>1.5</a:Amount></a:Price>'],
    ['Adopt', { $type: 'Puppy', Name: 'Rex', Barks: true, Weeks: 3 }, 'Weeks>3<'],
    ['Adopted', [{ $type: 'Animal', Name: 'Rex' }, null], 'Animal>'],
    ['Walk', { Text: 'a', Children: [{ Text: 'b' }, null], In: { Root: { Text: 'c' }, for: 1 } }, 'for>1<'],
    ['Grant', 3, 'Read Write'],
    ['Holes', [1, null], 'int>1<'],
    ['Dogs', { Items: [{ $type: 'Dog', Name: null, Barks: false }], Total: 1 }, 'Total>1<'],
  ]
  for (const [name, value, part] of cases) {
    const text = write(out(name), value)
    expect(text).toContain(part)
    expect(read(out(name), text)).toEqual(value)
  }
})

test('derived contracts that contain their base go there and back', async () => {
  const { operations } = declaredIn(await generated('dotnet/watch.wsdl', 'IWatch'))
  const { root } = (operations.Watch?.in ?? {}) as { root: z.ZodType }
  const leaf = { $type: 'Item', Name: 'leaf', Owner: null }
  const value = { $type: 'Folder', Name: 'root', Owner: leaf, Content: [leaf, null], Named: { leaf } }
  expect(read(root, write(root, value))).toEqual(value)
})

test('a name out of the alphabet says the order', async () => {
  const text = await generated('dotnet/orders.wsdl')
  expect(text).toContain("order: ['Name', 'Home', 'Billing']")
})
