/** How a connection goes on to its next session, or ends between two. */
import { describe, expect, test } from 'vitest'
import { encodeSizedEnvelope } from '#framing/envelopes.ts'
import { encodeFault } from '#framing/faults.ts'
import { encodePreamble } from '#framing/preamble.ts'
import { hex } from '../../support/bytes.ts'
import { duplex, echo, type Serving, serving, via } from './serving.ts'

const start = Buffer.concat([duplex, hex('0c')])
const end = hex('07')
const ack = hex('0b')
const envelope = (text: string) => encodeSizedEnvelope(Buffer.from(text))

function error(code: string) {
  return { error: expect.objectContaining({ code }) }
}

/** One session from its preamble to both Ends. */
async function oneSession({ client }: Serving): Promise<void> {
  client.write(start, envelope('hello'), end)
  expect(await client.read(9)).toEqual(Buffer.concat([ack, envelope('hello'), end]))
}

describe('the next session on the same connection', () => {
  test('is served after both Ends, as often as the client likes', async () => {
    const asked: string[] = []
    const served = await serving(echo, {
      validateRoute: async (uri) => {
        asked.push(uri)
        return true
      },
    })
    await oneSession(served)
    await oneSession(served)
    await oneSession(served)
    served.client.socket.end()
    expect(await served.over).toEqual({ sessions: 3, why: 'clientClosed' })
    expect(asked).toEqual([via, via])
  })

  test('is served when its preamble comes with the End before it', async () => {
    const { client } = await serving(echo)
    client.write(start, envelope('a'), end, start, envelope('b'), end)
    const both = [ack, envelope('a'), end, ack, envelope('b'), end]
    expect(await client.read(10)).toEqual(Buffer.concat(both))
  })

  test('may ask for another via and mode, and the application sees them', async () => {
    const seen: string[] = []
    const served = await serving(async (session) => {
      seen.push(`${session.mode} ${session.via}`)
      await echo(session)
    })
    await oneSession(served)
    const other = encodePreamble({ mode: 'singleton', via: 'net.tcp://localhost/App/b', contentType: 'x/y' })
    served.client.write(other, hex('0c 05 01 61 00 07'))
    expect(await served.client.read(6)).toEqual(Buffer.concat([ack, hex('05 01 61 00 07')]))
    expect(seen).toEqual([`duplex ${via}`, 'singleton net.tcp://localhost/App/b'])
  })

  test.each<[string, () => Promise<boolean>]>([
    ['belongs to another process', async () => false],
    ['can’t be asked for', async () => Promise.reject(new Error('the channel is closed'))],
  ])('ends the connection without a byte when its via %s', async (_, validateRoute) => {
    const served = await serving(echo, { validateRoute })
    await oneSession(served)
    served.client.write(start)
    expect(await served.client.readAll()).toHaveLength(0)
    expect(await served.over).toEqual({ sessions: 1, why: 'notRouted' })
  })

  test('ends the connection when nobody says in time whether its via belongs here', async () => {
    const served = await serving(echo, {
      validateRoute: () => new Promise(() => {}),
      settings: { channelInitializationTimeout: 300 },
    })
    await oneSession(served)
    served.client.write(start)
    await served.clock.whenSet(300)
    served.clock.turn(300)
    expect(await served.client.readAll()).toHaveLength(0)
    expect(await served.over).toEqual(error('PREAMBLE_TIMED_OUT'))
  })

  test('is awaited for the idle time, then the connection closes', async () => {
    const served = await serving(echo)
    await oneSession(served)
    await served.clock.whenSet(120_000)
    served.clock.turn(120_000)
    expect(await served.client.readAll()).toHaveLength(0)
    expect(await served.over).toEqual({ sessions: 1, why: 'idle' })
  })

  test('has its own time limit from its first byte on', async () => {
    const served = await serving(echo)
    await oneSession(served)
    await served.clock.whenSet(120_000)
    served.client.write(hex('00'))
    await served.clock.whenSet(30_000)
    served.clock.turn(30_000)
    expect(await served.over).toEqual(error('PREAMBLE_TIMED_OUT'))
  })

  test('is not begun when the worker process drains', async () => {
    const draining = new AbortController()
    const served = await serving(echo, { draining: draining.signal })
    await oneSession(served)
    await served.clock.whenSet(120_000)
    draining.abort()
    expect(await served.client.readAll()).toHaveLength(0)
    expect(await served.over).toEqual({ sessions: 1, why: 'draining' })
  })

  test('is not begun either when it had come before, but the one under way is finished', async () => {
    const draining = new AbortController()
    const { client, over } = await serving(echo, { draining: draining.signal })
    client.write(start)
    expect(await client.read(1)).toEqual(ack)
    draining.abort()
    client.write(envelope('a'), end, start)
    expect(await client.read(4)).toEqual(Buffer.concat([envelope('a'), end]))
    expect(await over).toEqual({ sessions: 1, why: 'draining' })
  })

  test('does not come when the client resets the connection, and that is no failure', async () => {
    const served = await serving(echo)
    await oneSession(served)
    served.client.socket.resetAndDestroy()
    expect(await served.over).toEqual({ sessions: 1, why: 'clientClosed' })
  })

  describe('with bytes that are no preamble', () => {
    test.each([
      ['another version', '00 02', encodeFault('UnsupportedVersion')],
      ['a mode that does not exist', '00 01 00 01 05', encodeFault('UnsupportedMode')],
      ['the mode 0', '00 01 00 01 00', encodeFault('UnsupportedMode')],
      ['simplex', '00 01 00 01 03', hex('')],
      ['HTTP', '47 45 54 20', hex('')],
      ['a via that is too long', '00 01 00 01 02 02 81 10', hex('')],
      ['a via that is no URI', '00 01 00 01 02 02 01 61', hex('')],
    ])('as %s is answered as the specification says', async (_, dump, answer) => {
      const served = await serving(echo)
      await oneSession(served)
      served.client.write(hex(dump))
      expect(await served.client.readAll()).toEqual(answer)
      served.client.socket.end()
      expect(await served.over).toEqual(error('FRAMING_INVALID'))
    })

    test('cut off in the middle is told with its state', async () => {
      const served = await serving(echo)
      await oneSession(served)
      served.client.write(duplex.subarray(0, 20))
      served.client.socket.end()
      expect(await served.over).toMatchObject({ error: { args: { position: 20, state: 'ReadingViaString' } } })
    })
  })
})
