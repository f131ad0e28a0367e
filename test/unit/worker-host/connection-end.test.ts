/** How connections end when something goes wrong, and that nothing is left of them. */
import { getEventListeners, once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { encodeSizedEnvelope } from '#framing/envelopes.ts'
import { encodeFault } from '#framing/faults.ts'
import type { Session } from '#worker-host/application.ts'
import { hex } from '../../support/bytes.ts'
import { acceptTimeLimit, duplex, echo, type Serving, serving, singleton, via } from './serving.ts'

const start = Buffer.concat([duplex, hex('0c')])
const end = hex('07')
const ack = hex('0b')
const envelope = (text: string) => encodeSizedEnvelope(Buffer.from(text))

function error(code: string) {
  return { error: expect.objectContaining({ code }) }
}

/** One piece, and then nothing any more. */
async function* endless() {
  yield Buffer.from('a')
  await new Promise(() => {})
}

/** One session from its preamble to both Ends. */
async function oneSession({ client }: Serving): Promise<void> {
  client.write(start, envelope('hello'), end)
  expect(await client.read(9)).toEqual(Buffer.concat([ack, envelope('hello'), end]))
}

describe('a client that vanishes', () => {
  test.each<[string, (serving: Serving) => unknown]>([
    ['closes without ending the session', ({ client }) => client.socket.end()],
    ['resets the connection', ({ client }) => client.socket.resetAndDestroy()],
  ])('and %s ends the loop of the application with a clear error', async (_, vanish) => {
    const thrown = Promise.withResolvers<unknown>()
    const served = await serving(async (session) => {
      await session.accept()
      await echo(session).catch(thrown.resolve)
    })
    served.client.write(start)
    expect(await served.client.read(1)).toEqual(ack)
    vanish(served)
    expect(await thrown.promise).toMatchObject({ code: 'SESSION_BROKEN_OFF', args: { via } })
    expect(await served.over).toEqual(error('SESSION_BROKEN_OFF'))
  })

  test.each<[string, (serving: Serving) => unknown]>([
    ['closes without ending the session', ({ client }) => client.socket.end()],
    ['resets the connection', ({ client }) => client.socket.resetAndDestroy()],
  ])('and %s aborts the signal of an application that is not reading', async (_, vanish) => {
    const served = await serving(async (session) => {
      await session.accept()
      await once(session.signal, 'abort')
    })
    served.client.write(start)
    expect(await served.client.read(1)).toEqual(ack)
    vanish(served)
    expect(await served.over).toEqual(error('SESSION_BROKEN_OFF'))
  })

  test('in the middle of an envelope ends the loop too', async () => {
    const served = await serving(echo)
    served.client.write(start, hex('06 05 61'))
    served.client.socket.end()
    expect(await served.over).toEqual(error('SESSION_BROKEN_OFF'))
  })

  test('does not end the process of an application that does not wait for what it sends', async () => {
    const served = await serving(async (session) => {
      await session.accept()
      await once(session.signal, 'abort')
      session.send(Buffer.from('nobody hears this'))
      session[Symbol.asyncIterator]().next()
    })
    served.client.write(start)
    expect(await served.client.read(1)).toEqual(ack)
    served.client.socket.resetAndDestroy()
    expect(await served.over).toEqual(error('SESSION_BROKEN_OFF'))
  })
})

describe('bytes that break the rules in a session', () => {
  test('end the connection and tell the application where they stood', async () => {
    const served = await serving(echo)
    served.client.write(start, envelope('a'), hex('05'))
    expect(await served.client.readAll()).toEqual(Buffer.concat([ack, envelope('a')]))
    expect(await served.over).toMatchObject({
      error: { code: 'FRAMING_INVALID', args: { position: start.length + 3, state: 'ReadingEndRecord' } },
    })
  })
})

describe('a handler', () => {
  test('that throws ends its connection without another byte, and the error is told', async () => {
    const served = await serving(async (session) => {
      await session.accept()
      throw new Error('no such order')
    })
    served.client.write(start)
    expect(await served.client.readAll()).toEqual(ack)
    const outcome = await served.over
    expect(outcome).toEqual(error('SESSION_FAILED'))
    expect(outcome).toMatchObject({
      error: { message: expect.stringContaining('no such order'), cause: new Error('no such order') },
    })
  })

  test('that throws before it accepts, at once, ends its connection too', async () => {
    const served = await serving(() => {
      throw new Error('at once')
    })
    served.client.write(start)
    expect(await served.client.readAll()).toHaveLength(0)
    expect(await served.over).toEqual(error('SESSION_FAILED'))
  })

  test('that ignores the end of its connection is not waited for', async () => {
    const served = await serving(async (session) => {
      await session.accept()
      await new Promise(() => {})
    })
    served.client.write(start)
    expect(await served.client.read(1)).toEqual(ack)
    served.client.socket.resetAndDestroy()
    expect(await served.over).toEqual(error('SESSION_BROKEN_OFF'))
  })

  test('that refuses and then throws has failed', async () => {
    const served = await serving(async (session) => {
      await session.refuse('ServerTooBusy')
      throw new Error('too busy even for that')
    })
    served.client.write(start)
    served.client.socket.end()
    expect(await served.client.readAll()).toEqual(encodeFault('ServerTooBusy'))
    expect(await served.over).toEqual(error('SESSION_FAILED'))
  })

  test('that comes too late to refuse learns why', async () => {
    const called = Promise.withResolvers<void>()
    const late = Promise.withResolvers<unknown>()
    const served = await serving(async (session) => {
      called.resolve()
      await once(session.signal, 'abort')
      await session.refuse('ServerTooBusy').catch(late.resolve)
    })
    served.client.write(start)
    await called.promise
    served.clock.turn(acceptTimeLimit)
    expect(await late.promise).toMatchObject({ code: 'SESSION_NOT_ACCEPTED' })
    served.client.socket.end()
    expect(await served.over).toEqual(error('SESSION_NOT_ACCEPTED'))
  })
})

describe('the signal of the session', () => {
  test('aborts when the session has ended well', async () => {
    let signal: AbortSignal | undefined
    const served = await serving((session) => {
      signal = session.signal
      return echo(session)
    })
    await oneSession(served)
    served.client.socket.end()
    await served.over
    expect(signal?.aborted).toBe(true)
  })
})

describe('the signal of the worker process', () => {
  const stopped = new Error('the worker process stops')

  test('ends a session under way', async () => {
    const served = await serving(echo)
    served.client.write(start)
    expect(await served.client.read(1)).toEqual(ack)
    served.stop.abort(stopped)
    expect(await served.over).toEqual({ error: stopped })
    expect(await served.client.readAll()).toHaveLength(0)
  })

  test('ends the wait for a next session', async () => {
    const served = await serving(echo)
    await oneSession(served)
    await served.clock.whenSet(120_000)
    served.stop.abort(stopped)
    expect(await served.over).toEqual({ error: stopped })
  })

  test('ends the discarding after a fault', async () => {
    const served = await serving((session) => session.refuse('ServerTooBusy'))
    served.client.write(start)
    expect(await served.client.readAll()).toEqual(encodeFault('ServerTooBusy'))
    served.stop.abort(stopped)
    expect(await served.over).toEqual({ sessions: 1, why: 'refused' })
  })

  test('aborted before ends the connection before a byte is read', async () => {
    const served = await serving(echo, { signal: AbortSignal.abort(stopped) })
    expect(await served.over).toEqual({ error: stopped })
  })
})

describe('nothing is left of a connection', () => {
  const endings: readonly (readonly [string, (served: Serving) => Promise<unknown>])[] = [
    ['that the client closed', async (served) => oneSession(served).then(() => served.client.socket.end())],
    ['that the client reset', async (served) => oneSession(served).then(() => served.client.socket.resetAndDestroy())],
    ['that was cut off in a session', async ({ client }) => client.socket.end(start)],
    ['that broke the rules', async ({ client }) => client.write(hex('ff'))],
    ['that asked for an unknown mode', async ({ client }) => client.socket.end(hex('00 01 00 01 09'))],
    [
      'that the client reset while a piece of a reply waited for more',
      async ({ client, clock }) => {
        client.write(singleton, hex('0c 05 01 61 00 07'))
        await clock.whenSet(200)
        client.socket.resetAndDestroy()
      },
    ],
    ['that was aborted', async (served) => oneSession(served).then(() => served.stop.abort(new Error('stop')))],
  ]
  test.each(endings)('%s', async (_, finish) => {
    let signal: AbortSignal | undefined
    const draining = new AbortController().signal
    const remember = (session: Session) => {
      signal = session.signal
      return session.mode === 'duplex' ? echo(session) : session.send(endless())
    }
    const served = await serving(remember, { draining })
    await finish(served)
    await served.over
    expect(served.clock.pending).toBe(0)
    expect([...getEventListeners(draining, 'abort'), ...getEventListeners(served.stop.signal, 'abort')]).toEqual([])
    expect(served.server.destroyed).toBe(true)
    const listeners = ['readable', 'drain', 'finish', 'error', 'close'].map((event) =>
      served.server.listenerCount(event),
    )
    expect(listeners).toEqual([0, 0, 0, 0, 0])
    expect(signal?.aborted ?? true).toBe(true)
  })
})
