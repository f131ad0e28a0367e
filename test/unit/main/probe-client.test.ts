/** The probe's client as other programs use it: times, limits, signals, and what it keeps. */
import { expect, test } from 'vitest'
import { encodeSizedEnvelope, end, preambleAck, sizedEnvelopeHeader } from '#framing/envelopes.ts'
import { type ProbeOptions, probeOnce } from '#main/probe-client.ts'
import { asConnected } from '#main/probe-cold.ts'
import { failureOf } from '#main/probe-failure.ts'
import { meaningOf } from '#main/probe-meaning.ts'
import { quantile } from '#main/probe-report.ts'
import { probeLimits } from '#main/probe-result.ts'
import { type ProbeTarget, probeTarget } from '#main/probe-target.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { scriptedServer } from '../../support/scripted-server.ts'
import { preamble, request, urlOf } from './probe-servers.ts'

const never = new AbortController().signal

function targetOf(port: number): ProbeTarget {
  const target = probeTarget(urlOf(port))
  if (!target) throw new Error('it is an address')
  return target
}

const probe = (port: number, options: ProbeOptions = {}, signal = never) => probeOnce(targetOf(port), options, signal)

test('the acknowledgement is timed from the connect, the reply from the envelope', async () => {
  const clock = new ManualClock()
  await using server = await scriptedServer(async (peer) => {
    await preamble(peer)
    clock.turn(60)
    peer.write(preambleAck)
    await request(peer)
    clock.turn(7)
    peer.write(encodeSizedEnvelope(Buffer.from('reply')), end)
  })
  expect(await probe(server.port, { clock })).toEqual({
    outcome: 'replied',
    stage: 'end',
    connectMs: 0,
    ackMs: 60,
    replyMs: 7,
    replyBytes: 5,
    reply: Buffer.from('reply'),
    isHere: true,
    received: 9,
  })
  expect(clock.pending).toBe(0)
})

test('a caller sends an envelope of its own and gets the reply to it', async () => {
  const envelope = Buffer.from('any bytes')
  await using server = await scriptedServer(async (peer) => {
    await preamble(peer)
    peer.write(preambleAck)
    peer.write(await peer.read(2 + envelope.length), end)
  })
  expect(await probe(server.port, { envelope })).toMatchObject({ outcome: 'replied', reply: envelope })
})

test('a reply over the bound is counted and not kept', async () => {
  await using server = await scriptedServer(async (peer) => {
    await preamble(peer)
    peer.write(preambleAck)
    await request(peer)
    peer.write(sizedEnvelopeHeader(1000), Buffer.alloc(600))
    peer.write(Buffer.alloc(400), end)
  })
  const result = await probe(server.port, { keepUpTo: 999 })
  expect(result).toMatchObject({ outcome: 'replied', replyBytes: 1000 })
  expect(result).not.toHaveProperty('reply')
  expect(result).not.toHaveProperty('error')
})

test.each([
  ['acknowledgement', 'no acknowledgement came within 120 s: the application starts slowly'],
  ['reply', 'the service took the session, but sent no reply within 120 s'],
] as const)('a server that is silent before the %s is given up at the limit', async (stage, says) => {
  const clock = new ManualClock()
  await using server = await scriptedServer(async (peer) => {
    await preamble(peer)
    if (stage === 'acknowledgement') return clock.turn(probeLimits[stage])
    peer.write(preambleAck)
    await request(peer)
    clock.turn(probeLimits[stage])
  })
  const result = await probe(server.port, { clock })
  expect(result).toMatchObject({ outcome: 'timedOut', stage })
  expect(meaningOf(result, targetOf(server.port))?.meaning).toContain(says)
})

test('a server that does not end the session is not waited for long, and its reply counts', async () => {
  const clock = new ManualClock()
  await using server = await scriptedServer(async (peer) => {
    await preamble(peer)
    peer.write(preambleAck)
    await request(peer)
    peer.write(encodeSizedEnvelope(Buffer.alloc(5)))
    await peer.read(1)
    clock.turn(probeLimits.end)
  })
  const result = await probe(server.port, { clock })
  expect(result).toMatchObject({ outcome: 'replied', error: 'the server did not end the session in time' })
})

test('a signal ends any wait, keeps what was measured, and closes the connection', async () => {
  const interrupted = new AbortController()
  const gone = Promise.withResolvers<Buffer>()
  await using server = await scriptedServer(async (peer) => {
    await preamble(peer)
    peer.write(preambleAck)
    await request(peer)
    interrupted.abort(new Error('enough'))
    gone.resolve(await peer.readAll())
  })
  const result = await probe(server.port, {}, interrupted.signal)
  expect(result).toMatchObject({ outcome: 'interrupted', stage: 'reply', ackMs: expect.any(Number) })
  expect(await gone.promise).toHaveLength(0)
})

test('a signal that has aborted before makes no connection', async () => {
  await using server = await scriptedServer(() => {})
  expect(await probe(server.port, {}, AbortSignal.abort(new Error('enough')))).toEqual({
    outcome: 'interrupted',
    stage: 'connection',
    received: 0,
  })
})

test("what this machine's Portico says isn't believed of another host", () => {
  const result = { outcome: 'replied', stage: 'end', received: 1 } as const
  expect(asConnected({ is: 'cold' }, { ...result, isHere: false })).toEqual({
    is: 'unknown',
    why: 'the server is another host',
  })
  expect(asConnected({ is: 'cold' }, { ...result, isHere: true })).toEqual({ is: 'cold' })
})

test('every address of the loopback is this machine', async () => {
  await using server = await scriptedServer((peer) => peer.socket.end(), '127.0.0.2')
  const result = await probeOnce({ ...targetOf(server.port), host: '127.0.0.2' }, {}, never)
  expect(result).toMatchObject({ outcome: 'closed', isHere: true })
})

test('a name whose addresses all refuse says what each did', () => {
  const [one, two] = [new Error('connect ECONNREFUSED ::1:9'), new Error('connect ECONNREFUSED 127.0.0.1:9')]
  const all = Object.assign(new AggregateError([one, two]), { code: 'ECONNREFUSED' })
  expect(failureOf(all, 'connection', undefined, never)).toEqual({
    outcome: 'unreachable',
    error: 'connect ECONNREFUSED ::1:9; connect ECONNREFUSED 127.0.0.1:9',
    code: 'ECONNREFUSED',
  })
})

test('a URL without a port gets a hint about it when nothing listens', () => {
  const target = { via: 'net.tcp://h/x', host: 'h', port: 808, portIsWritten: false }
  const refused = { outcome: 'unreachable', stage: 'connection', code: 'ECONNREFUSED', received: 0 } as const
  expect(meaningOf(refused, target)?.hint).toBe(
    'The URL names no port, and 808 is the default of net.tcp. If it is another, write it: net.tcp://h:8808/…',
  )
})

test.each([
  [[5], 0.5, 5],
  [[1, 2, 3, 4], 0.5, 2],
  [[1, 2, 3], 0.99, 3],
  [Array.from({ length: 200 }, (_, at) => at + 1), 0.99, 198],
])('of %j, the part %d is at most %d', (sorted, part, expected) => {
  expect(quantile(sorted, part)).toBe(expected)
})
