/** The services of an application, their endpoints, and which of them are over net.tcp. */
import { expect, test } from 'vitest'
import { problemsOf, service, servicesOf, webConfig } from './service-folders.ts'

const tcp = '<endpoint address="tcp" binding="netTcpBinding" contract="I"/>'
const none = '<binding><security mode="None"/></binding>'
/** The unnamed netTcpBinding without security, so that nothing is noticed. */
const quiet = `<bindings><netTcpBinding>${none}</netTcpBinding></bindings>`
const svc = (name: string) => `<%@ ServiceHost Service="${name}" %>`

const standard = { written: {}, setAt: {}, transferMode: 'Buffered', maxReceivedMessageSize: 65_536 }
const defaultEndpoint = {
  address: '',
  listenUri: '',
  contract: '',
  name: '',
  binding: 'netTcpBinding',
  bindingConfiguration: '',
  at: undefined,
  transport: standard,
}

test('an application that says nothing is one service with one default endpoint', async () => {
  const expected = { services: [], own: [defaultEndpoint], notices: [] }
  expect(await servicesOf({})).toEqual(expected)
  expect(await servicesOf({ 'web.config': '<configuration/>' })).toEqual(expected)
  expect(await servicesOf({ 'web.config': webConfig('<services/>') })).toEqual(expected)
})

test('an endpoint is as it is written, and says where', async () => {
  const endpoint =
    '\n<endpoint address="/tcp" binding="netTcpBinding" contract="Ns.I" name="first" listenUri="net.tcp://h/x"/>'
  const { own, notices } = await servicesOf({ 'web.config': webConfig(quiet + service(endpoint)) })
  expect(notices).toEqual([])
  expect(own).toEqual([
    {
      address: '/tcp',
      listenUri: 'net.tcp://h/x',
      contract: 'Ns.I',
      name: 'first',
      binding: 'netTcpBinding',
      bindingConfiguration: '',
      at: '/web.config:4',
      transport: standard,
    },
  ])
})

test('an application without .svc files has the endpoints of all its service elements, in their order', async () => {
  const two = `<services><service name="A">${tcp}${tcp.replace('tcp"', 'b"')}</service><service name="B">${tcp}</service></services>`
  const { services, own } = await servicesOf({ 'web.config': webConfig(quiet + two) })
  expect(services).toEqual([])
  expect(own.map(({ address }) => address)).toEqual(['tcp', 'b', 'tcp'])
})

test('service elements without endpoints share one default endpoint', async () => {
  const two = '<services><service name="A"/><service name="B"/></services>'
  expect((await servicesOf({ 'web.config': webConfig(two) })).own).toEqual([defaultEndpoint])
})

test('the default endpoint has the configuration without a name', async () => {
  const unnamed = '<bindings><netTcpBinding>\n<binding maxConnections="7"/></netTcpBinding></bindings>'
  const { own, notices } = await servicesOf({ 'web.config': webConfig(unnamed) })
  expect(own).toMatchObject([
    {
      at: undefined,
      transport: {
        written: { maxPendingConnections: 7, maxOutboundConnectionsPerEndpoint: 7 },
        setAt: { maxPendingConnections: '/web.config:4' },
      },
    },
  ])
  expect(notices).toMatchObject([{ element: 'binding', line: 4, text: expect.stringContaining('security') }])
})

test('a .svc file has the endpoints of the service element with its name, or one default endpoint', async () => {
  const services = `<services><service name="Ns.A">${tcp}</service><service name="Ns.B"/></services>`
  const read = await servicesOf({
    'web.config': webConfig(quiet + services),
    'a.svc': svc('Ns.A, Assembly'),
    'b.svc': svc('Ns.B'),
    'dir/c.svc': svc('Ns.C'),
  })
  expect(read.own).toEqual([])
  expect(read.notices).toEqual([])
  expect(read.services).toMatchObject([
    { path: '/a.svc', name: 'Ns.A', factory: undefined, definedAt: '/a.svc', endpoints: [{ address: 'tcp' }] },
    { path: '/b.svc', name: 'Ns.B', endpoints: [defaultEndpoint] },
    { path: '/dir/c.svc', name: 'Ns.C', definedAt: '/dir/c.svc', endpoints: [defaultEndpoint] },
  ])
})

test('a service whose endpoints are all over other transports has none', async () => {
  const http = service('<endpoint binding="wsHttpBinding" contract="I"/>')
  const files = { 'web.config': webConfig(http) }
  expect((await servicesOf(files)).own).toEqual([])
  expect((await servicesOf({ ...files, 's.svc': svc('S') })).services).toMatchObject([{ endpoints: [] }])
})

test('a factory alone makes a service without a name', async () => {
  const { services } = await servicesOf({ 'a.svc': '<%@ ServiceHost Factory="F" %>' })
  expect(services).toMatchObject([{ name: undefined, factory: 'F', endpoints: [defaultEndpoint] }])
})

