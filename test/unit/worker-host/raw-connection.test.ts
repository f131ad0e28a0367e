/** Handlers that get the socket itself: found before a byte is read, or the client is answered with a fault. */
import { once } from 'node:events'
import { describe, expect, onTestFinished, test } from 'vitest'
import { socketOf } from '#base/handle.ts'
import { encodeFault } from '#framing/faults.ts'
import type { RawAdmission } from '#worker-host/admission.ts'
import { giveConnection } from '#worker-host/raw-connection.ts'
import { handleOf, socketPair } from '../../support/framing-client.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { acceptTimeLimit, via } from './serving.ts'

async function giving(admit: (via: string) => RawAdmission | Promise<RawAdmission>) {
  const { client, server } = await socketPair()
  const socket = socketOf(handleOf(server), { allowHalfOpen: true, manualStart: true })
  const clock = new ManualClock()
  const stop = new AbortController()
  const threw = Promise.withResolvers<unknown>()
  const left = Promise.withResolvers<void>()
  const given = giveConnection(socket, {
    via,
    admit,
    pending: { [Symbol.dispose]: () => left.resolve() },
    failed: threw.resolve,
    clock,
    signal: stop.signal,
    acceptTimeLimit,
    closeTimeLimit: 700,
  })
  onTestFinished(() => {
    client.socket.destroy()
    socket.destroy()
  })
  const outcome = given.then(
    () => 'served',
    (error: unknown) => ({ error }),
  )
  return { client, socket, clock, stop, left: left.promise, threw: threw.promise, outcome }
}

const noService = new Error('no such service')

describe('a handler that gets the socket', () => {
  test('gets every byte, although what serves the via had to be started first', async () => {
    const started = Promise.withResolvers<RawAdmission>()
    const asked: string[] = []
    const { client, socket, outcome } = await giving((wanted) => {
      asked.push(wanted)
      return started.promise
    })
    client.write(Buffer.from('hello'))
    client.socket.end()
    await once(client.socket, 'finish')
    await new Promise(setImmediate)
    expect(socket.bytesRead).toBe(0)
    started.resolve({ is: 'admitted', connection: (given) => void given.pipe(given) })
    expect((await client.readAll()).toString()).toBe('hello')
    expect(await outcome).toBe('served')
    expect(asked).toEqual([via])
  })

  test('learns that its client has gone without reading', async () => {
    const gone = Promise.withResolvers<void>()
    const { client } = await giving(() => ({
      is: 'admitted',
      connection: (socket) => void socket.on('end', gone.resolve),
    }))
    client.socket.end()
    await gone.promise
  })

  test('gives the place among the pending connections back when it has been called', async () => {
    const { left } = await giving(() => ({ is: 'admitted', connection: () => new Promise(() => {}) }))
    await left
  })

  test.each<[string, () => unknown]>([
    [
      'at once',
      () => {
        throw noService
      },
    ],
    ['later', () => Promise.reject(noService)],
  ])('is told of when it throws %s', async (_, connection) => {
    const { threw, left } = await giving(() => ({ is: 'admitted', connection }))
    expect(await threw).toBe(noService)
    await left
  })
})

describe('a connection that nothing serves', () => {
  test('is answered with the fault, which the client reads although it had sent a lot', async () => {
    const refused = { is: 'refused', fault: 'EndpointNotFound', error: noService } as const
    const { client, socket, outcome, left } = await giving(() => refused)
    client.write(Buffer.alloc(50_000))
    expect(await client.readAll()).toEqual(encodeFault('EndpointNotFound'))
    client.socket.end()
    expect(await outcome).toEqual({ error: noService })
    expect(socket.destroyed).toBe(true)
    await left
  })

  test('is answered with ServiceActivationFailed when its time is up', async () => {
    const { client, clock, outcome } = await giving(() => new Promise(() => {}))
    clock.turn(acceptTimeLimit)
    expect(await client.readAll()).toEqual(encodeFault('ServiceActivationFailed'))
    client.socket.end()
    expect(await outcome).toMatchObject({ error: { code: 'SESSION_NOT_ACCEPTED' } })
    expect(clock.pending).toBe(0)
  })

  test('is closed without a byte when that is the answer', async () => {
    const { client, outcome } = await giving(() => ({ is: 'aborted', error: noService }))
    expect(await client.readAll()).toHaveLength(0)
    expect(await outcome).toEqual({ error: noService })
  })

  test('is not waited for when the application stops', async () => {
    const { stop, outcome, clock } = await giving(() => new Promise(() => {}))
    stop.abort(noService)
    expect(await outcome).toEqual({ error: noService })
    expect(clock.pending).toBe(0)
  })
})
