/** What a configuration of netTcpBinding or customBinding says without effect, and the security that Portico has not. */
import { expect, test } from 'vitest'
import { servicesOf, tcp, used, webConfig } from './service-folders.ts'

const x = '<binding name="x" '
const none = '<security mode="None"/>'

/** The notices as attribute and text behind the place. */
async function noticesOf(binding: string, written: string): Promise<string[]> {
  const { notices } = await servicesOf({ 'web.config': webConfig(used(binding, written)) })
  return notices.map(({ text }) => text)
}

test.each([
  ['netTcpBinding', `${x}>${none}</binding>`, []],
  ['netTcpBinding', `${x}closeTimeout="00:01:00" listenBacklog="0" portSharingEnabled="true">${none}</binding>`, []],
  ['netTcpBinding', `${x}maxBufferSize="65536" maxConnections="5" transferMode="Buffered">${none}</binding>`, []],
  ['netTcpBinding', `${x}><reliableSession enabled="false" ordered="true"/>${none}</binding>`, []],
  ['netTcpBinding', `${x}receiveTimeout="00:20:00">${none}</binding>`, ['receiveTimeout="00:20:00"']],
  ['netTcpBinding', `${x}transactionFlow="true">${none}</binding>`, ['transactionFlow="true"']],
  ['netTcpBinding', `${x}hostNameComparisonMode="Exact">${none}</binding>`, ['the site binding decides']],
  ['netTcpBinding', `${x}listenBacklog="5">${none}</binding>`, ['SMSvcHost.exe.config decides']],
  ['netTcpBinding', `${x}portSharingEnabled="false">${none}</binding>`, ['are always shared']],
  ['netTcpBinding', `${x}><readerQuotas maxDepth="64" maxArrayLength="5"/>${none}</binding>`, []],
  ['netTcpBinding', `${x}><reliableSession enabled="true"/>${none}</binding>`, ['enabled="true"']],
  [
    'netTcpBinding',
    `${x}transferMode="Streamed" maxBufferSize="65536">${none}</binding>`,
    ['maxBufferSize="65536"> is accepted but is not in force yet'],
  ],
  ['customBinding', tcp('', '<connectionPoolSettings groupName="g"/>'), ['groupName="g"']],
  ['customBinding', tcp('', '<connectionPoolSettings leaseTimeout="00:05:00"/>'), ['leaseTimeout="00:05:00"']],
  ['customBinding', tcp('', '<connectionPoolSettings groupName="default"/>'), []],
  ['customBinding', tcp('', '<extendedProtectionPolicy policyEnforcement="Never"/>'), ['extendedProtectionPolicy']],
  ['customBinding', tcp('teredoEnabled="true"'), ['teredoEnabled="true"> is accepted but has no meaning on Linux']],
  ['customBinding', tcp('manualAddressing="true"'), ['manualAddressing="true"']],
  ['customBinding', `${x}><binaryMessageEncoding maxReadPoolSize="64"/><tcpTransport/></binding>`, []],
])('what has no effect in %s is noticed, and nothing else: %s', async (binding, written, expected) => {
  expect(await noticesOf(binding, written)).toEqual(expected.map((text) => expect.stringContaining(text)))
})

const noTls = 'clients that ask for a secured connection are turned away, because Portico secures none'

test.each([
  ['netTcpBinding', `${x}/>`, `<binding> is accepted but without security mode="None" ${noTls}`],
  ['netTcpBinding', `${x}><security/></binding>`, `<security> is accepted but without security mode="None" ${noTls}`],
  [
    'netTcpBinding',
    `${x}><security mode="Transport"/></binding>`,
    `<security mode="Transport"> is accepted but ${noTls}`,
  ],
  [
    'netTcpBinding',
    `${x}><security mode="TransportWithMessageCredential"><message clientCredentialType="UserName"/></security></binding>`,
    `<security mode="TransportWithMessageCredential"> is accepted but ${noTls}; write <security mode="None"/> into the binding here and at the clients`,
  ],
  [
    'netTcpBinding',
    `${x}><security mode="Message"/></binding>`,
    '<security mode="Message"> is accepted but Portico secures nothing',
  ],
  [
    'customBinding',
    `${x}><windowsStreamSecurity/><tcpTransport/></binding>`,
    `<windowsStreamSecurity> is accepted but ${noTls}; remove it here and at the clients`,
  ],
  [
    'customBinding',
    `${x}><sslStreamSecurity/><tcpTransport/></binding>`,
    `<sslStreamSecurity> is accepted but ${noTls}`,
  ],
])('security that clients would ask for in vain is noticed once in %s: %s', async (binding, written, expected) => {
  expect(await noticesOf(binding, written)).toEqual([expect.stringContaining(expected)])
})

test('security of a configuration that no endpoint uses is not worth a notice', async () => {
  expect(await noticesOf('netTcpBinding', `${x}>${none}</binding><binding name="unused"/>`)).toEqual([])
})

test('an endpoint without a configuration is where its security is noticed, once for all of them', async () => {
  const endpoints = '<endpoint binding="netTcpBinding" contract="I"/>\n<endpoint binding="netTcpBinding" contract="J"/>'
  const { notices } = await servicesOf({
    'web.config': webConfig(`<services><service name="S">${endpoints}</service></services>`),
  })
  expect(notices).toMatchObject([{ element: 'endpoint', line: 3, text: expect.stringContaining(noTls) }])
})
