/** Services within an application: started by the first that asks, and the first endpoint's binding settings rule. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { NetTcpClient } from '../support/net-tcp-client.ts'
import { PorticoUnderTest } from '../support/portico-under-test.ts'
import { endpoint, netTcpBinding, svc, tcpTransport, tellingModule, webConfig } from '../support/service-model.ts'

/** Two services, whose bindings have these attributes. */
function twoServices(orders: string, stock: string): Readonly<Record<string, string>> {
  const bindings = `<netTcpBinding>\n${netTcpBinding('a', orders)}\n${netTcpBinding('b', stock)}\n</netTcpBinding>`
  const services = { Orders: endpoint('netTcpBinding', 'a'), Stock: endpoint('netTcpBinding', 'b') }
  return {
    'index.mjs': tellingModule('Orders', 'Stock'),
    'orders.svc': svc('Orders'),
    'stock.svc': svc('Stock'),
    'web.config': webConfig({ bindings, services }),
  }
}

const serviceOf = (portico: PorticoUnderTest, path: string) =>
  portico.status.applications.flatMap(({ services }) => services).find((service) => service.path === path)

describe('a service within an application', () => {
  test('is started by the first via that asks for it, in the order that clients ask, and once', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { shop: twoServices('', '') } })
    expect(await portico.call('/shop/stock.svc/deep')).toBe('/shop/stock.svc /shop/stock.svc Stock')
    expect(await portico.call('/SHOP/Orders.SVC')).toBe('/shop/orders.svc /shop/orders.svc Stock,Orders')
    expect(await portico.call('/shop/stock.svc')).toBe('/shop/stock.svc /shop/stock.svc Stock,Orders')
    expect(portico.status.applications[0]).toMatchObject({
      services: [
        { path: '/shop/stock.svc', state: 'started' },
        { path: '/shop/orders.svc', state: 'started' },
      ],
      binding: { settings: { connectionBufferSize: 8192 }, setBy: expect.stringContaining('/shop/stock.svc') },
    })
    expect((await portico.event('service.started')).fields).toMatchObject({ app: '/shop', service: '/shop/stock.svc' })
  })

  test('may follow another one on the same connection', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { shop: twoServices('', '') } })
    using client = await portico.open('/shop/orders.svc')
    expect(await client.answer()).toBe('ack')
    expect(await client.call('hello')).toContain('/shop/orders.svc')
    client.endSession()
    await client.read(1)
    client.beginSession(portico.port, '/shop/stock.svc')
    expect(await client.answer()).toBe('ack')
    expect(await client.call('hello')).toContain('/shop/stock.svc')
  })

  test('that does not exist is not found as long as none has started; afterwards the connection is closed', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { shop: twoServices('', '') } })
    expect(await portico.call('/shop/nothing.svc')).toBe('EndpointNotFound')
    expect(await portico.call('/shop')).toBe('EndpointNotFound')
    expect(await portico.call('/shop/orders.svc')).toContain('Orders')
    expect(await portico.call('/shop/nothing.svc')).toBe('closed')
    const { fields } = await portico.event('connection.failed')
    expect(fields.reason).toMatch(
      /no service of application \/shop is at .*nothing\.svc; there are \/shop\/orders\.svc/,
    )
  })

  test('is also named by serviceActivations, and answered by the application where its module does not name it', async () => {
    const hosting = `<serviceHostingEnvironment><serviceActivations>
      <add relativeAddress="~/deep/orders.svc" service="Orders"/></serviceActivations></serviceHostingEnvironment>`
    const files = { 'web.config': webConfig({ hosting }) }
    await using portico = await PorticoUnderTest.start({
      apps: { named: { ...files, 'index.mjs': tellingModule('Orders') }, shared: files },
      applications: '',
    })
    portico.folders.add('shared', 'echo')
    expect(await portico.call('/named/deep/orders.svc')).toBe('/named/deep/orders.svc /named/deep/orders.svc Orders')
    expect(await portico.call('/shared/deep/orders.svc')).toBe('hello')
  })

  test('that can not start fails those who wait, is told in status and log, and the next one tries anew', async () => {
    const module = `
      let tries = 0
      export default { services: { Orders: {
        start() { if (++tries < 3) throw new Error('no database, try ' + tries) },
        async session(session) { await session.accept() },
      } } }`
    await using portico = await PorticoUnderTest.start({
      apps: { shop: { 'index.mjs': module, 'orders.svc': svc('Orders') }, echo: 'echo' },
    })
    for (const attempt of [1, 2]) {
      expect(await portico.call('/shop/orders.svc')).toBe('ServiceActivationFailed')
      await portico.until(() => serviceOf(portico, '/shop/orders.svc')?.problem?.includes(`try ${attempt}`) === true)
    }
    expect((await portico.event('service.failed')).fields.reason).toContain('no database')
    expect(await portico.call('/echo')).toBe('hello')
    using client = await portico.open('/shop/orders.svc')
    expect(await client.answer()).toBe('ack')
    expect(serviceOf(portico, '/shop/orders.svc')).toMatchObject({ state: 'started' })
  })

  test('whose .svc file is wrong fails alone, naming file and line', async () => {
    const files = { ...twoServices('', ''), 'stock.svc': '\n<%@ ServiceHost Servce="Stock" %>' }
    await using portico = await PorticoUnderTest.start({ apps: { shop: files } })
    expect(await portico.call('/shop/stock.svc')).toBe('ServiceActivationFailed')
    expect((await portico.event('service.failed')).fields.reason).toMatch(/stock\.svc:2.*Servce/)
    expect(await portico.call('/shop/orders.svc')).toContain('Orders')
  })

  test('does not start at all where web.config is wrong: the application fails, naming file, line and what would be right', async () => {
    const files = {
      ...twoServices('', ''),
      'web.config': webConfig({ services: { Orders: '<endpoint adress="x"/>' } }),
    }
    await using portico = await PorticoUnderTest.start({ apps: { shop: files } })
    expect(await portico.call('/shop/orders.svc')).toBe('ServiceActivationFailed')
    expect(portico.status.applications[0]?.problem?.message).toMatch(/web\.config:8:.*adress.*did you mean address/s)
  })
})

