/** What netTcpBinding and customBinding set for the transport of an endpoint. */
import { expect, test } from 'vitest'
import { differenceText, join } from '#binding/rule.ts'
import { effectiveSettings } from '#binding/settings.ts'
import { problemsOf, servicesOf, tcp, transportOf, used, webConfig } from './service-folders.ts'

const standard = { written: {}, setAt: {}, transferMode: 'Buffered', maxReceivedMessageSize: 65_536 }

test('an endpoint with an empty configuration has the defaults', async () => {
  expect(await transportOf('netTcpBinding', '<binding name="x"/>')).toEqual(standard)
  expect(await transportOf('customBinding', tcp(''))).toEqual(standard)
})

test('maxConnections sets pending and kept connections, both at its place', async () => {
  const transport = await transportOf('netTcpBinding', '\n<binding name="x"\nmaxConnections="50"/>')
  expect(transport).toEqual({
    ...standard,
    written: { maxPendingConnections: 50, maxOutboundConnectionsPerEndpoint: 50 },
    setAt: { maxPendingConnections: '/web.config:5', maxOutboundConnectionsPerEndpoint: '/web.config:5' },
  })
})

test.each([
  ['', 96, 96],
  ['maxConnections="0"', 96, 96],
  ['maxConnections="10"', 10, 96],
  ['maxConnections="50"', 50, 50],
])(
  'netTcpBinding with "%s" has %i pending and %i kept connections on 8 processors',
  async (attribute, pending, kept) => {
    const { written } = await transportOf('netTcpBinding', `<binding name="x" ${attribute}/>`)
    expect(effectiveSettings(written, 8)).toMatchObject({
      maxPendingConnections: pending,
      maxOutboundConnectionsPerEndpoint: kept,
    })
  },
)

test.each([
  ['channelInitializationTimeout', '00:00:05', 5000],
  ['channelInitializationTimeout', 'Infinite', Number.POSITIVE_INFINITY],
  ['channelInitializationTimeout', '00:00:00.0000001', 0.0001],
  ['connectionBufferSize', '1', 1],
  ['maxPendingConnections', '7', 7],
  ['maxOutputDelay', '00:00:00', 0],
  ['maxOutputDelay', '00:00:00.25', 250],
  ['maxPendingAccepts', '3', 3],
])('tcpTransport sets %s to %s', async (name, text, value) => {
  const { written, setAt } = await transportOf('customBinding', tcp(`\n${name}="${text}"`))
  expect(written).toEqual({ [name]: value })
  expect(setAt).toEqual({ [name]: '/web.config:4' })
})

test.each(['maxPendingConnections', 'maxPendingAccepts'])(
  '%s="0" of tcpTransport asks for the default',
  async (name) => {
    expect(await transportOf('customBinding', tcp(`${name}="0"`))).toEqual(standard)
  },
)

test.each([
  ['idleTimeout', '00:01:00', 60_000],
  ['idleTimeout', 'Infinite', Number.POSITIVE_INFINITY],
  ['idleTimeout', '00:00:00', 0],
  ['maxOutboundConnectionsPerEndpoint', '10', 10],
  ['maxOutboundConnectionsPerEndpoint', '0', 0],
])('connectionPoolSettings sets %s to %s', async (name, text, value) => {
  const { written, setAt } = await transportOf(
    'customBinding',
    tcp('', `\n\n<connectionPoolSettings ${name}="${text}"/>`),
  )
  expect(written).toEqual({ [name]: value })
  expect(setAt).toEqual({ [name]: '/web.config:5' })
})

/** What the configurations x of two files would be to each other on one transport, on 8 processors. */
async function joining(first: string, second: string): Promise<string[] | 'same'> {
  const [one, other] = await Promise.all(
    [first, second].map(async (written) => {
      const transport = await transportOf(written.includes('tcpTransport') ? 'customBinding' : 'netTcpBinding', written)
      return { endpoint: '', settings: effectiveSettings(transport.written, 8), setAt: transport.setAt }
    }),
  )
  if (one === undefined || other === undefined) throw new Error('there are two')
  const joined = join(one, other)
  return joined.is === 'differs' ? joined.differences.map(differenceText) : 'same'
}

const pool = (attributes: string) => tcp('', `<connectionPoolSettings ${attributes}/>`)
const plain = '<binding name="x"/>'

