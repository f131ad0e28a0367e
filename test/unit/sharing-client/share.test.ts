/** A self-hosted service and Portico: what it asks, how its connections come, and how it ends. */
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { describe, expect, test } from 'vitest'
import type { SharedConnection } from '#sharing-client/offered-connection.ts'
import { local } from '../../support/scripted-portico.ts'
import { open, opened, taken, uri, via } from '../../support/sharing-under-test.ts'
import { openDescriptors } from '../../support/unix-pair.ts'

const firstBytes = async (connection: SharedConnection) => String((await once(connection.socket, 'data'))[0])

describe('a service', () => {
  test('greets Portico, is registered with what it has written, and learns what is in force', async () => {
    const { portico, share } = await open()
    const sharing = share({
      binding: { maxPendingConnections: 50, idleTimeout: Number.POSITIVE_INFINITY },
      endpoint: 'orders of the shop',
      setAt: { maxPendingConnections: 'orders.config:12' },
    })
    expect(await portico.welcome()).toEqual({ type: 'hello', version: 1, uri, open: 0 })
    expect(await portico.grant()).toEqual({
      type: 'register',
      request: 1,
      uri,
      hostNameComparisonMode: 'StrongWildcard',
      binding: { maxPendingConnections: 50, idleTimeout: null },
      endpoint: 'orders of the shop',
      setAt: { maxPendingConnections: 'orders.config:12', idleTimeout: 'share() of orders of the shop' },
    })
    const service = await sharing
    expect(service.registration).toMatchObject({
      uri,
      binding: { maxPendingConnections: 50, idleTimeout: Number.POSITIVE_INFINITY, maxOutputDelay: 200 },
    })
  })

  test('cuts texts that Portico would not read', async () => {
    const { portico, share } = await open()
    const long = 'x'.repeat(5_000)
    const sharing = share({ binding: { idleTimeout: 1 }, endpoint: long, setAt: { idleTimeout: long } })
    await portico.welcome()
    const { endpoint, setAt } = await portico.grant()
    expect([endpoint?.length, setAt?.idleTimeout?.length]).toEqual([1024, 1024])
    await sharing
  })

  test('is named in canonical form from the greeting on: a longer spelling would end the channel', async () => {
    const { portico, share } = await open()
    const sharing = share({ uri: `net.tcp://+:9000/${'x/../'.repeat(500)}orders` })
    expect(await portico.welcome()).toMatchObject({ uri: 'net.tcp://+:9000/orders' })
    expect(await portico.grant()).toMatchObject({ uri: 'net.tcp://+:9000/orders' })
    await sharing
  })

  test('can be opened again after it was closed', async () => {
    const { portico, share, service } = await opened()
    await service.close()
    const sharing = share()
    await portico.welcome()
    await portico.grant()
    expect((await sharing).registration?.uri).toBe(uri)
  })

  test('leaves when it is closed, and its loops end', async () => {
    const { portico, service, connections } = await opened()
    const next = connections.next()
    await service.close()
    expect(await next).toEqual({ done: true, value: undefined })
    expect(await portico.next('unregister')).toEqual({ type: 'unregister', registration: 1 })
    expect(await portico.next('leave')).toEqual({ type: 'leave' })
    await portico.until(() => portico.open === 0)
    expect(service.registration).toBeUndefined()
  })

  test('closes when its signal aborts', async () => {
    const { portico, share } = await open()
    const controller = new AbortController()
    const sharing = share({ signal: controller.signal })
    await portico.welcome()
    await portico.grant()
    const next = (await sharing)[Symbol.asyncIterator]().next()
    controller.abort()
    expect((await next).done).toBe(true)
    await portico.next('leave')
  })

  test('answers a ping', async () => {
    const { portico } = await opened()
    portico.tell({ type: 'ping', request: 9 })
    expect(await portico.next('pong')).toEqual({ type: 'pong', request: 9 })
  })
})