describe('the endpoints of web.config', () => {
  const bindings = `<netTcpBinding>${netTcpBinding('plain', 'maxReceivedMessageSize="2000"')}
    ${netTcpBinding('streamed', 'transferMode="Streamed"')}</netTcpBinding>`
  /** A shop with the service Orders, which has these endpoints. */
  const startShop = (services: Readonly<Record<string, string>>) =>
    PorticoUnderTest.start({
      apps: {
        shop: {
          'index.mjs': tellingModule('Orders'),
          'orders.svc': svc('Orders'),
          'web.config': webConfig({ bindings, services }),
        },
      },
    })

  test('are found by the longest address; a via that fits none is not found', async () => {
    const services = {
      Orders: [endpoint('netTcpBinding', 'plain', 'v1'), endpoint('netTcpBinding', 'plain', 'v1/deep')].join('\n'),
    }
    await using portico = await startShop(services)
    expect(await portico.call('/shop/orders.svc/v1/x')).toContain('/shop/orders.svc/v1 ')
    expect(await portico.call('/shop/orders.svc/V1/deep/x')).toContain('/shop/orders.svc/v1/deep ')
    expect(await portico.call('/shop/orders.svc/v2')).toBe('EndpointNotFound')
    // maxReceivedMessageSize of the binding is in force.
    using client = await portico.open('/shop/orders.svc/v1')
    await client.answer()
    client.write(Buffer.from([0x06, 0xd1, 0x0f])) // an envelope of 2,001 bytes
    expect(await client.answer()).toBe('MaxMessageSizeExceededFault')
  })

  test('refuse a session of another mode than their transferMode has', async () => {
    const services = { Orders: endpoint('netTcpBinding', 'streamed') }
    await using portico = await startShop(services)
    expect(await portico.call('/shop/orders.svc')).toBe('UnsupportedMode')
  })

  test('at an absolute address that is none of the site keep their service from starting', async () => {
    const services = { Orders: endpoint('netTcpBinding', 'plain', 'net.tcp://localhost:1/shop/orders.svc') }
    await using portico = await startShop(services)
    expect(await portico.call('/shop/orders.svc')).toBe('ServiceActivationFailed')
    expect((await portico.event('service.failed')).fields.reason).toContain(`net.tcp://*:${portico.port}`)
  })
})

describe('the binding settings of the first endpoint', () => {
  test('are in force for the application: a service that differs fails, told each property, both values and where each was set', async () => {
    await using portico = await PorticoUnderTest.start({
      apps: {
        shop: twoServices('maxConnections="50"', 'maxConnections="20"'),
        other: twoServices('maxConnections="7"', ''),
      },
    })
    expect(await portico.call('/shop/orders.svc')).toContain('Orders')
    for (let attempt = 0; attempt < 2; attempt++)
      expect(await portico.call('/shop/stock.svc')).toBe('ServiceActivationFailed')
    const { fields } = await portico.event('service.failed')
    expect(fields).toMatchObject({ app: '/shop', service: '/shop/stock.svc' })
    for (const part of [
      'ServiceActivationException',
      'endpoint /shop/stock.svc',
      'maxPendingConnections is 50 (',
      'web.config:5) and would be 20 (',
      'web.config:6)',
      'maxOutboundConnectionsPerEndpoint is 50 (',
    ])
      expect(fields.reason).toContain(part)
    expect(serviceOf(portico, '/shop/stock.svc')).toMatchObject({ state: 'failed', problem: fields.reason })
    // Everybody else goes on.
    expect(await portico.call('/shop/orders.svc')).toContain('Orders')
    expect(await portico.call('/other/orders.svc')).toContain('Orders')
    expect(await portico.call('/other/stock.svc')).toBe('ServiceActivationFailed')
  })

  test('are those of whoever is asked for first: in the other order the other service fails', async () => {
    await using portico = await PorticoUnderTest.start({
      apps: { shop: twoServices('maxConnections="50"', 'maxConnections="20"') },
    })
    expect(await portico.call('/shop/stock.svc')).toContain('Stock')
    expect(await portico.call('/shop/orders.svc')).toBe('ServiceActivationFailed')
  })

  test('stay in force when its service fails afterwards', async () => {
    const files = twoServices('maxConnections="50"', 'maxConnections="20"')
    const module = `${files['index.mjs']?.replace('start() {', "start() { if (name === 'Orders') throw new Error('broken');")}`
    await using portico = await PorticoUnderTest.start({ apps: { shop: { ...files, 'index.mjs': module } } })
    expect(await portico.call('/shop/orders.svc')).toBe('ServiceActivationFailed')
    expect(await portico.call('/shop/stock.svc')).toBe('ServiceActivationFailed')
    expect(serviceOf(portico, '/shop/stock.svc')?.problem).toContain('differ')
  })

  test('let another service be the first in the next worker process', async () => {
    await using portico = await PorticoUnderTest.start({
      apps: { shop: twoServices('maxConnections="50"', 'maxConnections="20"') },
    })
    expect(await portico.call('/shop/orders.svc')).toContain('Orders')
    const [worker] = portico.status.pools[0]?.workers ?? []
    process.kill(worker?.pid ?? 0, 'SIGKILL')
    await portico.event('worker.exited')
    expect(await portico.call('/shop/stock.svc')).toContain('Stock')
  })
})

