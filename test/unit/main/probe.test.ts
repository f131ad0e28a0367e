/** What `portico probe` shows of a service that answers. */
import { expect, test } from 'vitest'
import type { RouteStatus } from '#admin/status.ts'
import { encodeSizedEnvelope, end, preambleAck, sizedEnvelopeHeader } from '#framing/envelopes.ts'
import { encodeFault } from '#framing/faults.ts'
import { scriptedServer } from '../../support/scripted-server.ts'
import { echo, porticoHome, preamble, preambleFor, request, requestFor, shown, urlOf } from './probe-servers.ts'

const route = (active: boolean, application: string | undefined = '/echo'): RouteStatus => ({
  application,
  pool: 'DefaultAppPool',
  active,
})

test('an inactive application is shown as cold, an active one as warm', async () => {
  const asked: string[] = []
  await using home = await porticoHome((via) => route(asked.push(via) > 1))
  await using server = await scriptedServer(echo)
  const url = urlOf(server.port)
  const { succeeded, text } = await shown(url, { count: 2, home: home.path })
  const size = requestFor(url).length - 3
  expect(text).toBe(
    `1: cold  ack # ms  reply # ms  (${size} bytes back)
2: warm  ack # ms  reply # ms  (${size} bytes back)
2 of 2 connections got a reply
ack    median # ms  p99 # ms  max # ms
reply  median # ms  p99 # ms  max # ms`,
  )
  expect(succeeded).toBe(true)
  expect(asked).toEqual([url, url])
})

test('the server gets the preamble, after its acknowledgement the message, after its reply the end', async () => {
  const got: Buffer[] = []
  const closed = Promise.withResolvers<Buffer>()
  await using server = await scriptedServer(async (peer) => {
    got.push(await preamble(peer))
    peer.write(preambleAck)
    got.push(await request(peer))
    peer.write(encodeSizedEnvelope(Buffer.from('reply')))
    got.push(await peer.read(1))
    peer.write(end)
    closed.resolve(await peer.readAll())
  })
  const url = urlOf(server.port)
  expect((await shown(url)).succeeded).toBe(true)
  expect(got[0]).toEqual(preambleFor(url))
  expect(got[1]?.length).toBe(requestFor(url).length)
  expect(got[1]?.includes(url)).toBe(true)
  expect(got.slice(2)).toEqual([end])
  expect(await closed.promise).toHaveLength(0)
})

test('without a running Portico the state before is unknown, and the reason is told once', async () => {
  await using home = await porticoHome()
  await using server = await scriptedServer(echo)
  const { text } = await shown(urlOf(server.port), { count: 2, home: home.path })
  expect(text).toContain('1: unknown (no portico serve runs with the home HOME)  ack # ms')
  expect(text).toContain('2: unknown  ack # ms')
})

test('an address that this Portico does not serve is neither cold nor warm', async () => {
  await using home = await porticoHome(() => ({ application: undefined, pool: undefined, active: false }))
  await using server = await scriptedServer(echo)
  const { text } = await shown(urlOf(server.port), { home: home.path })
  expect(text).toContain('1: unknown (no application of this Portico has the address)  ack # ms')
})

