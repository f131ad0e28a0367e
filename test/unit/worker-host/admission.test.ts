/** What a session needs before it is offered: something that serves its via, or an answer why there is nothing. */
import { describe, expect, test } from 'vitest'
import { encodeFault } from '#framing/faults.ts'
import { encodePreamble } from '#framing/preamble.ts'
import type { Admission } from '#worker-host/admission.ts'
import { hex } from '../../support/bytes.ts'
import { acceptTimeLimit, duplex, echo, serving, via } from './serving.ts'

const preambleEnd = hex('0c')
const noService = new Error('no such service')

function unused(): never {
  throw new Error('this handler serves nothing')
}

describe('a session', () => {
  test('is served by what its via and mode ask for, each one on a connection anew', async () => {
    const asked: string[] = []
    const { client } = await serving(unused, {
      admit: async (wanted, mode) => {
        asked.push(`${mode} ${wanted}`)
        return { is: 'admitted', session: (session) => session.send(Buffer.from(wanted.slice(-1))) }
      },
    })
    const other = { mode: 'singleton', via: 'net.tcp://localhost/b', contentType: 'x/y' } as const
    client.write(duplex, hex('0c 07'), encodePreamble(other), hex('0c 05 01 61 00 07'))
    expect(await client.read(11)).toEqual(hex('0b 06 01 63 07 0b 05 01 62 00 07'))
    expect(asked).toEqual([`duplex ${via}`, 'singleton net.tcp://localhost/b'])
  })

  test('has the greatest envelope of what serves it', async () => {
    const { client } = await serving(unused, {
      admit: () => ({ is: 'admitted', session: echo, maxReceivedMessageSize: 10 }),
    })
    client.write(duplex, hex('0c 06 0b'))
    expect(await client.readAll()).toEqual(Buffer.concat([hex('0b'), encodeFault('MaxMessageSizeExceededFault')]))
  })

  test('that is refused is answered with the fault, and the connection tells why', async () => {
    const { client, over } = await serving(unused, {
      admit: () => ({ is: 'refused', fault: 'EndpointNotFound', error: noService }),
    })
    client.write(duplex, preambleEnd)
    expect(await client.readAll()).toEqual(encodeFault('EndpointNotFound'))
    client.socket.end()
    expect(await over).toEqual({ error: noService })
  })

  test('that is refused later on a connection ends that connection, too', async () => {
    const admissions: Admission[] = [
      { is: 'admitted', session: echo },
      { is: 'refused', fault: 'ServiceActivationFailed', error: noService },
    ]
    const { client, over } = await serving(unused, { admit: () => admissions.shift() ?? unused() })
    client.write(duplex, hex('0c 07'), duplex, preambleEnd)
    expect(await client.readAll()).toEqual(Buffer.concat([hex('0b 07'), encodeFault('ServiceActivationFailed')]))
    client.socket.end()
    expect(await over).toEqual({ error: noService })
  })

  test.each<[string, () => Admission | Promise<Admission>]>([
    ['is aborted', () => ({ is: 'aborted', error: noService })],
    ['can not be judged', () => Promise.reject(noService)],
    [
      'can not be judged, at once',
      () => {
        throw noService
      },
    ],
  ])('that %s is closed without a byte', async (_, admit) => {
    const { client, over } = await serving(unused, { admit })
    client.write(duplex, preambleEnd)
    expect(await client.readAll()).toHaveLength(0)
    expect(await over).toEqual({ error: noService })
  })
})

describe('the time to accept', () => {
  test('is also that of starting what serves the session', async () => {
    const { client, clock, over } = await serving(unused, { admit: () => new Promise(() => {}) })
    client.write(duplex, preambleEnd)
    await clock.whenSet(acceptTimeLimit)
    clock.turn(acceptTimeLimit)
    expect(await client.readAll()).toEqual(encodeFault('ServiceActivationFailed'))
    client.socket.end()
    expect(await over).toMatchObject({ error: { code: 'SESSION_NOT_ACCEPTED' } })
  })

  test('is not longer for a handler that was started late', async () => {
    const admission = Promise.withResolvers<Admission>()
    const called = Promise.withResolvers<void>()
    const { client, clock } = await serving(unused, { admit: () => admission.promise })
    client.write(duplex, preambleEnd)
    await clock.whenSet(acceptTimeLimit)
    clock.turn(acceptTimeLimit - 1)
    admission.resolve({
      is: 'admitted',
      session: (session) => {
        called.resolve()
        return new Promise((resolve) => session.signal.addEventListener('abort', resolve))
      },
    })
    await called.promise
    clock.turn(1)
    expect(await client.readAll()).toEqual(encodeFault('ServiceActivationFailed'))
  })
})

test.each<[string, (client: { end(): void; resetAndDestroy(): void }) => void]>([
  ['closes', (client) => client.end()],
  ['resets the connection', (client) => client.resetAndDestroy()],
])('a client that %s is not waited for until its session is admitted', async (_, vanish) => {
  const asked = Promise.withResolvers<void>()
  const { client, over } = await serving(unused, {
    admit: () => {
      asked.resolve()
      return new Promise(() => {})
    },
  })
  client.write(duplex)
  await asked.promise
  vanish(client.socket)
  expect(await over).toMatchObject({ error: { code: 'SESSION_BROKEN_OFF' } })
})

describe('the place among the pending connections is given back', () => {
  async function pending(session: Parameters<typeof serving>[0], admit?: () => Admission) {
    const given = Promise.withResolvers<void>()
    const place = { [Symbol.dispose]: () => given.resolve() }
    const served = await serving(session, { pending: place, ...(admit && { admit }) })
    return { ...served, given: given.promise }
  }

  test('when the application accepts, before the client has ended its preamble', async () => {
    const { client, given } = await pending(echo)
    client.write(duplex)
    await given
  })

  test('when the application refuses, before the client has gone', async () => {
    const { client, given } = await pending((session) => session.refuse('ServerTooBusy'))
    client.write(duplex)
    await given
  })

  test('when nothing serves the session', async () => {
    const { client, given } = await pending(unused, () => ({ is: 'aborted', error: noService }))
    client.write(duplex)
    await given
  })

  test('when the client has gone', async () => {
    const { client, given } = await pending(() => new Promise(() => {}))
    client.write(duplex)
    client.socket.end()
    await given
  })

  test('when the time to accept is up, before the client has closed', async () => {
    const { client, clock, given } = await pending(() => new Promise(() => {}))
    client.write(duplex)
    await clock.whenSet(acceptTimeLimit)
    clock.turn(acceptTimeLimit)
    await given
  })
})