describe('the properties of a binding in a worker process', () => {
  /** Accepts no session before there is a file named go. */
  const holding = `
    import { existsSync } from 'node:fs'
    import { watch } from 'node:fs/promises'
    const go = new URL('go', import.meta.url)
    export default { services: { Orders: { async session(session, { folder }) {
      for await (const _ of watching(folder, session.signal)) if (existsSync(go)) break
      await session.accept()
    } } } }
    async function* watching(folder, signal) {
      const changes = watch(folder, { signal })
      yield
      yield* changes
    }`
  const shop = (module: string, transport: string) => ({
    'index.mjs': module,
    'orders.svc': svc('Orders'),
    'web.config': webConfig({
      bindings: `<customBinding>${transport}</customBinding>`,
      services: { Orders: endpoint('customBinding', 'c') },
    }),
  })

  test('bound the connections that it takes before they are accepted, and those that it is offered at once', async () => {
    const transport = tcpTransport('c', 'maxPendingConnections="2" maxPendingAccepts="1"')
    await using portico = await PorticoUnderTest.start({
      apps: { shop: shop(holding, transport) },
      netTcp: 'maxPendingConnections="3"',
    })
    const { port } = portico
    using one = await NetTcpClient.open(port, '/shop/orders.svc')
    await portico.event('service.started')
    using two = await NetTcpClient.open(port, '/shop/orders.svc')
    await portico.until(({ pools }) => pools[0]?.workers[0]?.openConnections === 2)
    using three = await NetTcpClient.open(port, '/shop/orders.svc')
    using four = await NetTcpClient.open(port, '/shop/orders.svc')
    using five = await NetTcpClient.open(port, '/shop/orders.svc')
    await portico.until(({ applications }) => applications[0]?.waiting === 3)
    expect(await portico.call('/shop/orders.svc')).toBe('closed') // more than may wait
    expect(portico.status.pools[0]?.workers[0]?.openConnections).toBe(2)
    // Those that are accepted make room for the next.
    writeFileSync(join(portico.folders.apps, 'shop', 'go'), '')
    for (const client of [one, two, three, four, five]) expect(await client.answer()).toBe('ack')
    await portico.until(({ applications }) => applications[0]?.waiting === 0)
  })

  test('bound how long a connection is kept between two sessions, and how many are', async () => {
    const transport = tcpTransport('c', '', 'idleTimeout="00:00:00.2" maxOutboundConnectionsPerEndpoint="1"')
    const module = tellingModule('Orders')
    await using portico = await PorticoUnderTest.start({ apps: { shop: shop(module, transport) } })
    const used = async () => {
      const client = await portico.open('/shop/orders.svc')
      await client.answer()
      await client.call('hello')
      client.endSession()
      await client.read(1)
      return client
    }
    using kept = await used()
    using surplus = await used()
    expect(await surplus.readAll()).toHaveLength(0) // at once: one is kept already, or none any more
    expect(await kept.readAll()).toHaveLength(0) // after its idle time
  })
})

test('an application that is replaced by one with other services has those', async () => {
  await using portico = await PorticoUnderTest.start({ apps: { shop: twoServices('', '') } })
  expect(await portico.call('/shop/orders.svc')).toContain('Orders')
  rmSync(`${portico.folders.apps}/shop`, { recursive: true })
  await portico.event('application.removed')
  portico.folders.deploy('shop', { 'index.mjs': tellingModule('Other'), 'other.svc': svc('Other') })
  await portico.event('application.deployed')
  expect(await portico.call('/shop/other.svc')).toContain('Other')
  expect(portico.status.applications[0]?.services.map(({ path }) => path)).toEqual(['/shop/other.svc'])
})
