/** What a self-hosted service notices of a Portico that goes and comes back: its registration, not its connections. */
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { delayAfter, reconnecting, registeringAgain } from '#sharing-client/backoff.ts'
import { open, opened, taken, uri, via } from '../../support/sharing-under-test.ts'
import { openDescriptors } from '../../support/unix-pair.ts'

type Opened = Awaited<ReturnType<typeof opened>>

/** Portico goes and is back; resolves before anything is said. */
async function restart({ portico, service, clock }: Opened): Promise<void> {
  const lost = once(service, 'lost')
  portico.stop()
  await lost
  await portico.listen()
  clock.turn(50)
}

describe('when Portico goes', () => {
  test('a connection that was taken goes on, and its end is not reported to the next Portico', async () => {
    const around = await opened()
    const { portico, connections } = around
    const { client } = await portico.offer(via)
    const { socket } = await taken(connections.next())
    await restart(around)
    await portico.welcome()
    client.write(Buffer.from('still here'))
    expect(String((await once(socket, 'data'))[0])).toBe('still here')
    const closed = once(socket, 'close')
    socket.destroy()
    await closed
    portico.tell({ type: 'ping', request: 1 })
    await portico.next('pong')
    expect(portico.said.filter(({ type }) => type === 'closed')).toEqual([])
  })

  test('a connection that nobody has taken is closed here, and no loop gets it', async () => {
    const { portico, service, connections } = await opened()
    const before = openDescriptors('socket')
    const { client, outcome } = await portico.offer(via)
    portico.tell({ type: 'ping', request: 1 })
    await portico.next('pong')
    const lost = once(service, 'lost')
    portico.stop()
    await lost
    expect(await outcome).toMatchObject({ is: 'lost' })
    await client.readAll()
    client.socket.destroy()
    const next = connections.next()
    await service.close()
    expect((await next).done).toBe(true)
    expect(openDescriptors('socket')).toBeLessThan(before)
  })

  test('it is looked for after 50 ms, then after times that double up to a second, without end', async () => {
    const { portico, service, clock } = await opened()
    portico.stop()
    for (const delay of [50, 100, 200, 400, 800, 1_000, 1_000, 1_000]) {
      await clock.whenSet(delay)
      expect(clock.pending).toBe(1)
      clock.turn(delay)
    }
    expect(service.registration).toBeUndefined()
  })

  test('the service is registered again with the next one, under its new number', async () => {
    const around = await opened()
    const { portico, service, connections } = around
    const again = once(service, 'registered')
    await restart(around)
    expect(await portico.welcome()).toMatchObject({ type: 'hello', uri })
    expect(await portico.grant(5)).toMatchObject({ uri, hostNameComparisonMode: 'StrongWildcard' })
    expect(await again).toEqual([service.registration])
    await portico.offer(via, 5)
    const { validate } = await taken(connections.next())
    void validate(via)
    expect(await portico.next('validateRoute')).toMatchObject({ registration: 5 })
  })

  test('a service that is asked for in answer to the loss looks for it on the same channel', async () => {
    const { portico, share, service, clock } = await opened()
    const sharing = new Promise((resolve) => {
      service.once('lost', () => share({ uri: 'net.tcp://+:9000/stock' }).catch(resolve))
    })
    portico.stop()
    expect(await sharing).toMatchObject({ status: 'NotRunning' })
    await clock.whenSet(50)
    expect(clock.pending).toBe(1)
  })

  test('closing the service ends the search, and leaves no timer', async () => {
    const { portico, service, clock } = await opened()
    portico.stop()
    await clock.whenSet(50)
    await service.close()
    expect(clock.pending).toBe(0)
  })

  test('another service that is opened meanwhile looks for it at once, and is told that it is away', async () => {
    const { portico, share, clock } = await opened()
    portico.stop()
    await clock.whenSet(50)
    await expect(share({ uri: 'net.tcp://+:9000/stock' })).rejects.toMatchObject({ status: 'NotRunning' })
    await clock.whenSet(100)
    expect(clock.pending).toBe(1)
  })
})