test('a reply and an end that arrive byte by byte are read whole', async () => {
  const reply = Buffer.concat([encodeSizedEnvelope(Buffer.alloc(200)), end])
  await using server = await scriptedServer(async (peer) => {
    await preamble(peer)
    peer.write(preambleAck)
    await request(peer)
    for (const byte of reply) await new Promise((sent) => peer.socket.write(Buffer.from([byte]), sent))
  })
  const { text, succeeded } = await shown(urlOf(server.port))
  expect(text).toMatch(/reply # ms {2}\(200 bytes back\)$/)
  expect(succeeded).toBe(true)
})

test('messages that follow the reply are passed over', async () => {
  await using server = await scriptedServer(async (peer) => {
    await preamble(peer)
    peer.write(preambleAck)
    await request(peer)
    peer.write(encodeSizedEnvelope(Buffer.alloc(5)), encodeSizedEnvelope(Buffer.alloc(70_000)), end)
  })
  expect((await shown(urlOf(server.port))).text).toMatch(/\(5 bytes back\)$/)
})

test('a session that does not end in order is shown, and the reply counts', async () => {
  await using server = await scriptedServer(async (peer) => {
    await preamble(peer)
    peer.write(preambleAck)
    await request(peer)
    peer.write(encodeSizedEnvelope(Buffer.alloc(5)))
    await peer.read(1)
    peer.socket.end()
  })
  const { text, succeeded } = await shown(urlOf(server.port))
  expect(text).toMatch(/\(5 bytes back\)\n {3}the server closed without ending the session$/)
  expect(succeeded).toBe(true)
})

test('IPv6 addresses and names work', async () => {
  await using server = await scriptedServer(async (peer) => {
    const via = `net.tcp://[::1]:${peer.socket.localPort}/echo`
    await peer.read(preambleFor(via).length)
    peer.write(preambleAck)
    await peer.read(requestFor(via).length)
    peer.write(encodeSizedEnvelope(Buffer.alloc(5)), end)
  }, '::1')
  expect((await shown(`net.tcp://[::1]:${server.port}/echo`)).succeeded).toBe(true)
})

test('a name is tried with each of its addresses', async () => {
  await using server = await scriptedServer(async (peer) => {
    const via = `net.tcp://localhost:${peer.socket.localPort}/echo`
    await peer.read(preambleFor(via).length)
    peer.write(preambleAck)
    await peer.read(requestFor(via).length)
    peer.write(encodeSizedEnvelope(Buffer.alloc(5)), end)
  })
  expect((await shown(`net.tcp://localhost:${server.port}/echo`)).succeeded).toBe(true)
})

test('with --json each connection is a line with the same keys', async () => {
  await using home = await porticoHome(() => route(false))
  await using server = await scriptedServer(async (peer, n) => {
    if (n === 1) return echo(peer)
    await preamble(peer)
    peer.write(encodeFault('EndpointUnavailable'))
    peer.socket.end()
  })
  const url = urlOf(server.port)
  const { lines, succeeded } = await shown(url, { count: 2, json: true, home: home.path })
  const objects = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  expect(objects).toEqual([
    {
      n: 1,
      outcome: 'replied',
      cold: true,
      coldUnknown: null,
      connectMs: expect.any(Number),
      ackMs: expect.any(Number),
      replyMs: expect.any(Number),
      replyBytes: requestFor(url).length - 3,
      fault: null,
      meaning: null,
      error: null,
      journey: null,
      journeyUnknown: null,
    },
    {
      n: 2,
      outcome: 'fault',
      cold: true,
      coldUnknown: null,
      connectMs: expect.any(Number),
      ackMs: null,
      replyMs: null,
      replyBytes: null,
      fault: 'EndpointUnavailable',
      meaning: 'the address is known but takes no connection now: its application or pool is stopped',
      error: null,
      journey: null,
      journeyUnknown: null,
    },
  ])
  expect(objects.map((object) => Object.keys(object).join())).toEqual([
    'n,outcome,cold,coldUnknown,connectMs,ackMs,replyMs,replyBytes,fault,meaning,error,journey,journeyUnknown',
    'n,outcome,cold,coldUnknown,connectMs,ackMs,replyMs,replyBytes,fault,meaning,error,journey,journeyUnknown',
  ])
  expect(succeeded).toBe(false)
})

test('a reply over 16 MB is counted', async () => {
  const size = 17 * 1024 * 1024
  await using server = await scriptedServer(async (peer) => {
    await preamble(peer)
    peer.write(preambleAck)
    await request(peer)
    peer.write(sizedEnvelopeHeader(size), Buffer.alloc(size), end)
  })
  const { text, succeeded } = await shown(urlOf(server.port))
  expect(text).toMatch(new RegExp(`\\(${size} bytes back\\)$`))
  expect(succeeded).toBe(true)
})
