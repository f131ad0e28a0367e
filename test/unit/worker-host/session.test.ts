/** Duplex sessions over a real socket, as clients and applications see them. */
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { encodeSizedEnvelope } from '#framing/envelopes.ts'
import { encodeFault } from '#framing/faults.ts'
import { captured, hex } from '../../support/bytes.ts'
import { duplex, echo, serving, via } from './serving.ts'

const preambleEnd = hex('0c')
const end = hex('07')
const ack = hex('0b')
const envelope = (text: string) => encodeSizedEnvelope(Buffer.from(text))

function error(code: string) {
  return { error: expect.objectContaining({ code }) }
}

describe('a duplex session', () => {
  test('is acknowledged, answers its envelopes and ends when the client has ended it', async () => {
    const { client, over } = await serving(echo)
    client.write(duplex, preambleEnd)
    expect(await client.read(1)).toEqual(ack)
    client.write(envelope('one'), envelope('two'))
    expect(await client.read(10)).toEqual(Buffer.concat([envelope('one'), envelope('two')]))
    client.write(end)
    expect(await client.read(1)).toEqual(end)
    client.socket.end()
    expect(await over).toEqual({ sessions: 1, why: 'clientClosed' })
  })

  test('knows mode, via and encoding before it is acknowledged', async () => {
    const seen: unknown[] = []
    const { client, over } = await serving(async (session) => {
      seen.push(session.mode, session.via, session.contentType)
      await session.refuse('ServerTooBusy')
    })
    client.write(duplex)
    client.socket.end()
    expect(await client.readAll()).toEqual(encodeFault('ServerTooBusy'))
    await over
    expect(seen).toEqual(['duplex', via, 'application/soap+msbinsession1'])
  })

  test('goes on when its bytes come one at a time', async () => {
    const { client, over } = await serving(echo)
    client.socket.setNoDelay(true)
    for (const byte of Buffer.concat([duplex, preambleEnd, envelope('hello'), end])) {
      client.write(Uint8Array.of(byte))
      await new Promise(setImmediate)
    }
    expect(await client.read(9)).toEqual(Buffer.concat([ack, envelope('hello'), end]))
    client.socket.end()
    expect(await over).toMatchObject({ why: 'clientClosed' })
  })

  test('is served whole when the client says everything at once, closes, and the application is slow', async () => {
    const mayGoOn = Promise.withResolvers<void>()
    const { client, server, over } = await serving(async (session) => {
      await mayGoOn.promise
      await echo(session)
    })
    client.write(duplex, preambleEnd, envelope('hello'), end)
    client.socket.end()
    await once(server, 'end')
    mayGoOn.resolve()
    expect(await client.readAll()).toEqual(Buffer.concat([ack, envelope('hello'), end]))
    expect(await over).toEqual({ sessions: 1, why: 'clientClosed' })
  })

  test('goes on with what has come when the client has closed while the application is busy', async () => {
    const got: string[] = []
    const mayGoOn = Promise.withResolvers<void>()
    const { client, server, over } = await serving(async (session) => {
      for await (const one of session) {
        got.push(`${one}`)
        await mayGoOn.promise
      }
    })
    client.write(duplex, preambleEnd, envelope('a'), envelope('b'), end)
    client.socket.end()
    await once(server, 'end')
    mayGoOn.resolve()
    expect(await over).toEqual({ sessions: 1, why: 'clientClosed' })
    expect(got).toEqual(['a', 'b'])
  })

  test('still answers a client that has closed its side after its End', async () => {
    const { client, server } = await serving(async (session) => {
      const seen = once(server, 'end')
      for await (const _ of session);
      await seen
      await session.send(Buffer.from('late'))
    })
    client.write(duplex, preambleEnd, end)
    client.socket.end()
    expect(await client.readAll()).toEqual(Buffer.concat([ack, envelope('late'), end]))
  })

  test('sends of its own accord, large and small, in the order of the calls', async () => {
    const large = Buffer.alloc(300_000, 7)
    const { client, over } = await serving(async (session) => {
      await Promise.all([session.send(Buffer.from('a')), session.send(large), session.send(Buffer.from('b'))])
      for await (const _ of session);
    })
    client.write(duplex, preambleEnd, end)
    const expected = Buffer.concat([ack, envelope('a'), encodeSizedEnvelope(large), envelope('b'), end])
    expect((await client.read(expected.length)).equals(expected)).toBe(true)
    client.socket.end()
    expect(await over).toMatchObject({ why: 'clientClosed' })
  })

  test('goes on in another loop where the first was left', async () => {
    const got: string[] = []
    const { client } = await serving(async (session) => {
      for await (const one of session) {
        got.push(`first ${one}`)
        break
      }
      for await (const one of session) got.push(`second ${one}`)
    })
    client.write(duplex, preambleEnd, envelope('a'), envelope('b'), end)
    expect(await client.read(2)).toEqual(Buffer.concat([ack, end]))
    expect(got).toEqual(['first a', 'second b'])
  })

  test('gives each envelope once to loops that run at the same time', async () => {
    const got: string[] = []
    const { client } = await serving(async (session) => {
      const loop = async () => {
        for await (const one of session) got.push(`${one}`)
      }
      await Promise.all([loop(), loop()])
    })
    client.write(duplex, preambleEnd)
    expect(await client.read(1)).toEqual(ack)
    client.write(envelope('a'), envelope('b'), envelope('c'), end)
    expect(await client.read(1)).toEqual(end)
    expect(got).toEqual(['a', 'b', 'c'])
  })

  test.each(['echo', 'echo3-keepopen', 'soapfault', 'length-3000'] as const)(
    'takes what a real client sent in the captured exchange %s',
    async (name) => {
      const { client } = await serving(echo)
      client.write(captured(name, 'client'))
      const expected = Buffer.concat([ack, captured(name, 'client').subarray(39)])
      expect(await client.read(expected.length)).toEqual(expected)
    },
  )
})

