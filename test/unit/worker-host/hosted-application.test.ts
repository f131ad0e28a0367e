/** One application in this process: what its binding settings do to all of its connections. */
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { socketOf } from '#base/handle.ts'
import { effectiveSettings, type WrittenSettings } from '#binding/settings.ts'
import { chunkHeader } from '#framing/envelopes.ts'
import { HostedApplication } from '#worker-host/hosted-application.ts'
import { Leases } from '#worker-host/leases.ts'
import { hex } from '../../support/bytes.ts'
import { type FramingClient, handleOf, socketPair } from '../../support/framing-client.ts'
import { singleton, via } from './serving.ts'

const endpoint = { address: '127.0.0.1', port: 808 }
const around = {
  pool: 'Pool',
  cache: undefined,
  acceptTimeLimit: 60_000,
  leases: new Leases({ send() {}, emptied() {} }),
  validateRoute: async () => true,
  attribute: <T>(_failed: unknown, work: () => T) => work(),
  failedAfterwards() {},
  serviceTold() {},
}

async function hosted(settings: WrittenSettings) {
  const folder = join(import.meta.dirname, '../../fixtures/apps/tells-pieces')
  const application = await HostedApplication.load({ id: '/app', path: '/app', folder, bases: [] }, around)
  application.transport.use(effectiveSettings(settings))
  return async (): Promise<FramingClient> => {
    const { client, server } = await socketPair()
    const dispatch = { connection: 1, registration: 1, via, remote: endpoint, local: endpoint }
    const served = application.serve((options) => socketOf(handleOf(server), options), dispatch, {
      [Symbol.dispose]() {},
    })
    onTestFinished(async () => {
      client.socket.destroy()
      await served
    })
    return client
  }
}

/** The sizes of the pieces in which an application got 200,000 bytes. */
async function pieces(client: FramingClient): Promise<number[]> {
  client.write(singleton, hex('0c 05'), chunkHeader(200_000), Buffer.alloc(200_000), hex('00 07'))
  expect(await client.read(2)).toEqual(hex('0b 05'))
  let size = 0
  for (let shift = 0, byte = 0x80; byte >= 0x80; shift += 7) {
    byte = (await client.read(1))[0] ?? 0
    size |= (byte & 0x7f) << shift
  }
  const text = await client.read(size + 2) // with the end of the reply and of the session
  return JSON.parse(text.subarray(0, size).toString())
}

describe('the connections of an application', () => {
  test('are read in pieces of connectionBufferSize', async () => {
    const connect = await hosted({ connectionBufferSize: 4096 })
    const sizes = await pieces(await connect())
    expect(sizes.reduce((sum, size) => sum + size)).toBe(200_000)
    // A second read may come before the application asks.
    expect(Math.max(...sizes)).toBeLessThanOrEqual(2 * 4096)
  })

  test('share the count of those that are kept', async () => {
    const connect = await hosted({ maxOutboundConnectionsPerEndpoint: 1 })
    const [kept, surplus] = [await connect(), await connect()]
    await pieces(kept)
    await pieces(kept)
    await pieces(surplus)
    expect(await surplus.readAll()).toHaveLength(0)
    await pieces(kept)
  })
})
