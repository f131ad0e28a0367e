/** The calculator sample behind a real Portico, called as a WCF client calls it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readElement } from '#encoding/element-tree.ts'
import { type MessageEncoding, openEncoding, sessionContentType } from '#encoding/message-encoding.ts'
import { encodeSizedEnvelope } from '#framing/envelopes.ts'
import { writeMessage } from '#soap/write-message.ts'
import type { NetTcpClient } from '../support/net-tcp-client.ts'
import { PorticoUnderTest } from '../support/portico-under-test.ts'
import { received, wrapper } from '../support/wcf-peer.ts'

const namespace = 'http://Microsoft.ServiceModel.Samples'
const calculator = readFileSync(join(import.meta.dirname, '../../apps/calculator/index.ts'), 'utf8')

async function call(client: NetTcpClient, encoding: MessageEncoding, operation: string, n1: number, n2: number) {
  const messageId = { kind: 'uniqueId', value: crypto.randomUUID() } as const
  const headers = { action: `${namespace}/ICalculator/${operation}`, messageId }
  const body = wrapper(operation, { n1: String(n1), n2: String(n2) }, namespace)
  client.write(encodeSizedEnvelope(encoding.write((writer) => writeMessage(writer, headers, body))))
  const [, low = 0, high = 0] = await client.read(3)
  const envelope = await client.read((low & 0x7f) | (high << 7))
  return received(readElement(encoding.read(envelope))).body
}

test('an application far from Portico imports portico/wcf, and answers WCF clients', async () => {
  await using portico = await PorticoUnderTest.start({ apps: { calculator: { 'index.ts': calculator } } })
  using client = await portico.open('/calculator')
  expect(await client.answer()).toBe('ack')
  const encoding = await openEncoding(sessionContentType)
  expect(await call(client, encoding, 'Add', 100, 15.99)).toContain('<AddResult>115.99</AddResult>')
  expect(await call(client, encoding, 'Divide', 22, 0)).toContain('<DivideResult>INF</DivideResult>')
  expect(await call(client, encoding, 'Root', 2, 2)).toContain('a:ActionNotSupported')
  await client.finish()
})
