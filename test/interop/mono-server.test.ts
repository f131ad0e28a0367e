/** The scenarios against Mono's own server, behind Portico: what they expect of a server is what WCF's do. */
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { describeEachClient, told } from './support/clients.ts'
import { MonoBehindPortico } from './support/mono-server.ts'
import { emptyOrder, fullOrder, severalCalls } from './support/orders.ts'

// Mono's server resets about one in a thousand connections: once more is fair to it, and hides nothing of ours.
describe.skipIf('missing' in inject('peers')['Mono server'])("Mono's server behind Portico", { retry: 1 }, () => {
  let port = 0
  beforeAll(async () => {
    const server = await MonoBehindPortico.start()
    port = server.portico.port
    return () => server[Symbol.asyncDispose]()
  })

  describeEachClient('answers the %s', (name) => {
    test('several calls on one channel', async () => {
      expect(await told(name, port, '/orders', 'calls', 'buffered')).toEqual(severalCalls)
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
