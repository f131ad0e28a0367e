/** Connections between two sessions: how long they are kept, and how many at the same time. */
import { describe, expect, test } from 'vitest'
import { effectiveSettings } from '#binding/settings.ts'
import { encodeSizedEnvelope } from '#framing/envelopes.ts'
import { Transport } from '#worker-host/transport.ts'
import { hex } from '../../support/bytes.ts'
import { duplex, echo, type Serving, serving } from './serving.ts'

const hello = encodeSizedEnvelope(Buffer.from('hello'))
const whole = Buffer.concat([duplex, hex('0c'), hello, hex('07')])
const answer = Buffer.concat([hex('0b'), hello, hex('07')])

async function oneSession({ client }: Serving): Promise<void> {
  client.write(whole)
  expect(await client.read(answer.length)).toEqual(answer)
}

describe('maxOutboundConnectionsPerEndpoint', () => {
  /** Connections of one application, which keeps one at a time. */
  async function two() {
    const transport = new Transport()
    transport.use(effectiveSettings({ maxOutboundConnectionsPerEndpoint: 1 }))
    const kept = await serving(echo, { transport })
    await oneSession(kept)
    await kept.clock.whenSet(120_000)
    return { kept, surplus: await serving(echo, { transport }) }
  }

  test('closes a connection at the end of its session when that many are kept already', async () => {
    const { kept, surplus } = await two()
    await oneSession(surplus)
    expect(await surplus.client.readAll()).toHaveLength(0)
    expect(await surplus.over).toEqual({ sessions: 1, why: 'notKept' })
    await oneSession(kept)
  })

  test('counts only connections between two sessions', async () => {
    const { kept, surplus } = await two()
    kept.client.write(duplex, hex('0c'))
    expect(await kept.client.read(1)).toEqual(hex('0b'))
    await oneSession(surplus)
    await oneSession(surplus)
  })

  test('has room again when a kept connection is over', async () => {
    const { kept, surplus } = await two()
    kept.client.socket.end()
    await kept.over
    await oneSession(surplus)
    await oneSession(surplus)
  })

  test('of zero keeps none', async () => {
    const served = await serving(echo, { settings: { maxOutboundConnectionsPerEndpoint: 0 } })
    await oneSession(served)
    expect(await served.client.readAll()).toHaveLength(0)
    expect(await served.over).toEqual({ sessions: 1, why: 'notKept' })
  })
})

describe('idleTimeout', () => {
  test('closes a connection that has no next session by then', async () => {
    const served = await serving(echo, { settings: { idleTimeout: 400 } })
    await oneSession(served)
    await served.clock.whenSet(400)
    served.clock.turn(399)
    await oneSession(served)
    await served.clock.whenSet(400)
    served.clock.turn(400)
    expect(await served.client.readAll()).toHaveLength(0)
    expect(await served.over).toEqual({ sessions: 2, why: 'idle' })
  })
})