test.each([
  ['96 connections, which is the default', plain, '<binding name="x" maxConnections="96"/>'],
  ['10 kept connections', tcp(''), pool('maxOutboundConnectionsPerEndpoint="10"')],
  ['96 kept connections', tcp(''), pool('maxOutboundConnectionsPerEndpoint="96"')],
  ['the other kind of binding', plain, tcp('')],
  ['every default written', plain, tcp('channelInitializationTimeout="00:00:30" maxOutputDelay="00:00:00.2"')],
  [
    'another transfer mode and size',
    plain,
    '<binding name="x" transferMode="Streamed" maxReceivedMessageSize="99999"/>',
  ],
  ['other security and backlog', plain, '<binding name="x" listenBacklog="5"><security mode="None"/></binding>'],
])('%s fits a configuration that is empty', async (_, first, second) => {
  expect(await joining(first, second)).toBe('same')
})

test.each([
  [
    '<binding name="x" maxConnections="10"/>',
    'maxPendingConnections is 96 (by default) and would be 10 (/web.config:3)',
  ],
  [
    tcp('channelInitializationTimeout="00:00:05"'),
    'channelInitializationTimeout is 30 s (by default) and would be 5 s (/web.config:3)',
  ],
  [tcp('connectionBufferSize="4096"'), 'connectionBufferSize is 8192 (by default) and would be 4096 (/web.config:3)'],
  [tcp('maxPendingConnections="5"'), 'maxPendingConnections is 96 (by default) and would be 5 (/web.config:3)'],
  [tcp('maxOutputDelay="00:00:01"'), 'maxOutputDelay is 200 ms (by default) and would be 1 s (/web.config:3)'],
  [tcp('maxPendingAccepts="5"'), 'maxPendingAccepts is 16 (by default) and would be 5 (/web.config:3)'],
  [pool('idleTimeout="Infinite"'), 'idleTimeout is 2 min (by default) and would be unlimited (/web.config:3)'],
  [
    pool('maxOutboundConnectionsPerEndpoint="11"'),
    'maxOutboundConnectionsPerEndpoint is 96 (by default) and would be 11 (/web.config:3)',
  ],
])('%s does not fit an empty configuration', async (written, difference) => {
  expect(await joining(plain, written)).toEqual([difference])
})

test.each(['Buffered', 'Streamed', 'StreamedRequest', 'StreamedResponse'])('%s is a transfer mode', async (mode) => {
  const attributes = `transferMode="${mode}" maxReceivedMessageSize="70000"`
  const expected = { transferMode: mode, maxReceivedMessageSize: 70_000 }
  expect(await transportOf('netTcpBinding', `<binding name="x" ${attributes}/>`)).toMatchObject(expected)
  expect(await transportOf('customBinding', tcp(attributes))).toMatchObject(expected)
})

test('readerQuotas are those that are written; zero asks for the default', async () => {
  const quotas = '<readerQuotas maxDepth="64" maxArrayLength="0"/>'
  const custom = `<binding name="x"><binaryMessageEncoding>${quotas}</binaryMessageEncoding><tcpTransport/></binding>`
  const expected = { ...standard, readerQuotas: { maxDepth: 64 } }
  expect(await transportOf('netTcpBinding', `<binding name="x">${quotas}</binding>`)).toEqual(expected)
  expect(await transportOf('customBinding', custom)).toEqual(expected)
})

test('messages that come as streams may be greater than 2 GiB', async () => {
  const attributes = 'transferMode="Streamed" maxReceivedMessageSize="9223372036854775807"'
  expect(await transportOf('netTcpBinding', `<binding name="x" ${attributes}/>`)).toMatchObject({
    maxReceivedMessageSize: 2 ** 63,
  })
})

test.each([
  ['maxBufferSize="70000" maxReceivedMessageSize="70000"'],
  ['transferMode="Streamed" maxBufferSize="1000" maxReceivedMessageSize="1000"'],
  ['transferMode="Streamed" maxBufferSize="1000" maxReceivedMessageSize="1001"'],
])('the sizes %s fit together', async (sizes) => {
  await expect(transportOf('netTcpBinding', `<binding name="x" ${sizes}/>`)).resolves.toBeDefined()
  await expect(transportOf('customBinding', tcp(sizes))).resolves.toBeDefined()
})