describe('a connection', () => {
  test('is acknowledged when the loop takes it, not before, and comes with every byte', async () => {
    const { portico, connections } = await opened()
    const { client, outcome } = await portico.offer('net.tcp://host:9000/orders/x')
    client.write(Buffer.from('hello'))
    portico.tell({ type: 'ping', request: 1 })
    await portico.next('pong') // the dispatch has been read before it
    expect(portico.said).toEqual([])
    const connection = await taken(connections.next())
    expect(await outcome).toEqual({ is: 'accepted' })
    expect(connection).toMatchObject({ via: 'net.tcp://host:9000/orders/x', local })
    expect(await firstBytes(connection)).toBe('hello')
  })

  test('is reported when it has closed', async () => {
    const { portico, connections } = await opened()
    await portico.offer(via)
    const { socket } = await taken(connections.next())
    await portico.next('accepted')
    expect(portico.said).toEqual([])
    socket.destroy()
    expect(await portico.next('closed')).toEqual({ type: 'closed', connection: 1 })
  })

  test('goes to one of several loops, in the order in which they ask', async () => {
    const { portico, service } = await opened()
    const [one, two] = [service[Symbol.asyncIterator](), service[Symbol.asyncIterator]()]
    const asked = [one.next(), two.next()]
    await portico.offer(`${via}/1`)
    await portico.offer(`${via}/2`)
    const vias = await Promise.all(asked.map(async (next) => (await taken(next)).via))
    expect(vias).toEqual([`${via}/1`, `${via}/2`])
  })

  test('waits for the next loop when one was left', async () => {
    const { portico, service, connections } = await opened()
    const next = connections.next()
    await connections.return?.()
    expect((await next).done).toBe(true)
    const { outcome } = await portico.offer(via)
    await taken(service[Symbol.asyncIterator]().next())
    expect(await outcome).toEqual({ is: 'accepted' })
  })

  test('that nobody has taken is given back when the service closes; one that was taken goes on', async () => {
    const { portico, service, connections } = await opened()
    const { client } = await portico.offer(via)
    const connection = await taken(connections.next())
    const { outcome } = await portico.offer(via)
    portico.tell({ type: 'ping', request: 1 })
    await portico.next('pong')
    await service.close()
    expect(await outcome).toEqual({ is: 'rejected', reason: 'the service has closed' })
    client.write(Buffer.from('still here'))
    expect(await firstBytes(connection)).toBe('still here')
  })

  test('without its descriptor is rejected', async () => {
    const { portico } = await opened()
    portico.tell({ type: 'dispatch', connection: 7, registration: 1, via: uri, remote: local, local })
    expect(await portico.next('rejected')).toMatchObject({
      connection: 7,
      reason: expect.stringContaining('no descriptor'),
    })
  })

  test('of a registration that has ended is rejected, and its descriptor closed', async () => {
    const { portico } = await opened()
    const before = openDescriptors('socket')
    const { client, outcome } = await portico.offer(via, 2)
    expect(await outcome).toEqual({ is: 'rejected', reason: 'the registration has ended' })
    await client.readAll() // Portico's copy and ours are closed
    client.socket.destroy()
    expect(openDescriptors('socket')).toBeLessThanOrEqual(before)
  })
})

describe('a further session on a connection', () => {
  test.each([true, false])('is served or not as Portico says: %s', async (valid) => {
    const { portico, connections } = await opened()
    await portico.offer(via)
    const { validate } = await taken(connections.next())
    const answer = validate(`${via}/other`)
    const { request, ...asked } = await portico.next('validateRoute')
    expect(asked).toEqual({ type: 'validateRoute', registration: 1, via: `${via}/other`, local })
    portico.tell({ type: 'routeValid', request, valid })
    expect(await answer).toBe(valid)
  })

  test('is not served when Portico gives no answer within 5 s', async () => {
    const { portico, connections, clock } = await opened()
    await portico.offer(via)
    const answer = (await taken(connections.next())).validate(via)
    await portico.next('validateRoute')
    clock.turn(5_000)
    expect(await answer).toBe(false)
    expect(clock.pending).toBe(0)
  })

  test('is not served when its via is longer than any, and Portico is not asked', async () => {
    const { portico, connections } = await opened()
    await portico.offer(via)
    const { validate } = await taken(connections.next())
    await portico.next('accepted')
    expect(await validate(`${via}/${'x'.repeat(8192)}`)).toBe(false)
    portico.tell({ type: 'ping', request: 1 })
    await portico.next('pong')
    expect(portico.said).toEqual([])
  })

  test('waits for its turn when many others ask', async () => {
    const { portico, connections } = await opened()
    await portico.offer(via)
    const { validate } = await taken(connections.next())
    await portico.next('accepted')
    const most = 10 * availableParallelism()
    const answers = Array.from({ length: most + 1 }, () => validate(via))
    await portico.until(() => portico.said.length === most)
    portico.tell({ type: 'ping', request: 1 })
    await portico.next('pong')
    const asked = portico.said.splice(0)
    expect(asked).toHaveLength(most)
    for (const message of asked)
      if (message.type === 'validateRoute') portico.tell({ type: 'routeValid', request: message.request, valid: true })
    const { request } = await portico.next('validateRoute')
    portico.tell({ type: 'routeValid', request, valid: true })
    expect(new Set(await Promise.all(answers))).toEqual(new Set([true]))
  })

  test('is not served when Portico goes before it answers, nor while it is away', async () => {
    const { portico, connections } = await opened()
    await portico.offer(via)
    const { validate } = await taken(connections.next())
    const answer = validate(via)
    await portico.next('validateRoute')
    portico.stop()
    expect(await answer).toBe(false)
    expect(await validate(via)).toBe(false)
  })
})
