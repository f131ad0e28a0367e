/** The scenarios against Mono's own server, behind Portico: what they expect of a server is what WCF's do. */
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { describeEachClient, told } from './support/clients.ts'
import { MonoBehindPortico } from './support/mono-server.ts'
import { emptyOrder, fullOrder } from './support/orders.ts'

describe.skipIf('missing' in inject('peers')['Mono server'])("Mono's server behind Portico", () => {
  let port = 0
  beforeAll(async () => {
    const server = await MonoBehindPortico.start()
    port = server.portico.port
    return () => server[Symbol.asyncDispose]()
  })

  describeEachClient('answers the %s', (name) => {
    test('several calls on one channel', async () => {
      expect(await told(name, port, '/orders', 'calls', 'buffered')).toEqual([
        { Add: 5 },
        { Add: -1999900000 },
        { Return: '9007199254740993' },
        { Return: 'Ægir & <Söhne>' },
        { Store: 1000 },
        { Fetch: true },
        { Add: 42 },
      ])
    })

    test('data contracts', async () => {
      const [full, empty, none] = await told(name, port, '/orders', 'data')
      expect({ full, empty, none }).toEqual({
        full: { full: fullOrder },
        empty: { empty: emptyOrder },
        none: { null: null },
      })
    })

    test('one-way messages', async () => {
      expect(await told(name, port, '/orders', 'one-way')).toEqual([{ Notes: ['note 1', 'note 2', 'note 3'] }])
    })
  })
})
