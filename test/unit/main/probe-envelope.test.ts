/** The probe's message, against what a real WCF client sends. */
import { expect, test } from 'vitest'
import { encodeSizedEnvelope } from '#framing/envelopes.ts'
import { probeMessage } from '#main/probe-client.ts'
import { encodeProbeRequest, type ProbeRequest } from '#main/probe-envelope.ts'
import { capture } from '../../support/bytes.ts'

const call: ProbeRequest = {
  action: 'http://tempuri.org/IEcho/Echo',
  messageId: '3de37246-1e9e-433a-a522-d0e33dc0ce9b',
  to: 'net.tcp://127.0.0.1:8080/Echo',
  operation: 'Echo',
  namespace: 'http://tempuri.org/',
  parameter: 'text',
  value: 'hello',
}

const sent = (name: 'echo' | 'soapfault') =>
  capture(name).find(({ from, record }) => from === 'client' && record === 'SizedEnvelope')?.bytes

test('with the values of a captured call, the message is the captured one byte for byte', () => {
  expect(encodeSizedEnvelope(encodeProbeRequest(call))).toEqual(sent('echo'))
})

test('the same holds for another operation with another parameter', () => {
  const fail = {
    ...call,
    action: 'http://tempuri.org/IEcho/Fail',
    messageId: '01b1f531-f092-4bdf-8022-7eeb797ea52e',
    operation: 'Fail',
    parameter: 'why',
    value: 'because',
  }
  expect(encodeSizedEnvelope(encodeProbeRequest(fail))).toEqual(sent('soapfault'))
})

test.each([
  ['255 bytes', 255, '99ff'],
  ['256 bytes', 256, '9b0001'],
  ['2048 bytes', 2048, '9b0008'],
  ['65536 bytes', 65_536, '9d00000100'],
])('text of %s stands in the shortest record that holds it', (_, size, head) => {
  const message = encodeProbeRequest({ ...call, value: 'v'.repeat(size) })
  expect(message.subarray(-(size + head.length / 2 + 3)).toString('hex')).toBe(`${head}${'76'.repeat(size)}010101`)
})

test('each message of the probe has an id of its own, and the address it goes to', () => {
  const [one, two] = [probeMessage(call.to), probeMessage(call.to)]
  expect(one.equals(two)).toBe(false)
  expect(one.length).toBe(two.length)
  expect(one.includes(`\x99\x1d${call.to}`, 0, 'latin1')).toBe(true)
})