describe('the end', () => {
  test('is said by the server first when the handler returns first, and what still comes is discarded', async () => {
    const { client, over } = await serving((session) => session.accept())
    client.write(duplex, preambleEnd)
    expect(await client.read(2)).toEqual(Buffer.concat([ack, end]))
    client.write(envelope('late'), end)
    client.socket.end()
    expect(await over).toEqual({ sessions: 1, why: 'clientClosed' })
  })

  test('is not waited for without limit of bytes', async () => {
    const { client, over } = await serving((session) => session.accept())
    client.write(duplex, preambleEnd, envelope('x'.repeat(60_000)), envelope('x'.repeat(6_000)))
    expect(await over).toEqual(error('SESSION_NOT_ENDED'))
  })

  test('is not waited for without limit of time', async () => {
    const { client, clock, over } = await serving((session) => session.accept(), { closeTimeLimit: 900 })
    client.write(duplex, preambleEnd)
    expect(await client.read(2)).toEqual(Buffer.concat([ack, end]))
    await clock.whenSet(900)
    clock.turn(900)
    expect(await over).toEqual(error('SESSION_NOT_ENDED'))
  })

  test('may be missing when the client closes after the server’s', async () => {
    const { client, over } = await serving((session) => session.accept())
    client.write(duplex, preambleEnd)
    expect(await client.read(2)).toEqual(Buffer.concat([ack, end]))
    client.socket.end()
    expect(await over).toEqual({ sessions: 1, why: 'clientClosed' })
  })

  test('comes after a reply that the handler did not wait for', async () => {
    const { client } = await serving((session) => {
      session.send(Buffer.from('late'))
      return session.accept()
    })
    client.write(duplex, preambleEnd)
    expect(await client.read(8)).toEqual(Buffer.concat([ack, envelope('late'), end]))
  })
})

describe('back-pressure', () => {
  test('leaves the client’s bytes in the network while the application asks for nothing', async () => {
    const mayGoOn = Promise.withResolvers<void>()
    let count = 0
    const { client, server } = await serving(async (session) => {
      await session.accept()
      await mayGoOn.promise
      for await (const _ of session) count += 1
    })
    client.write(duplex, preambleEnd)
    expect(await client.read(1)).toEqual(ack)
    const one = envelope('x'.repeat(60_000))
    const total = 200
    for (let sent = 0; sent < total; sent += 1) client.socket.write(one)
    await new Promise(setImmediate)
    while (server.readableLength < server.readableHighWaterMark) await new Promise(setImmediate)
    await new Promise(setImmediate)
    expect(server.bytesRead).toBeLessThan(1_000_000)
    mayGoOn.resolve()
    client.write(end)
    expect(await client.read(1)).toEqual(end)
    expect(count).toBe(total)
  })

  test('holds back an application whose client does not read', async () => {
    let sent = 0
    const { client, server } = await serving(async (session) => {
      for (; sent < 500; sent += 1) await session.send(Buffer.alloc(100_000))
    })
    client.write(duplex, preambleEnd, end)
    client.socket.pause()
    while (!server.writableNeedDrain) await new Promise(setImmediate)
    const stuckAt = sent
    await new Promise(setImmediate)
    expect(sent).toBeLessThan(500)
    expect(server.writableLength).toBeLessThan(300_000)
    client.socket.resume()
    const whole = 2 + 500 * 100_004
    const got = await client.read(whole)
    expect(got.length).toBe(whole)
    expect(sent).toBeGreaterThan(stuckAt)
  })
})