describe('when Portico is back and refuses', () => {
  test('the service asks again after 30 s, then after times that double up to 5 min', async () => {
    const around = await opened()
    const { portico, service, clock } = around
    const tries: number[] = []
    service.on('refused', (error, nextTryMs) => {
      expect(error).toMatchObject({ status: 'ConflictingRegistration', uri })
      tries.push(nextTryMs)
    })
    await restart(around)
    await portico.welcome()
    for (const delay of [30_000, 60_000, 120_000, 240_000, 300_000, 300_000]) {
      await portico.deny()
      await clock.whenSet(delay)
      clock.turn(delay - 1)
      expect(portico.said).toEqual([])
      clock.turn(1)
    }
    expect(tries).toEqual([30_000, 60_000, 120_000, 240_000, 300_000, 300_000])
    const again = once(service, 'registered')
    await portico.grant(2)
    await again
    expect(clock.pending).toBe(0)
    await restart(around)
    await portico.welcome()
    await portico.deny()
    await clock.whenSet(30_000) // from the beginning
  })

  test('the greeting, as when the account may not share any more, the service greets again after 30 s', async () => {
    const { portico, service, clock } = await opened()
    const refused = once(service, 'refused')
    portico.tell({ type: 'refused', status: 'AccessDenied', message: 'may not share', remedy: 'Ask.' })
    expect(await refused).toMatchObject([{ status: 'AccessDenied', remedy: 'Ask.' }, 30_000])
    await clock.whenSet(30_000)
    clock.turn(30_000)
    await portico.next('hello')
    portico.tell({ type: 'refused', status: 'AccessDenied', message: 'may not share', remedy: 'Ask.' })
    await clock.whenSet(60_000)
    clock.turn(60_000)
    await portico.welcome()
    await portico.grant()
    portico.tell({ type: 'refused', status: 'AccessDenied', message: 'may not share', remedy: 'Ask.' })
    await clock.whenSet(30_000) // from the beginning
  })

  test('its other services are registered all the same', async () => {
    const around = await opened()
    const { portico, share, service } = around
    const sharing = share({ uri: 'net.tcp://+:9000/stock' })
    await portico.grant(2)
    const stock = await sharing
    await restart(around)
    await portico.welcome()
    await portico.deny()
    const again = once(stock, 'registered')
    await portico.grant(1)
    await again
    expect(service.registration).toBeUndefined()
  })

  test('and goes again, the service registers as soon as it is back', async () => {
    const around = await opened()
    const { portico, clock } = around
    await restart(around)
    await portico.welcome()
    await portico.deny()
    await clock.whenSet(30_000)
    await restart(around)
    await portico.welcome()
    await portico.grant()
    expect(clock.pending).toBe(0)
  })
})

describe('the first time', () => {
  test('a refusal is final, and the process leaves', async () => {
    const { portico, share, clock } = await open()
    const sharing = share()
    await portico.welcome()
    await portico.deny()
    await expect(sharing).rejects.toMatchObject({
      status: 'ConflictingRegistration',
      message: `${uri} can't be shared: somebody else has it`,
      remedy: 'Choose another one.',
    })
    await portico.next('leave')
    expect(clock.pending).toBe(0)
  })

  test('a refused greeting is final', async () => {
    const { portico, share, clock } = await open()
    const sharing = share()
    await portico.next('hello')
    const message = `process 7 may not share ports (it asked for ${uri})`
    portico.tell({ type: 'refused', status: 'AccessDenied', message, remedy: 'Ask.' })
    await expect(sharing).rejects.toMatchObject({ status: 'AccessDenied', message, remedy: 'Ask.' })
    expect(clock.pending).toBe(0)
  })

  test('a Portico that goes before it has answered is an error, and is not looked for', async () => {
    const { portico, share, clock } = await open()
    const sharing = share()
    await portico.welcome()
    await portico.next('register')
    portico.stop()
    await expect(sharing).rejects.toMatchObject({ status: 'NotRunning' })
    expect(clock.pending).toBe(0)
  })

  test('the wait ends when the signal aborts, and the process leaves', async () => {
    const { portico, share } = await open()
    const controller = new AbortController()
    const sharing = share({ signal: controller.signal })
    await portico.welcome()
    await portico.next('register')
    controller.abort(new Error('no longer wanted'))
    await expect(sharing).rejects.toThrow('no longer wanted')
    await portico.next('leave')
  })

  test('a service that is closed while it is asked for is not left registered, when others keep the channel', async () => {
    const { portico, share } = await opened()
    const controller = new AbortController()
    const sharing = share({ uri: 'net.tcp://+:9000/stock', signal: controller.signal })
    const { request = 0 } = await portico.until(() => {
      const [asked] = portico.said
      return asked?.type === 'register' ? asked : undefined
    })
    controller.abort(new Error('no longer wanted'))
    await expect(sharing).rejects.toThrow('no longer wanted')
    expect(request).toBe(2)
    await portico.grant(4)
    expect(await portico.next('unregister')).toEqual({ type: 'unregister', registration: 4 })
  })
})

test('chance takes something off the times, so that not all processes come at once', () => {
  const most = () => 0.999_999
  expect(delayAfter(1, reconnecting, most)).toBeCloseTo(25)
  expect(delayAfter(99, reconnecting, most)).toBeCloseTo(500)
  expect(delayAfter(1, registeringAgain, most)).toBeCloseTo(27_000, -1)
  expect(delayAfter(99_999, registeringAgain, () => 0)).toBe(300_000)
})
