/** Singleton sessions over a real socket: one streamed request, at most one streamed reply. */
import { describe, expect, test } from 'vitest'
import { captured, hex } from '../../support/bytes.ts'
import { echo, serving, singleton } from './serving.ts'

const preambleEnd = hex('0c')
const end = hex('07')
const ack = hex('0b')

function error(code: string) {
  return { error: expect.objectContaining({ code }) }
}

describe('a singleton session', () => {
  const request = hex('05 05 68 65 6c 6c 6f 03 77 6f 72 00 07')

  test('gives its one request whole and sends its one reply in chunks', async () => {
    const got: string[] = []
    const { client } = await serving(async (session) => {
      for await (const one of session) got.push(`${one}`)
      await session.send(
        (async function* () {
          yield Buffer.from('abc')
          yield Buffer.alloc(0)
          yield Buffer.from('de')
        })(),
      )
    })
    client.write(singleton, preambleEnd, request)
    expect(await client.read(11)).toEqual(Buffer.concat([ack, hex('05 03 61 62 63 02 64 65 00 07')]))
    expect(got).toEqual(['hellowor'])
  })

  test('sends a streamed reply to its end although the handler does not wait for it', async () => {
    const { client } = await serving((session) => {
      session.send(
        (async function* () {
          yield Buffer.from('abc')
          await new Promise(setImmediate)
          yield Buffer.from('de')
        })(),
      )
    })
    client.write(singleton, preambleEnd, request)
    expect(await client.read(11)).toEqual(Buffer.concat([ack, hex('05 03 61 62 63 02 64 65 00 07')]))
  })

  test('gives its request in pieces as they come', async () => {
    const pieces: string[] = []
    const { client } = await serving(async (session) => {
      for await (const piece of session.chunks()) pieces.push(`${piece}`)
      await session.send(Buffer.from('hi'))
    })
    client.write(singleton, preambleEnd, request)
    expect(await client.read(7)).toEqual(Buffer.concat([ack, hex('05 02 68 69 00 07')]))
    expect(pieces.join('')).toBe('hellowor')
  })

  test('may have no reply, then only End is written', async () => {
    const { client } = await serving((session) => session.accept())
    client.write(singleton, preambleEnd, request)
    expect(await client.read(2)).toEqual(Buffer.concat([ack, end]))
  })

  test('takes what a real client streamed', async () => {
    const { client } = await serving(async (session) => {
      for await (const one of session) await session.send(one)
    })
    const sent = captured('streamed', 'client').subarray(39)
    client.write(captured('streamed', 'client'))
    expect(await client.read(sent.length + 1)).toEqual(Buffer.concat([ack, sent]))
  })

  test('has no second reply', async () => {
    const { client, over } = await serving(async (session) => {
      await session.send(Buffer.from('a'))
      await session.send(Buffer.from('b'))
    })
    client.write(singleton, preambleEnd, request)
    expect(await over).toEqual(error('SESSION_FAILED'))
  })

  test('ends without another byte when its reply breaks in the middle', async () => {
    const { client, over } = await serving((session) =>
      session.send(
        (async function* () {
          yield Buffer.from('abc')
          throw new Error('out of data')
        })(),
      ),
    )
    client.write(singleton, preambleEnd, request)
    expect(await over).toEqual(error('SESSION_FAILED'))
    expect(hex('0b 05 03 61 62 63').equals(await client.readAll())).toBe(true)
  })

  test('over the size limit is cut without a fault', async () => {
    const { client, over } = await serving(echo, { maxReceivedMessageSize: 7 })
    client.write(singleton, preambleEnd, request)
    expect(await over).toEqual(error('MESSAGE_TOO_LARGE'))
    expect(await client.readAll()).toEqual(ack)
  })
})
