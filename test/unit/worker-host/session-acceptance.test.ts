/** What a client gets before its session is open: the acknowledgement, or a fault; and what is too large. */
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { encodeSizedEnvelope, encodeUpgradeRequest } from '#framing/envelopes.ts'
import { encodeFault } from '#framing/faults.ts'
import type { Session } from '#worker-host/application.ts'
import { hex } from '../../support/bytes.ts'
import { acceptTimeLimit, duplex, echo, serving } from './serving.ts'

const preambleEnd = hex('0c')
const end = hex('07')
const ack = hex('0b')
const envelope = (text: string) => encodeSizedEnvelope(Buffer.from(text))

function error(code: string) {
  return { error: expect.objectContaining({ code }) }
}

describe('the acknowledgement', () => {
  test.each<[string, (session: Session) => unknown]>([
    ['accepts', (session) => session.accept()],
    ['asks for an envelope', (session) => session[Symbol.asyncIterator]().next()],
    ['sends', (session) => session.send(Buffer.from('x'))],
  ])('goes out when the application %s, and once', async (_, first) => {
    const { client } = await serving(async (session) => {
      await Promise.all([first(session), session.accept(), session.accept()])
    })
    client.write(duplex, preambleEnd, envelope('q'), end)
    client.socket.end()
    const answer = await client.readAll()
    expect(answer[0]).toBe(0x0b)
    expect(answer.subarray(1).includes(0x0b)).toBe(false)
  })

  test('waits for the end of the preamble', async () => {
    const called = Promise.withResolvers<void>()
    const { client, server } = await serving((session) => {
      called.resolve()
      return echo(session)
    })
    client.write(duplex)
    await called.promise
    await new Promise(setImmediate)
    expect(server.bytesWritten).toBe(0)
    client.write(preambleEnd)
    expect(await client.read(1)).toEqual(ack)
  })

  test('stays out and the client gets ServiceActivationFailed when the application takes too long', async () => {
    const called = Promise.withResolvers<void>()
    const { client, clock, over } = await serving((session) => {
      called.resolve()
      return once(session.signal, 'abort')
    })
    client.write(duplex, preambleEnd)
    await called.promise
    clock.turn(acceptTimeLimit)
    expect(await client.readAll()).toEqual(encodeFault('ServiceActivationFailed'))
    client.socket.end()
    expect(await over).toEqual(error('SESSION_NOT_ACCEPTED'))
  })

  test('stays out and the client gets ServiceActivationFailed when the handler returns without accepting', async () => {
    const { client, server, over } = await serving(() => {})
    client.write(duplex, preambleEnd)
    expect(await client.readAll()).toEqual(encodeFault('ServiceActivationFailed'))
    expect(server.destroyed, 'the server waits for the client to close first').toBe(false)
    client.socket.end()
    expect(await over).toEqual(error('SESSION_NOT_ACCEPTED'))
  })

  test('is not waited for longer than channelInitializationTimeout when the client does not end its preamble', async () => {
    const accepts = Promise.withResolvers<void>()
    const { client, clock, server, over } = await serving(
      (session) => {
        accepts.resolve()
        return echo(session)
      },
      { settings: { channelInitializationTimeout: acceptTimeLimit * 2 } },
    )
    client.write(duplex)
    await accepts.promise
    clock.turn(acceptTimeLimit * 2 - 1)
    await new Promise(setImmediate)
    expect(server.destroyed, 'the time of the application to accept is no matter any more').toBe(false)
    clock.turn(1)
    expect(await client.readAll()).toHaveLength(0)
    expect(await over).toEqual(error('PREAMBLE_TIMED_OUT'))
  })

  test('is UpgradeInvalid when the client asks for an upgrade', async () => {
    const { client, over } = await serving(echo)
    client.write(duplex, encodeUpgradeRequest('application/negotiate'))
    expect(await client.readAll()).toEqual(encodeFault('UpgradeInvalid'))
    client.socket.end()
    expect(await over).toEqual(error('UPGRADE_NOT_OFFERED'))
  })

  test('comes after the content type: the application refuses it before the upgrade is judged', async () => {
    const { client, over } = await serving((session) => session.refuse('ContentTypeInvalid'))
    client.write(duplex, encodeUpgradeRequest('x/y'))
    expect(await client.readAll()).toEqual(encodeFault('ContentTypeInvalid'))
    client.socket.end()
    expect(await over).toEqual({ sessions: 1, why: 'refused' })
  })

  test('can not be taken back by a refusal', async () => {
    const refused = Promise.withResolvers<unknown>()
    const { client } = await serving(async (session) => {
      await session.accept()
      await session.refuse('EndpointNotFound').catch(refused.resolve)
    })
    client.write(duplex, preambleEnd, end)
    expect(await refused.promise).toMatchObject({ code: 'SESSION_MISUSED' })
    expect(await client.read(2)).toEqual(Buffer.concat([ack, end]))
  })
})

test('the first preamble has channelInitializationTimeout to be complete', async () => {
  const { client, clock, server, over } = await serving(echo, { settings: { channelInitializationTimeout: 300 } })
  client.write(duplex.subarray(0, 20))
  await clock.whenSet(300)
  clock.turn(299)
  expect(server.destroyed).toBe(false)
  clock.turn(1)
  expect(await client.readAll()).toHaveLength(0)
  expect(await over).toEqual(error('PREAMBLE_TIMED_OUT'))
})

describe('a fault', () => {
  test('is read by a client that had already sent its envelopes', async () => {
    const { client, over } = await serving((session) => session.refuse('EndpointNotFound'))
    client.write(duplex, preambleEnd, envelope('x'.repeat(30_000)))
    expect(await client.readAll()).toEqual(encodeFault('EndpointNotFound'))
    client.write(envelope('y'.repeat(10_000)))
    client.socket.end()
    expect(await over).toEqual({ sessions: 1, why: 'refused' })
  })

  test('is followed by the close when the client sends more than is discarded', async () => {
    const { client, over } = await serving((session) => session.refuse('EndpointNotFound'))
    client.write(duplex, preambleEnd, envelope('x'.repeat(200_000)))
    expect(await over).toEqual({ sessions: 1, why: 'refused' })
  })

  test('is followed by the close when the client leaves its side open for too long', async () => {
    const { client, clock, over } = await serving((session) => session.refuse('EndpointNotFound'), {
      closeTimeLimit: 700,
    })
    client.write(duplex, preambleEnd)
    expect(await client.readAll()).toEqual(encodeFault('EndpointNotFound'))
    await clock.whenSet(700)
    clock.turn(700)
    expect(await over).toEqual({ sessions: 1, why: 'refused' })
  })
})

describe('an envelope over the size limit', () => {
  test('is refused when its size is announced, before its content has come', async () => {
    const { client, over } = await serving(echo, { maxReceivedMessageSize: 100 })
    client.write(duplex, preambleEnd, hex('06 65'))
    expect(await client.readAll()).toEqual(Buffer.concat([ack, encodeFault('MaxMessageSizeExceededFault')]))
    client.socket.end()
    expect(await over).toEqual(error('MESSAGE_TOO_LARGE'))
  })

  test('of just the limit is taken, and the limit is 65536 unless said otherwise', async () => {
    const { client } = await serving(echo)
    client.write(duplex, preambleEnd, envelope('x'.repeat(65_536)))
    expect((await client.read(1 + 65_540)).length).toBe(65_541)
    client.write(hex('06 81 80 04'))
    expect(await client.readAll()).toEqual(encodeFault('MaxMessageSizeExceededFault'))
  })
})
