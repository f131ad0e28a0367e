/** What `portico probe` shows when it gets no reply: what happened, what it means, and what to do. */

import { once } from 'node:events'
import { createServer } from 'node:http'
import { expect, test } from 'vitest'
import { end, preambleAck, sizedEnvelopeHeader } from '#framing/envelopes.ts'
import { encodeFault, type FaultName, faultMeanings } from '#framing/faults.ts'
import { scriptedServer } from '../../support/scripted-server.ts'
import { echo, porticoHome, preamble, request, shown, urlOf } from './probe-servers.ts'

const here = { application: '/echo', pool: 'DefaultAppPool', active: true }

test.each<[FaultName, string]>([
  ['EndpointNotFound', 'On the server, portico status lists the applications and their addresses.'],
  [
    'EndpointUnavailable',
    'On the server, portico status shows the state of its pool and the protocols it is enabled for.',
  ],
  [
    'ConnectionDispatchFailed',
    'On the server, portico status shows what went wrong with the application, and where its log is.',
  ],
  [
    'ServiceActivationFailed',
    'On the server, portico status shows what went wrong with the application, and where its log is.',
  ],
])('the fault %s is explained', async (fault, hint) => {
  await using home = await porticoHome(() => here)
  await using server = await scriptedServer(async (peer) => {
    await preamble(peer)
    peer.write(encodeFault(fault))
    peer.socket.end()
  })
  const { text, succeeded } = await shown(urlOf(server.port), { home: home.path })
  expect(text).toBe(`1: warm  fault ${fault} instead of the acknowledgement
   ${faultMeanings[fault]}
   ${hint}`)
  expect(succeeded).toBe(false)
})

test('what was explained is not explained again for the next connection', async () => {
  await using home = await porticoHome(() => here)
  await using server = await scriptedServer(async (peer, n) => {
    if (n === 3) return echo(peer)
    await preamble(peer)
    peer.write(encodeFault('EndpointNotFound'))
    peer.socket.end()
  })
  const { lines } = await shown(urlOf(server.port), { count: 3, home: home.path })
  expect(lines[3]).toBe('2: warm  fault EndpointNotFound instead of the acknowledgement')
  expect(lines[4]).toMatch(/^3: warm {2}ack/)
  expect(lines[5]).toBe('1 of 3 connections got a reply')
})

test('a fault that nobody specified is shown with its URI', async () => {
  await using server = await scriptedServer(async (peer) => {
    await preamble(peer)
    peer.write(Buffer.from('\x08\x0curn:x:broken', 'latin1'))
    peer.socket.end()
  })
  const { text } = await shown(urlOf(server.port))
  expect(text).toContain('fault urn:x:broken instead of the acknowledgement')
  expect(text).toContain('the peer answered with the fault urn:x:broken')
})

