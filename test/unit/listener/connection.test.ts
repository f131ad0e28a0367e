import { once } from 'node:events'
import { describe, expect, onTestFinished, test } from 'vitest'
import { encodeFault } from '#framing/faults.ts'
import { Connection } from '#listener/connection.ts'
import { handleOf, socketPair } from '../../support/framing-client.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { until } from '../../support/shared-ports.ts'

const fault = encodeFault('EndpointNotFound')
const answerLimit = 10_000
const forever = new AbortController().signal

async function accepted() {
  const { client, server } = await socketPair()
  onTestFinished(() => {
    client.socket.destroy()
    server.destroy()
  })
  const { localPort } = server
  return { client, localPort, connection: new Connection(handleOf(server), 1), clock: new ManualClock() }
}

/** Waits for the kernel to carry what was sent over loopback; that takes no event of ours. */
async function bytesIn(connection: Connection, count: number): Promise<Buffer> {
  const buffer = Buffer.alloc(count)
  for (;;) {
    const found = connection.peek(buffer)
    if (found.is === 'bytes' && found.count === count) return buffer
    await new Promise((resolve) => setImmediate(resolve))
  }
}

test('a connection knows both its ends, and looking at it takes nothing', async () => {
  const { client, localPort, connection } = await accepted()
  expect(connection.remote).toEqual({ address: '127.0.0.1', port: client.socket.localPort })
  expect(connection.local).toEqual({ address: '127.0.0.1', port: localPort })
  client.write(Buffer.from('hello'))
  await bytesIn(connection, 5)
  expect((await bytesIn(connection, 5)).toString()).toBe('hello')
})

describe('an answer', () => {
  test('reaches a client that has sent more than was looked at, and ends when the client closes', async () => {
    const { client, connection, clock } = await accepted()
    client.write(Buffer.alloc(1000))
    await bytesIn(connection, 1000)
    const answered = connection.answer(fault, clock, forever)
    expect(await client.readAll()).toEqual(fault)
    client.write(Buffer.alloc(1000))
    client.socket.end()
    await answered
    expect(connection.descriptor).toBeLessThan(0)
    expect(clock.pending).toBe(0)
  })

  test('ends when the client goes on for more than 64 KiB', async () => {
    const { client, connection, clock } = await accepted()
    const answered = connection.answer(fault, clock, forever)
    expect(await client.readAll()).toEqual(fault)
    client.write(Buffer.alloc(65_537))
    await answered
    expect(connection.descriptor).toBeLessThan(0)
  })

  test('ends after its time when the client never closes', async () => {
    const { client, connection, clock } = await accepted()
    const answered = connection.answer(fault, clock, forever)
    expect(await client.readAll()).toEqual(fault)
    await clock.whenSet(answerLimit)
    clock.turn(answerLimit - 1)
    expect(connection.descriptor).toBeGreaterThanOrEqual(0)
    clock.turn(1)
    await answered
    expect(connection.descriptor).toBeLessThan(0)
  })

  test('ends with its signal', async () => {
    const { client, connection, clock } = await accepted()
    const hurried = new AbortController()
    const answered = connection.answer(fault, clock, hurried.signal)
    expect(await client.readAll()).toEqual(fault)
    hurried.abort(new Error('hurry'))
    await answered
    expect(connection.descriptor).toBeLessThan(0)
    expect(clock.pending).toBe(0)
  })

  test('to a client that has reset the connection, or on one that is closed, is over at once', async () => {
    const reset = await accepted()
    reset.client.socket.resetAndDestroy()
    await once(reset.client.socket, 'close')
    await reset.connection.answer(fault, reset.clock, forever)
    const closed = await accepted()
    closed.connection[Symbol.dispose]()
    expect(closed.connection.descriptor).toBeLessThan(0)
    await closed.connection.answer(fault, closed.clock, forever)
    expect(reset.clock.pending + closed.clock.pending).toBe(0)
  })
})

test('a client that has reset the connection has gone, one that only sends nothing more has not', async () => {
  const reset = await accepted()
  expect(reset.connection.isGone).toBe(false)
  reset.client.socket.resetAndDestroy()
  await until(() => reset.connection.isGone)
  const ended = await accepted()
  ended.client.socket.end()
  await until(() => ended.connection.hasHungUp)
  expect(ended.connection.isGone).toBe(false)
})