test.each([
  ['maxBufferSize="70000"', 'maxBufferSize', 'must equal maxReceivedMessageSize (65536) while messages are buffered'],
  ['maxBufferSize="1" maxReceivedMessageSize="2"', 'maxBufferSize', 'must equal maxReceivedMessageSize (2)'],
  ['maxReceivedMessageSize="2147483648"', 'maxReceivedMessageSize', 'at most 2147483647 while messages are buffered'],
  [
    'transferMode="StreamedResponse" maxBufferSize="2" maxReceivedMessageSize="1"',
    'maxBufferSize',
    'must not be greater than maxReceivedMessageSize (1) while messages are streamed',
  ],
  [
    'transferMode="Streamed" maxReceivedMessageSize="1000"',
    'maxReceivedMessageSize',
    'needs maxBufferSize: its default 65536 is greater',
  ],
])('sizes that WCF would refuse at the start are refused: %s', async (sizes, attribute, expected) => {
  for (const file of [used('netTcpBinding', `<binding name="x" ${sizes}/>`), used('customBinding', tcp(sizes))]) {
    expect(await problemsOf({ 'web.config': webConfig(file) })).toEqual([
      expect.objectContaining({ attribute, line: 3, expected: expect.stringContaining(expected) }),
    ])
  }
})

const ofTcp = (attributes: string) => ['customBinding', tcp(attributes)] as const
const ofPool = (attributes: string) => ['customBinding', tcp('', `<connectionPoolSettings ${attributes}/>`)] as const
const ofNetTcp = (attributes: string, inside = '') =>
  ['netTcpBinding', `<binding name="x" ${attributes}>${inside}</binding>`] as const

