/** `portico explain` and `portico list registrations`: what would answer, by which rules, and who has registered what. */
import { describe, expect, test } from 'vitest'
import type { Explanation } from '#admin/explanation.ts'
import type { RegistrationStatus } from '#admin/status.ts'
import { isRoot } from '../support/is-root.ts'
import { freePort } from '../support/portico-folders.ts'
import { portico as command } from '../support/portico-process.ts'
import { PorticoUnderTest } from '../support/portico-under-test.ts'
import { endpoint, netTcpBinding, svc, webConfig } from '../support/service-model.ts'
import { SharingPeer } from '../support/sharing-peer.ts'

const homeOf = (portico: PorticoUnderTest) => portico.folders.home
const peerOf = (portico: PorticoUnderTest) => SharingPeer.connect(portico.service.options.home.sharingSocket)

async function explained(portico: PorticoUnderTest, url: string, ...more: string[]) {
  const { code, out } = await command('explain', url, '--home', homeOf(portico), ...more)
  const { out: json } = await command('explain', url, '--json', '--home', homeOf(portico), ...more)
  return { code, out, explanation: JSON.parse(json) as Explanation }
}

describe('portico explain', () => {
  test('names port, binding, mode, application, pool, identity and rule, and starts nothing', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { echo: 'echo' } })
    const url = `net.tcp://localhost:${portico.port}/Echo/deep`
    const { code, out, explanation } = await explained(portico, url)
    expect(code).toBe(0)
    for (const part of [
      `port      ${portico.port} of 127.0.0.1, open, for site Default Web Site, net.tcp ${portico.port}:*`,
      `net.tcp://*:${portico.port}/echo (WeakWildcard)`,
      'application /echo of site Default Web Site, which this connection would start',
      `net.tcp ${portico.port}:*`,
      'pool      DefaultAppPool, started',
      'identity  ApplicationPoolIdentity',
      // Looking gives no pool its numeric user: that is there from its first start on.
      isRoot ? 'numeric user that it gets at its first start' : 'admitted by <add securityIdentifier="S-1-5-32-568"/>',
    ])
      expect(out).toContain(part)
    expect(explanation.answer).toMatchObject({ is: 'application', path: '/echo', active: false })
    expect(portico.events.filter(({ event }) => event.startsWith('worker.'))).toEqual([])
    expect(await portico.call('/echo')).toBe('hello')
    const { out: later } = await explained(portico, url)
    expect(later).toContain('which is active')
    expect(later).toContain('admitted by <add securityIdentifier="S-1-5-32-568"/>')
  })

  test('says of everything above the address why it is not asked', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { echo: 'echo' } })
    const { port } = portico
    const elsewhere = await freePort()
    const peer = await peerOf(portico)
    await peer.registered(`net.tcp://+:${port}/echo/live`)
    await peer.registered(`net.tcp://+:${port}/`)
    await peer.registered(`net.tcp://other.example:${port}/echo`, { hostNameComparisonMode: 'Exact' })
    await peer.registered(`net.tcp://+:${elsewhere}/echo`)
    await peer.registered(`net.tcp://+:${port}/unrelated`)
    const { out, explanation } = await explained(portico, `net.tcp://localhost:${port}/echo/live/x`)
    const whys = Object.fromEntries(explanation.candidates.map(({ uri, why }) => [uri, why]))
    expect(whys).toEqual({
      [`net.tcp://+:${port}/echo/live`]: 'it is the longest address in the first mode that has one (StrongWildcard)',
      [`net.tcp://+:${port}/`]: `net.tcp://+:${port}/echo/live is longer, in the same mode`,
      [`net.tcp://other.example:${port}/echo`]:
        'its host is other.example, and the one asked for is localhost: names are compared as text',
      [`net.tcp://+:${elsewhere}/echo`]: `it is for port ${elsewhere}`,
      [`net.tcp://*:${port}/echo`]: 'its mode WeakWildcard is asked after StrongWildcard, whatever the lengths',
    })
    expect(explanation.candidates[0]?.answers).toBe(true)
    expect(out).toContain(`answer    the self-hosted service that has registered net.tcp://+:${port}/echo/live`)
    expect(out).toContain(`process ${process.pid}`)
  })

  test('takes the address into account at which the connection arrives', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { echo: 'echo' } })
    const { port } = portico
    const peer = await peerOf(portico)
    await peer.registered(`net.tcp://127.0.0.2:${port}/echo`)
    const url = `net.tcp://name.example:${port}/echo`
    const at = async (address: string) => (await explained(portico, url, '--address', address)).explanation
    expect((await at('127.0.0.2')).answer).toMatchObject({ is: 'registration' })
    const other = await at('127.0.0.3')
    expect(other.answer).toMatchObject({ is: 'application' })
    expect(other.candidates[1]?.why).toBe(
      'it is for connections that arrive at 127.0.0.2, and this one arrives at 127.0.0.3',
    )
  })

  test.each([
    ['no such application', (port: number) => `net.tcp://localhost:${port}/nothing`, 'EndpointNotFound'],
    ['net.tcp not enabled', (port: number) => `net.tcp://localhost:${port}/web`, 'EndpointUnavailable'],
    ['another protocol', (port: number) => `http://localhost:${port}/echo`, 'close'],
    ['no address', () => 'nonsense', 'close'],
  ])('says what the client gets instead, and what to do: %s', async (_, url, client) => {
    await using portico = await PorticoUnderTest.start({
      apps: { echo: 'echo', web: 'echo' },
      applications: '<application path="/web" enabledProtocols="http"/>',
    })
    const { code, out, explanation } = await explained(portico, url(portico.port))
    expect(code).toBe(1)
    expect(explanation.refusal).toMatchObject({ client, remedy: expect.stringMatching(/\.$/) })
    expect(out).toContain(`NOT ANSWERED (${client})`)
  })

  test('says that nothing listens on a port, and how that is changed', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { echo: 'echo' } })
    const port = await freePort()
    const { out, explanation } = await explained(portico, `net.tcp://localhost:${port}/echo`)
    expect(explanation).toMatchObject({ port: { open: false, openedFor: [] } })
    expect(explanation.answer).toBeUndefined()
    expect(out).toMatch(/NOT OPEN.*connection refused.*binding on this port/s)
    expect(out).toContain(`it is for port ${portico.port}`)
  })

  test('names the service of an application, its endpoint, and where each binding setting is set', async () => {
    const services = {
      Orders: [endpoint('netTcpBinding', 'plain', 'v1'), endpoint('netTcpBinding', 'plain', 'v2')].join('\n'),
    }
    const bindings = `<netTcpBinding>${netTcpBinding('plain', 'maxConnections="50"')}</netTcpBinding>`
    const files = { 'orders.svc': svc('Orders'), 'bad.svc': '<%', 'web.config': webConfig({ bindings, services }) }
    await using portico = await PorticoUnderTest.start({ apps: { shop: files } })
    const at = (path: string) => explained(portico, `net.tcp://localhost:${portico.port}${path}`)
    const { code, out } = await at('/shop/orders.svc/v2/x')
    expect(code).toBe(0)
    expect(out).toMatch(/service {3}\/shop\/orders\.svc, Orders, defined in .*orders\.svc/)
    expect(out).toMatch(/endpoint \/shop\/orders\.svc\/v2, .*web\.config:\d+/)
    expect(out).toMatch(/maxPendingConnections 50, .*web\.config:\d+/)
    expect(out).toMatch(/idleTimeout 2 min$/m)
    for (const [path, why] of [
      ['/shop/nothing.svc', /EndpointNotFound\): no service is at .*there are \/shop\/bad\.svc, \/shop\/orders\.svc/],
      ['/shop/orders.svc/v3', /EndpointNotFound\): its endpoints are \/shop\/orders\.svc\/v1, /],
      ['/shop/bad.svc', /ServiceActivationFailed\): .*bad\.svc/],
    ] as const) {
      const refused = await at(path)
      expect(refused.code).toBe(1)
      expect(refused.out).toMatch(why)
    }
    expect(portico.events.filter(({ event }) => event.startsWith('worker.'))).toEqual([])
  })

  test('shows what keeps an application from starting', async () => {
    await using portico = await PorticoUnderTest.start({
      apps: { bad: 'throws-at-load' },
      pools:
        '<add name="DefaultAppPool"/><add name="Nobody"><processModel identityType="SpecificUser" userName="nobody-here"/></add>',
      applications: '<application path="/ghost" applicationPool="Nobody"/>',
    })
    expect((await explained(portico, `net.tcp://localhost:${portico.port}/ghost`)).explanation.answer).toMatchObject({
      problem: { code: 'IDENTITY_UNKNOWN' },
    })
    await portico.call('/bad')
    const { out } = await explained(portico, `net.tcp://localhost:${portico.port}/bad`)
    expect(out).toMatch(/PROBLEM.*APPLICATION_DID_NOT_LOAD/s)
  })
})

test('portico list registrations shows who holds which address, since when, with which settings and counts; status too', async () => {
  await using portico = await PorticoUnderTest.start()
  const list = (...more: string[]) => command('list', 'registrations', '--home', homeOf(portico), ...more)
  expect((await list()).out).toBe('no registrations\n')
  const uri = `net.tcp://+:${await freePort()}/orders`
  const peer = await peerOf(portico)
  await peer.registered(uri, { binding: { maxPendingConnections: 5 }, endpoint: 'the orders endpoint' })
  const { out } = await list()
  for (const part of [
    `${uri}  (StrongWildcard) process ${process.pid} of `,
    'dispatched 0, waiting 0, of these offered 0, refused 0',
    'binding settings of the orders endpoint:',
    'maxPendingConnections 5',
    'idleTimeout 2 min',
  ])
    expect(out).toContain(part)
  expect((await command('status', '--home', homeOf(portico))).out).toContain(out.trim())
  const json = JSON.parse((await list('--json')).out) as RegistrationStatus[]
  expect(json).toMatchObject([{ uri, pid: process.pid, binding: { setBy: 'the orders endpoint' }, dispatched: 0 }])
})