test('a fault instead of the reply says that the acknowledgement had come', async () => {
  await using server = await scriptedServer(async (peer) => {
    await preamble(peer)
    peer.write(preambleAck)
    await request(peer)
    peer.write(encodeFault('MaxMessageSizeExceededFault'))
    peer.socket.end()
  })
  const { text } = await shown(urlOf(server.port))
  expect(text).toMatch(/ack # ms {2}fault MaxMessageSizeExceededFault instead of the reply\n/)
  expect(text).toContain("Raise maxReceivedMessageSize of the service's binding.")
})

test('a server that closes before the acknowledgement gives its likely reasons', async () => {
  await using server = await scriptedServer(async (peer) => {
    await preamble(peer)
    peer.socket.end()
  })
  const { text, succeeded } = await shown(urlOf(server.port))
  expect(text).toContain(`closed instead of the acknowledgement
   the server closed the connection without a byte: too many connections wait, it shuts down, or it takes no net.tcp
   On the server, portico status counts the connections it closed; its log says why.`)
  expect(succeeded).toBe(false)
})

test('a server that closes within a fault has said something', async () => {
  await using server = await scriptedServer(async (peer) => {
    await preamble(peer)
    peer.write(encodeFault('EndpointNotFound').subarray(0, 10))
    peer.socket.end()
  })
  expect((await shown(urlOf(server.port))).text).toContain(
    'the server closed the connection in the middle of its answer',
  )
})

test('a connection that is reset before the acknowledgement is told from one that is closed', async () => {
  await using server = await scriptedServer(async (peer) => {
    await preamble(peer)
    peer.socket.resetAndDestroy()
  })
  const { text } = await shown(urlOf(server.port))
  expect(text).toContain('broken before the acknowledgement (ECONNRESET)')
  expect(text).toContain('the server cut the connection without a byte')
})

test.each([
  ['closed', 'closed instead of the reply', (peer: { end(): unknown }) => peer.end()],
  ['reset', 'broken before the reply (ECONNRESET)', (peer: { resetAndDestroy(): unknown }) => peer.resetAndDestroy()],
] as const)('a connection that is %s after the acknowledgement points to the log', async (_, says, break_) => {
  await using server = await scriptedServer(async (peer) => {
    await preamble(peer)
    peer.write(preambleAck)
    await request(peer)
    break_(peer.socket)
  })
  const { text } = await shown(urlOf(server.port))
  expect(text).toContain(says)
  expect(text).toContain('after the acknowledgement, without a reply\n   On the server, portico status shows what went')
})

test('a server that acknowledges and closes at once has closed, whatever the probe wrote then', async () => {
  await using server = await scriptedServer(async (peer) => {
    await preamble(peer)
    peer.socket.end(preambleAck)
  })
  const { text } = await shown(urlOf(server.port))
  expect(text).toMatch(/ack # ms {2}closed instead of the reply\n/)
})

test.each([
  ['is kept', 1000],
  ['is only counted', 100_000_000],
])('a server that closes within a reply that %s gave none', async (_, size) => {
  await using server = await scriptedServer(async (peer) => {
    await preamble(peer)
    peer.write(preambleAck)
    await request(peer)
    peer.write(sizedEnvelopeHeader(size), Buffer.alloc(500))
    peer.socket.end()
  })
  const { text, succeeded } = await shown(urlOf(server.port))
  expect(text).toContain('closed instead of the reply')
  expect(succeeded).toBe(false)
})

test('a session that ends without a reply is no reply', async () => {
  await using server = await scriptedServer(async (peer) => {
    await preamble(peer)
    peer.write(preambleAck, end)
  })
  const { text, succeeded } = await shown(urlOf(server.port))
  expect(text).toContain(
    'session ended instead of the reply\n   the service took the session and ended it without a reply',
  )
  expect(succeeded).toBe(false)
})

test('an HTTP server is recognised', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const { text } = await shown(urlOf(port))
  server.close()
  expect(text).toContain('no net.tcp framing instead of the acknowledgement')
  expect(text).toContain('the server does not speak net.tcp: it looks like HTTP')
  expect(text).toContain(`Check the port: ${port} belongs to something else.`)
})

test.each([
  ['SSH', 'SSH-2.0-x\r\n'],
  ['TLS', '\x15\x03\x01\x00\x02\x02\x46'],
])('a server that speaks %s is recognised', async (protocol, says) => {
  await using server = await scriptedServer((peer) => peer.write(Buffer.from(says, 'latin1')))
  expect((await shown(urlOf(server.port))).text).toContain(`it looks like ${protocol}\n`)
})

test('other bytes are shown as the decoder found them', async () => {
  await using server = await scriptedServer((peer) => peer.write(Buffer.from([0x2a])))
  const { text } = await shown(urlOf(server.port))
  expect(text).toContain('the server does not speak net.tcp\n')
  expect(text).toContain('the byte 2a came')
})

/** A port on which nothing listens. */
async function freePort(): Promise<number> {
  await using server = await scriptedServer(() => {})
  return server.port
}

test('a port on which nothing listens is told from one that refuses', async () => {
  const port = await freePort()
  const { text, succeeded } = await shown(urlOf(port))
  expect(text).toBe(`1: no connection (ECONNREFUSED)
   nothing listens on port ${port} of 127.0.0.1
   On the server, portico status shows what listens; portico serve starts it.`)
  expect(succeeded).toBe(false)
})

test('a name that refuses at each of its addresses is one refusal', async () => {
  const { lines } = await shown(`net.tcp://localhost:${await freePort()}/echo`, { json: true })
  const { outcome, meaning, error, coldUnknown } = JSON.parse(lines[0] ?? '') as Record<string, unknown>
  expect(outcome).toBe('unreachable')
  expect(meaning).toMatch(/^nothing listens on port \d+ of localhost$/)
  expect(error).toMatch(/^connect ECONNREFUSED/)
  expect(coldUnknown).toBe('there was no connection')
})

test('a host that does not exist is told by its name', async () => {
  const { text } = await shown('net.tcp://no-such-host.invalid:8808/echo')
  expect(text).toMatch(
    /^1: no connection \((ENOTFOUND|EAI_AGAIN)\)\n {3}the name no-such-host.invalid has no address\n/,
  )
})