test('a service element that nothing names is noticed, unless a factory may choose it', async () => {
  const files = { 'web.config': webConfig(quiet + service(tcp, 'Ns.Orders')), 'a.svc': svc('ns.orders') }
  expect(await servicesOf(files)).toMatchObject({
    services: [{ endpoints: [defaultEndpoint] }],
    notices: [{ element: 'service', attribute: 'name', value: 'Ns.Orders', line: 3 }],
  })
  const withFactory = { ...files, 'b.svc': '<%@ ServiceHost Factory="F" %>' }
  expect((await servicesOf(withFactory)).notices).toEqual([])
})

const ofHttp = [
  'basicHttpBinding',
  'wsHttpBinding',
  'netNamedPipeBinding',
  'netMsmqBinding',
  'mexHttpBinding',
  'webHttpBinding',
  'ourOwnBinding',
]

test.each(ofHttp)('an endpoint with %s is left out, with a notice', async (binding) => {
  const endpoint = `\n<endpoint binding="${binding}" bindingConfiguration="y" contract="I"/>`
  expect(await servicesOf({ 'web.config': webConfig(quiet + service(tcp + endpoint)) })).toMatchObject({
    own: [{ address: 'tcp' }],
    notices: [{ element: 'endpoint', attribute: 'binding', value: binding, line: 4 }],
  })
})

test('an endpoint with a customBinding over another transport is left out, with a notice', async () => {
  const bindings = '<bindings><customBinding><binding name="h"><httpTransport/></binding></customBinding></bindings>'
  const endpoint = '<endpoint binding="customBinding" bindingConfiguration="h" contract="I"/>'
  expect(await servicesOf({ 'web.config': webConfig(bindings + service(endpoint)) })).toMatchObject({
    own: [],
    notices: [{ attribute: 'bindingConfiguration', value: 'h', text: expect.stringContaining('is left out') }],
  })
})

test('metadata over net.tcp is an endpoint like others, with defaults', async () => {
  const endpoints =
    '<endpoint address="mex" binding="mexTcpBinding" contract="IMetadataExchange"/><endpoint address="mex2" kind="mexEndpoint" binding="mexTcpBinding" bindingConfiguration="m"/>'
  const bindings =
    '<bindings><mexTcpBinding><binding name="m"/></mexTcpBinding><netTcpBinding><binding maxConnections="5"/></netTcpBinding></bindings>'
  const { own, notices } = await servicesOf({ 'web.config': webConfig(bindings + service(endpoints)) })
  expect(own).toMatchObject([
    { address: 'mex', binding: 'mexTcpBinding', transport: standard },
    { address: 'mex2', contract: '', transport: standard },
  ])
  expect(notices).toEqual([])
})

test('a standard endpoint without a binding is one over HTTP, and left out with a notice', async () => {
  const { own, notices } = await servicesOf({ 'web.config': webConfig(service('<endpoint kind="mexEndpoint"/>')) })
  expect(own).toEqual([])
  expect(notices).toMatchObject([{ attribute: 'kind', value: 'mexEndpoint' }])
})

const named = '<bindings><netTcpBinding><binding name="Fast"/></netTcpBinding></bindings>'
const http = '<bindings><customBinding><binding name="h"><httpTransport/></binding></customBinding></bindings>'

test.each([
  ['', 'binding="netTcpBinding"', undefined, 'needs the attribute contract: without it the endpoint would not open'],
  ['', 'contract="I"', undefined, 'needs the attribute binding: without it the endpoint would not open'],
  [
    named,
    'binding="netTcpBinding" bindingConfiguration="fast" contract="I"',
    'bindingConfiguration',
    'names no configuration of netTcpBinding in this file; names are case-sensitive: write Fast',
  ],
  [
    named,
    'binding="netTcpBinding" bindingConfiguration="quick" contract="I"',
    'bindingConfiguration',
    'no configuration of netTcpBinding in this file; known here: Fast',
  ],
  ['', 'binding="netTcpBinding" bindingConfiguration="x" contract="I"', 'bindingConfiguration', 'it has none'],
  ['', 'binding="mexTcpBinding" bindingConfiguration="x" contract="I"', 'bindingConfiguration', 'of mexTcpBinding'],
  [http, 'binding="customBinding" bindingConfiguration="x" contract="I"', 'bindingConfiguration', 'of customBinding'],
  [http, 'binding="customBinding" contract="I"', undefined, 'needs bindingConfiguration'],
  ['', 'binding="nettcpBinding" contract="I"', 'binding', 'names are case-sensitive: write netTcpBinding'],
  ['', 'binding="netTcpBindig" contract="I"', 'binding', 'did you mean netTcpBinding?'],
  ['', 'adress="x" binding="netTcpBinding" contract="I"', 'adress', 'did you mean address?'],
  [
    '',
    'address="http://h/x" binding="netTcpBinding" contract="I"',
    'address',
    'has the scheme http; the binding needs net.tcp',
  ],
  ['', 'listenUri="net.pipe://h/x" binding="netTcpBinding" contract="I"', 'listenUri', 'has the scheme net.pipe'],
  ['', 'listenUriMode="Unique" binding="netTcpBinding" contract="I"', 'listenUriMode', 'must be Explicit'],
  ['', 'listenUriMode="Some" binding="netTcpBinding" contract="I"', 'listenUriMode', 'one of Explicit, Unique'],
  ['', 'isSystemEndpoint="x" binding="netTcpBinding" contract="I"', 'isSystemEndpoint', 'true or false'],
])('refused beside %s: <endpoint %s>', async (bindings, attributes, attribute, expected) => {
  const problems = await problemsOf({ 'web.config': webConfig(`${bindings}${service(`\n<endpoint ${attributes}/>`)}`) })
  expect(problems).toMatchObject([{ element: 'endpoint', line: 4, expected: expect.stringContaining(expected) }])
  expect(problems[0]?.attribute).toBe(attribute)
  expect(problems[0]?.text).toContain('/web.config:4: <endpoint')
})

