import { describe, expect, onTestFinished, test } from 'vitest'
import { encodeFault } from '#framing/faults.ts'
import { encodePreamble } from '#framing/preamble.ts'
import { Connection } from '#listener/connection.ts'
import { NetTcpAdapter } from '#listener/net-tcp.ts'
import { hex } from '../../support/bytes.ts'
import { handleOf, socketPair } from '../../support/framing-client.ts'
import { ManualClock } from '../../support/manual-clock.ts'

const via = 'net.tcp://localhost/App/Service.svc'
const preamble = encodePreamble({ mode: 'duplex', via, contentType: 'application/soap+msbinsession1' })
const receiveTimeout = 30_000

/** Time passes in small steps until `over` settles, as it does for a client that is looked at again and again. */
async function whileTimePasses<T>(clock: ManualClock, over: T | Promise<T>): Promise<T> {
  let settled = false
  const done = Promise.resolve(over).finally(() => {
    settled = true
  })
  done.catch(() => {})
  while (!settled) {
    await new Promise((resolve) => setImmediate(resolve))
    clock.turn(50)
  }
  return done
}

async function reading(limit = receiveTimeout) {
  const { client, server } = await socketPair()
  const stop = new AbortController()
  const clock = new ManualClock()
  onTestFinished(() => {
    client.socket.destroy()
    server.destroy()
  })
  const connection = new Connection(handleOf(server), 1)
  const adapter = new NetTcpAdapter(clock, () => limit)
  const arrived = async (count: number) => {
    const buffer = Buffer.alloc(4096)
    for (;;) {
      const found = connection.peek(buffer)
      if ((found.is === 'bytes' ? found.count : 0) >= count) return
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  return { client, server, connection, adapter, clock, stop, arrived }
}

describe('the first bytes of a net.tcp connection', () => {
  test('that are all there give the via at once', async () => {
    const { client, connection, adapter, arrived, stop, clock } = await reading()
    client.write(preamble, hex('0c'))
    await arrived(preamble.length + 1)
    const opening = adapter.readOpening(connection, stop.signal)
    expect(opening).toMatchObject({ via, uri: { path: '/App/Service.svc' } })
    expect(clock.pending).toBe(0)
  })

  test('give the via whereever they are cut', async () => {
    for (let cut = 1; cut < preamble.length; cut++) {
      const { client, server, connection, adapter, arrived, stop, clock } = await reading()
      client.write(preamble.subarray(0, cut))
      await arrived(cut)
      const opening = adapter.readOpening(connection, stop.signal)
      await clock.whenSet(1)
      client.write(preamble.subarray(cut))
      await arrived(preamble.length)
      clock.turn(1)
      expect(await opening).toMatchObject({ via })
      expect(clock.pending).toBe(0)
      client.socket.destroy()
      server.destroy()
    }
  })

  test('give the via one byte at a time', async () => {
    const { client, connection, adapter, arrived, stop, clock } = await reading()
    const opening = Promise.resolve(adapter.readOpening(connection, stop.signal))
    for (const [at, byte] of preamble.entries()) {
      client.write(Buffer.of(byte))
      await arrived(at + 1)
      clock.turn(250)
    }
    expect(await whileTimePasses(clock, opening)).toMatchObject({ via })
  })

  test('of a silent client are waited for until receiveTimeout, and hardly ever looked at', async () => {
    const { connection, adapter, stop, clock } = await reading()
    let looks = 0
    const counting = {
      hasHungUp: false,
      peek(buffer: Buffer) {
        looks++
        return connection.peek(buffer)
      },
    }
    const opening = Promise.resolve(adapter.readOpening(counting as unknown as Connection, stop.signal))
    let failure: unknown
    opening.catch((error) => {
      failure = error
    })
    while (clock.elapsed() < receiveTimeout - 50) {
      await new Promise((resolve) => setImmediate(resolve))
      clock.turn(50)
    }
    expect(failure).toBeUndefined()
    await expect(whileTimePasses(clock, opening)).rejects.toMatchObject({ code: 'PREAMBLE_TIMED_OUT' })
    expect(clock.elapsed()).toBeLessThan(receiveTimeout + 100)
    expect(looks).toBeLessThan(150)
    expect(clock.pending).toBe(0)
  })

  test.each([
    ['nothing', 0],
    ['a part', 20],
  ])('of a client that sends %s and closes are not waited for', async (_, sent) => {
    const { client, connection, adapter, stop, clock } = await reading()
    client.socket.end(preamble.subarray(0, sent))
    await expect(
      whileTimePasses(
        clock,
        Promise.resolve().then(() => adapter.readOpening(connection, stop.signal)),
      ),
    ).rejects.toMatchObject({ code: 'PREAMBLE_CUT_OFF', args: { received: sent } })
    expect(clock.elapsed()).toBeLessThan(receiveTimeout)
  })

  test('of a client that closes right behind its preamble count', async () => {
    const { client, connection, adapter, stop, clock } = await reading()
    client.socket.end(preamble)
    expect(await whileTimePasses(clock, adapter.readOpening(connection, stop.signal))).toMatchObject({ via })
  })

  test.each([
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n'), /looks like/],
    ['simplex', encodePreamble({ mode: 'simplex', via, contentType: 'text/xml' }), /simplex is not served/],
    ['another version', hex('00 02 00'), /version 2/],
    ['a via that is too long', hex('00 01 00 01 02 02 81 10'), /over the limit of 2048/],
    ['a via that is none', encodePreamble({ mode: 'duplex', via: 'nowhere', contentType: 'text/xml' }), /no absolute/],
  ])('that are %s end the reading', async (_, bytes, problem) => {
    const { client, connection, adapter, stop, clock } = await reading()
    client.write(bytes)
    await expect(
      whileTimePasses(
        clock,
        Promise.resolve().then(() => adapter.readOpening(connection, stop.signal)),
      ),
    ).rejects.toMatchObject({ code: 'FRAMING_INVALID', message: expect.stringMatching(problem) })
  })

  test('are no longer waited for when the port stops', async () => {
    const { connection, adapter, stop, clock } = await reading()
    const opening = adapter.readOpening(connection, stop.signal)
    stop.abort(new Error('the port stops'))
    await expect(opening).rejects.toThrow('the port stops')
    expect(clock.pending).toBe(0)
  })

  test('are waited for without end when receiveTimeout is infinite', async () => {
    const { client, connection, adapter, stop, clock } = await reading(Number.POSITIVE_INFINITY)
    const opening = adapter.readOpening(connection, stop.signal)
    for (let hours = 0; hours < 48; hours++) {
      await new Promise((resolve) => setImmediate(resolve))
      clock.turn(3_600_000)
    }
    client.write(preamble)
    expect(await whileTimePasses(clock, opening)).toMatchObject({ via })
  })
})

test('a refusal is the framing fault, or nothing where the client is to see the connection end', () => {
  const adapter = new NetTcpAdapter(new ManualClock(), () => receiveTimeout)
  expect(adapter.refusal('EndpointNotFound')).toEqual(encodeFault('EndpointNotFound'))
  expect([adapter.refusal('close'), adapter.refusal('none')]).toEqual([undefined, undefined])
})
