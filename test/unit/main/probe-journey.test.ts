/** `portico probe --journey`: what is asked when, and what a person reads. */
import { expect, test } from 'vitest'
import type { AdminActions, JourneyWatch } from '#admin/admin-server.ts'
import type { ConnectionEnds, JourneyAnswer, JourneyStatus } from '#admin/journey.ts'
import { preambleAck } from '#framing/envelopes.ts'
import { probeOnce } from '#main/probe-client.ts'
import { journeyLines } from '#main/probe-journey.ts'
import { probeTarget } from '#main/probe-target.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { scriptedServer } from '../../support/scripted-server.ts'
import { echo, porticoHome, preamble, shown, urlOf } from './probe-servers.ts'

const warm = () => ({ application: '/echo', pool: 'DefaultAppPool', active: true })

const journey: JourneyStatus = {
  connection: 7,
  found: 'cold',
  pool: 'Orders',
  worker: 'Orders-1a2b3c4d',
  refused: null,
  ended: true,
  steps: [
    { step: 'accepted', afterMs: 0, tookMs: 0 },
    { step: 'loaded', afterMs: 61.2, tookMs: 61.2 },
  ],
}

/** Answers every question with the same. */
function answering(answer: JourneyAnswer) {
  const asked: ConnectionEnds[] = []
  const open = new Set<ConnectionEnds>()
  const watch: AdminActions['journey'] = (ends): JourneyWatch => {
    asked.push(ends)
    open.add(ends)
    return { told: async () => answer, [Symbol.dispose]: () => void open.delete(ends) }
  }
  return { asked, open, watch }
}

test('Portico is asked for exactly this connection before a byte is sent, and no longer than until it is over', async () => {
  const { asked, open, watch } = answering({ known: true, ...journey })
  await using home = await porticoHome(warm, watch)
  const ports: (number | undefined)[] = []
  await using server = await scriptedServer(async (peer) => {
    await peer.read(1).then((first) => peer.socket.unshift(first))
    expect(open.size).toBe(1)
    ports.push(peer.socket.remotePort)
    await echo(peer)
  })
  const { text, succeeded } = await shown(urlOf(server.port), { count: 2, journey: true, home: home.path })
  expect(succeeded).toBe(true)
  expect(asked).toEqual(ports.map((port) => ({ address: '127.0.0.1', port, to: server.port })))
  expect(text.match(/journey of connection 7/g)).toHaveLength(2)
  await expect.poll(() => open.size).toBe(0)
})

test('the steps stand below the line of the connection, each with the time since the accept and its own', () => {
  expect(journeyLines({ is: 'known', journey })).toEqual([
    'journey of connection 7, cold: no worker process was there, and one was launched for it, worker process Orders-1a2b3c4d in pool Orders',
    '      0.00 ms     +0.00  accepted',
    '     61.20 ms    +61.20  loaded',
  ])
})

test('a connection that nobody took, and one whose way had not ended, say so', () => {
  const nobody = { ...journey, found: null, pool: null, worker: null, steps: [] }
  expect(journeyLines({ is: 'known', journey: { ...nobody, refused: 'NO_APPLICATION' } })).toEqual([
    'journey of connection 7',
    'nobody took it: NO_APPLICATION',
  ])
  expect(journeyLines({ is: 'known', journey: { ...nobody, ended: false } })).toEqual([
    'journey of connection 7',
    'it was still under way when the call was over',
  ])
})

test('with --json the journey is a key of the connection', async () => {
  await using home = await porticoHome(warm, answering({ known: true, ...journey }).watch)
  await using server = await scriptedServer(echo)
  const { lines } = await shown(urlOf(server.port), { json: true, journey: true, home: home.path })
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ outcome: 'replied', journey, journeyUnknown: null })
})

test('a Portico that did not get the connection is told from one that does not run; the call is what it was', async () => {
  await using home = await porticoHome(warm, answering({ known: false }).watch)
  await using server = await scriptedServer(echo)
  const of = (path: string) => shown(urlOf(server.port), { journey: true, home: path })
  const [other, none] = [await of(home.path), await of('/nowhere')]
  expect(other.text).toContain('\n   its journey is unknown: the Portico of the home HOME did not get it')
  expect(none.text).toContain('\n   its journey is unknown: no portico serve runs with the home HOME')
  expect([other.succeeded, none.succeeded]).toEqual([true, true])
})

test('a Portico that follows too many journeys gives none, and says nothing false', async () => {
  await using home = await porticoHome(warm, () => undefined)
  await using server = await scriptedServer(echo)
  const { text, succeeded } = await shown(urlOf(server.port), { journey: true, home: home.path })
  expect(text).toContain('its journey is unknown: portico serve gave no answer that says it')
  expect(succeeded).toBe(true)
})

test('the time that the question takes is not that of the call', async () => {
  const clock = new ManualClock()
  await using server = await scriptedServer(async (peer) => {
    await preamble(peer)
    clock.turn(4)
    peer.socket.end(preambleAck)
  })
  const target = probeTarget(urlOf(server.port))
  if (!target) throw new Error('it is an address')
  const connected = async () => {
    await new Promise(setImmediate)
    clock.turn(100)
  }
  const { ackMs } = await probeOnce(target, { clock, connected }, new AbortController().signal)
  expect(ackMs).toBe(4)
})
