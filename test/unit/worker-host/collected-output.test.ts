/** When the pieces of a streamed reply are sent, and that nothing else waits. */
import { describe, expect, test } from 'vitest'
import type { WrittenSettings } from '#binding/settings.ts'
import { encodeSizedEnvelope } from '#framing/envelopes.ts'
import { encodeFault } from '#framing/faults.ts'
import { hex } from '../../support/bytes.ts'
import { duplex, echo, serving, singleton } from './serving.ts'

const request = hex('05 01 61 00 07')
const ack = hex('0b')

/** A session whose reply the test gives piece by piece; `given` resolves when the application may give the next. */
async function replying(settings: WrittenSettings) {
  const pieces: PromiseWithResolvers<Buffer | undefined>[] = [Promise.withResolvers()]
  let asked = Promise.withResolvers<void>()
  async function* reply() {
    for (let at = 0; ; at += 1) {
      asked.resolve()
      const piece = await pieces[at]?.promise
      if (!piece) return
      yield piece
    }
  }
  const served = await serving((session) => session.send(reply()), { settings })
  served.client.write(singleton, hex('0c'), request)
  expect(await served.client.read(1)).toEqual(ack)
  await asked.promise
  return {
    ...served,
    /** Gives a piece and waits until the application is asked for the next. */
    async give(piece: Buffer) {
      asked = Promise.withResolvers()
      pieces.push(Promise.withResolvers())
      pieces.at(-2)?.resolve(piece)
      await asked.promise
    },
    finish: () => pieces.at(-1)?.resolve(undefined),
    /** What has been written since the acknowledgement. */
    sent: () => served.server.bytesWritten - ack.length,
  }
}

describe('maxOutputDelay', () => {
  test('sends what has been collected when the first piece has waited that long', async () => {
    const { give, clock, client, sent } = await replying({ maxOutputDelay: 200 })
    await clock.whenSet(200)
    await give(Buffer.from('abc'))
    clock.turn(199)
    await give(Buffer.from('de'))
    expect(sent()).toBe(0)
    clock.turn(1)
    expect(await client.read(8)).toEqual(hex('05 03 61 62 63 02 64 65'))
  })

  test('begins anew with the next piece', async () => {
    const { give, clock, client, sent } = await replying({ maxOutputDelay: 200 })
    await give(Buffer.from('a'))
    clock.turn(1000)
    expect(await client.read(3)).toEqual(hex('05 01 61'))
    await give(Buffer.from('b'))
    clock.turn(199)
    expect(sent()).toBe(3)
    clock.turn(1)
    expect(await client.read(2)).toEqual(hex('01 62'))
  })

  test('of zero sends each piece at once', async () => {
    const { give, clock, client } = await replying({ maxOutputDelay: 0 })
    await give(Buffer.from('abc'))
    expect(await client.read(5)).toEqual(hex('05 03 61 62 63'))
    await give(Buffer.from('de'))
    expect(await client.read(3)).toEqual(hex('02 64 65'))
    expect(clock.elapsed()).toBe(0)
  })

  test('that never ends waits for the end of the reply, which sends everything at once', async () => {
    const { give, finish, clock, client, sent } = await replying({ maxOutputDelay: Number.POSITIVE_INFINITY })
    await give(Buffer.from('abc'))
    clock.turn(1e9)
    await give(Buffer.from('de'))
    expect(sent()).toBe(0)
    finish()
    expect(await client.read(10)).toEqual(hex('05 03 61 62 63 02 64 65 00 07'))
  })

  test('makes no complete message wait, no acknowledgement, fault or End', async () => {
    const settings = { maxOutputDelay: Number.POSITIVE_INFINITY }
    const envelope = encodeSizedEnvelope(Buffer.from('a'))
    const { client } = await serving(echo, { settings, maxReceivedMessageSize: 9 })
    client.write(duplex, hex('0c'))
    expect(await client.read(1)).toEqual(ack)
    client.write(envelope)
    expect(await client.read(3)).toEqual(envelope)
    client.write(hex('07'))
    expect(await client.read(1)).toEqual(hex('07'))
    client.write(singleton, hex('0c'), request)
    expect(await client.read(6)).toEqual(hex('0b 05 01 61 00 07'))
    client.write(duplex, hex('0c 06 0a'))
    expect(await client.readAll()).toEqual(Buffer.concat([ack, encodeFault('MaxMessageSizeExceededFault')]))
  })
})

describe('connectionBufferSize', () => {
  const settings = { maxOutputDelay: Number.POSITIVE_INFINITY, connectionBufferSize: 100 }

  test('is what is collected at most of a streamed reply', async () => {
    const { give, client, sent } = await replying(settings)
    await give(Buffer.alloc(60, 1))
    expect(sent()).toBe(0)
    await give(Buffer.alloc(60, 2))
    const both = Buffer.concat([hex('05 3c'), Buffer.alloc(60, 1), hex('3c'), Buffer.alloc(60, 2)])
    expect(await client.read(both.length)).toEqual(both)
  })

  test('lets an application use its buffer again for the next piece', async () => {
    const { give, finish, client } = await replying(settings)
    const piece = Buffer.from('a')
    await give(piece)
    piece.write('b')
    await give(piece)
    finish()
    expect(await client.read(7)).toEqual(hex('05 01 61 01 62 00 07'))
  })

  test('is no limit for a piece, and the application is held back while the client does not read', async () => {
    const { give, finish, client, server } = await replying(settings)
    client.socket.pause()
    let given = 0
    const all = (async () => {
      for (; given < 200; given += 1) await give(Buffer.alloc(100_000))
    })()
    while (!server.writableNeedDrain) await new Promise(setImmediate)
    await new Promise(setImmediate)
    expect(given).toBeLessThan(200)
    expect(server.writableLength).toBeLessThan(300_000)
    client.socket.resume()
    await all
    finish()
    expect(await client.read(200 * 100_003 + 3)).toHaveLength(200 * 100_003 + 3)
  })
})

test('the application is held back, too, by pieces that were sent because their time was up', async () => {
  const { give, client, clock, server } = await replying({ maxOutputDelay: 200, connectionBufferSize: 1_000_000 })
  client.socket.pause()
  let isHeldBack = false
  const pieces = (async () => {
    for (let given = 0; given < 200 && !isHeldBack; given += 1) {
      await give(Buffer.alloc(100_000))
      clock.turn(200)
    }
  })()
  while (!server.writableNeedDrain) await new Promise(setImmediate)
  await new Promise(setImmediate)
  expect(server.writableLength).toBeLessThan(300_000)
  isHeldBack = true
  client.socket.resume()
  await pieces
})
