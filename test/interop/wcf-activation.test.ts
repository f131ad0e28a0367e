/** WCF clients and the life of the worker process that answers them. */
import { expect, test } from 'vitest'
import { portico as command } from '../support/portico-process.ts'
import { PorticoUnderTest } from '../support/portico-under-test.ts'
import { client, describeEachClient, told } from './support/clients.ts'

const start = () => PorticoUnderTest.start({ apps: { orders: 'wcf-orders' } })

describeEachClient('the %s', (name) => {
  test('starts the worker process with its first call', async () => {
    await using portico = await start()
    expect(portico.status.pools[0]?.workers).toEqual([])
    expect(await told(name, portico.port, '/orders', 'once')).toEqual([{ Add: 42 }])
    expect(portico.status.pools[0]?.workers).toHaveLength(1)
  })

  test('keeps its channel to the old worker process while the pool recycles; its next channel goes to the new one', async () => {
    await using portico = await start()
    await using running = client(name, portico.port, '/orders', 'told')
    const first = await running.ask('call')
    for (let round = 0; round < 2; round++) {
      const { code } = await command('pool', 'recycle', 'DefaultAppPool', '--home', portico.folders.home)
      expect(code).toBe(0)
      expect(await running.ask('call')).toEqual(first)
    }
    const next = await running.ask('next')
    expect(next).toEqual({ ServedBy: expect.any(Number) })
    expect(next).not.toEqual(first)
    await running.all()
  })

  test('hears of the end of the worker process in the middle of its call', async () => {
    await using portico = await start()
    const [exit] = await told(name, portico.port, '/orders', 'exit')
    const exception =
      name === '.NET client' ? /^(Protocol|Communication)Exception$/ : /^(Timeout|Communication)Exception$/
    expect(exit).toMatchObject({ Exit: { threw: expect.stringMatching(exception) } })
    expect(await told(name, portico.port, '/orders', 'once')).toEqual([{ Add: 42 }])
  })
})