test.each([
  [...ofNetTcp('maxConnections="-1"'), 'maxConnections', 'from 0 to 2147483647'],
  [...ofNetTcp('listenBacklog="2147483648"'), 'listenBacklog', 'from 0 to 2147483647'],
  [...ofNetTcp('maxBufferPoolSize="9223372036854775808"'), 'maxBufferPoolSize', 'from 0 to 9223372036854775807'],
  [...ofNetTcp('maxBufferSize="0"'), 'maxBufferSize', 'from 1'],
  [...ofNetTcp('maxReceivedMessageSize="0"'), 'maxReceivedMessageSize', 'from 1'],
  [...ofNetTcp('transferMode="Stream"'), 'transferMode', 'one of Buffered, Streamed'],
  [...ofNetTcp('closeTimeout="-00:01:00"'), 'closeTimeout', 'a time'],
  [...ofNetTcp('openTimeout="1 min"'), 'openTimeout', 'a time'],
  [...ofNetTcp('sendTimeout=""'), 'sendTimeout', 'a time'],
  [...ofNetTcp('receiveTimeout="never"'), 'receiveTimeout', 'or Infinite'],
  [...ofNetTcp('transactionFlow="yes"'), 'transactionFlow', 'true or false'],
  [...ofNetTcp('transactionProtocol="DTC"'), 'transactionProtocol', 'OleTransactions'],
  [...ofNetTcp('hostNameComparisonMode="Any"'), 'hostNameComparisonMode', 'StrongWildcard'],
  [...ofNetTcp('portSharingEnabled="1"'), 'portSharingEnabled', 'true or false'],
  [...ofNetTcp('maxPendingConnections="5"'), 'maxPendingConnections', 'is not an attribute of binding'],
  [...ofNetTcp('maxconnections="5"'), 'maxconnections', 'write maxConnections'],
  [...ofNetTcp('', '<readerQuotas maxDepth="-1"/>'), 'maxDepth', 'from 0'],
  [
    ...ofNetTcp('', '<readerQuotas maxStringContentLenght="1"/>'),
    'maxStringContentLenght',
    'did you mean maxStringContentLength?',
  ],
  [...ofNetTcp('', '<reliableSession inactivityTimeout="00:00:00"/>'), 'inactivityTimeout', 'a time'],
  [...ofNetTcp('', '<security mode="Tls"/>'), 'mode', 'one of Transport, None, Message'],
  [...ofNetTcp('', '<security><transport protectionLevel="Full"/></security>'), 'protectionLevel', 'EncryptAndSign'],
  [...ofNetTcp('', '<security><transport sslProtocols="Tls9"/></security>'), 'sslProtocols', 'Tls12'],
  [...ofNetTcp('', '<security><message algorithmSuite="Aes"/></security>'), 'algorithmSuite', 'Basic256'],
  [
    ...ofNetTcp('', '<security><message clientCredentialType="Basic"/></security>'),
    'clientCredentialType',
    'IssuedToken',
  ],
  [...ofNetTcp('', '<securty/>'), undefined, 'did you mean security?'],
  [...ofTcp('maxBufferPoolSize="0"'), 'maxBufferPoolSize', 'from 1'],
  [...ofTcp('connectionBufferSize="0"'), 'connectionBufferSize', 'from 1'],
  [...ofTcp('channelInitializationTimeout="00:00:00"'), 'channelInitializationTimeout', 'from 00:00:00.0000001'],
  [...ofTcp('maxPendingConnections="-5"'), 'maxPendingConnections', 'from 0'],
  [...ofTcp('maxOutputDelay="200"'), 'maxOutputDelay', 'a time'],
  [...ofTcp('maxPendingAccepts="x"'), 'maxPendingAccepts', 'from 0'],
  [...ofTcp('maxConnections="5"'), 'maxConnections', 'is not an attribute of tcpTransport'],
  [...ofTcp('manualAddressing="x"'), 'manualAddressing', 'true or false'],
  [...ofTcp('teredoEnabled="x"'), 'teredoEnabled', 'true or false'],
  [...ofPool('leaseTimeout="x"'), 'leaseTimeout', 'a time'],
  [...ofPool('idleTimeout="-00:00:01"'), 'idleTimeout', 'a time'],
  [...ofPool('maxOutboundConnectionsPerEndpoint="-1"'), 'maxOutboundConnectionsPerEndpoint', 'from 0'],
  [
    ...ofPool('maxOutboundConnectionsPerEndpopint="5"'),
    'maxOutboundConnectionsPerEndpopint',
    'did you mean maxOutboundConnectionsPerEndpoint?',
  ],
  ['customBinding', tcp('', '<connectionPoolSetting/>'), undefined, 'did you mean connectionPoolSettings?'],
  ['customBinding', '<binding name="x"><tcptransport/></binding>', undefined, 'write tcpTransport'],
  ['customBinding', '<binding name="x"><tcpTransport/><tcpTransport/></binding>', undefined, 'stands here twice'],
  [
    'customBinding',
    '<binding name="x"><tcpTransport/><binaryMessageEncoding/></binding>',
    undefined,
    'must be the last element of its binding',
  ],
  [
    'customBinding',
    '<binding name="x"><binaryMessageEncoding maxReadPoolSize="0"/><tcpTransport/></binding>',
    'maxReadPoolSize',
    'from 1',
  ],
  [
    'customBinding',
    '<binding name="x"><binaryMessageEncoding compressionFormat="Zip"/><tcpTransport/></binding>',
    'compressionFormat',
    'None, GZip, Deflate',
  ],
  [
    'customBinding',
    '<binding name="x"><windowsStreamSecurity mode="x"/><tcpTransport/></binding>',
    'mode',
    'known here: protectionLevel',
  ],
  [
    'customBinding',
    '<binding name="x"><sslStreamSecurity requireClientCertificate="x"/><tcpTransport/></binding>',
    'requireClientCertificate',
    'true or false',
  ],
  ['netTcpBinding', '<binding name="x"/><binding name="x"/>', 'name', 'stands here twice'],
] as const)('refused in %s: %s', async (binding, written, attribute, expected) => {
  const problems = await problemsOf({ 'web.config': webConfig(used(binding, written)) })
  expect(problems).toHaveLength(1)
  expect(problems[0]).toMatchObject({ file: '/web.config', line: 3, expected: expect.stringContaining(expected) })
  expect(problems[0]?.attribute).toBe(attribute)
})

test('stacks may hold elements of other products, and names that only look similar', async () => {
  const others = '<context/><security authenticationMode="x"/><textMessageEncoding/><ourOwnElement a="1"/>'
  expect(await transportOf('customBinding', `<binding name="x">${others}<tcpTransport/></binding>`)).toEqual(standard)
  const udp = used('customBinding', '<binding name="x"><textMessageEncoding/><udpTransport/></binding>')
  await expect(servicesOf({ 'web.config': webConfig(udp) })).resolves.toMatchObject({ own: [] })
})