test.each([
  ['<services><service/></services>', 'needs the attribute name'],
  ['<services><service name=""/></services>', 'not empty'],
  ['<services><service name="S"/><service name="S"/></services>', 'stands here twice'],
  ['<services><sevice name="S"/></services>', 'did you mean service?'],
  ['<services x="1"/>', 'is not an attribute of services'],
  [service('<endpint/>'), 'did you mean endpoint?'],
  [service('<host><baseAddress/></host>'), 'did you mean baseAddresses?'],
  [service('<host><timeouts openTimeout="x"/></host>'), 'a time'],
])('refused: %s', async (inside, expected) => {
  expect(await problemsOf({ 'web.config': webConfig(inside) })).toMatchObject([
    { line: 3, expected: expect.stringContaining(expected) },
  ])
})

test('names of services that only case tells apart are two services', async () => {
  const two = '<services><service name="S"/><service name="s"/></services>'
  await expect(servicesOf({ 'web.config': webConfig(two) })).resolves.toBeDefined()
})

const bases = (...addresses: string[]) =>
  service(
    `<host>\n<baseAddresses>${addresses.map((address) => `\n<add baseAddress="${address}"/>`).join('')}</baseAddresses></host>${tcp}`,
  )

test.each([
  ['net.tcp://localhost:808/App', 'http://localhost/App'],
  ['net.tcp://*:808/App', 'net.pipe://localhost/'],
  ['net.tcp://[::1]:808/App', 'https://host.example'],
])('base addresses are accepted and have no effect, which is noticed: %s, %s', async (...addresses) => {
  expect(await servicesOf({ 'web.config': webConfig(quiet + bases(...addresses)) })).toMatchObject({
    own: [{ address: 'tcp' }],
    notices: [{ element: 'baseAddresses', line: 4, kind: 'noEffect' }],
  })
})

test.each([
  [['net.tcp://a/x', 'NET.TCP://b/y'], 6, 'is the second address with the scheme net.tcp; the first is in line 5'],
  [['App'], 5, 'must be an absolute address'],
  [['/App'], 5, 'must be an absolute address'],
  [['net.tcp://user@host/x'], 5, 'must not have a user'],
  [['net.tcp://host/x?y=1'], 5, 'must not have a query'],
  [['net.tcp://host/x#y'], 5, 'must not have a fragment'],
  [['net.tcp://+:808/x'], 5, 'must name a host'],
  [['net.tcp://:808/x'], 5, 'must name a host'],
  [['net.tcp://host:99999/x'], 5, 'must name a port'],
  [[''], 5, 'not empty'],
])('the base addresses %j are refused', async (addresses, line, expected) => {
  expect(await problemsOf({ 'web.config': webConfig(bases(...addresses)) })).toMatchObject([
    { line, attribute: 'baseAddress', expected: expect.stringContaining(expected) },
  ])
})

test.each([
  ['behaviorConfiguration="b"', 'knows no behaviors'],
  ['bindingName="b"', 'no description'],
  ['bindingNamespace="urn:b"', 'no description'],
  ['endpointConfiguration="e"', 'not in force'],
  ['isSystemEndpoint="true"', 'not in force'],
])('<endpoint %s> is noticed', async (attribute, text) => {
  const endpoint = `<endpoint binding="netTcpBinding" contract="I" ${attribute}/>`
  const { notices } = await servicesOf({ 'web.config': webConfig(quiet + service(endpoint)) })
  expect(notices).toMatchObject([{ attribute: attribute.split('=')[0], text: expect.stringContaining(text) }])
})

test('empty attributes and an identity are not worth a notice, headers are', async () => {
  const empty = 'bindingConfiguration="" behaviorConfiguration="" bindingName="" kind="" listenUriMode="Explicit"'
  const inside = '<headers/><identity><dns value="localhost"/></identity>'
  const endpoint = (headers: string) =>
    `<endpoint binding="netTcpBinding" contract="I" ${empty}>${inside.replace('<headers/>', headers)}</endpoint>`
  const noticesOf = async (headers: string) =>
    (await servicesOf({ 'web.config': webConfig(quiet + service(endpoint(headers))) })).notices
  expect(await noticesOf('<headers/>')).toEqual([])
  expect(await noticesOf('<headers><Region>EU</Region></headers>')).toMatchObject([{ element: 'headers' }])
})
