/** Programs that share a port by the two clients, the library and the one in Python: real processes on both sides. */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { echoing, expectEcho, expectWhole, isOpen, opened, viaOf } from '../support/echoed-client.ts'
import { isRoot } from '../support/is-root.ts'
import type { NetTcpClient } from '../support/net-tcp-client.ts'
import { freePort } from '../support/portico-folders.ts'
import { PorticoUnderTest } from '../support/portico-under-test.ts'
import { printingProgram } from '../support/printing-program.ts'
import { SharingProgram } from '../support/sharing-program.ts'
import { openDescriptors } from '../support/unix-pair.ts'

const programOf = (portico: PorticoUnderTest, as?: ConstructorParameters<typeof SharingProgram>[1]) =>
  new SharingProgram(portico.folders.home, as)

describe('a program with the library', () => {
  test('opens a port, gets its connections whole and several at once, and closes the port when it leaves; nothing of that stays in Portico', async () => {
    await using portico = await PorticoUnderTest.start()
    const port = await freePort()
    const program = programOf(portico)
    const before = openDescriptors()
    const told = await program.share('orders', { uri: `net.tcp://+:${port}/orders`, binding: { maxPendingAccepts: 3 } })
    expect(told).toMatchObject({
      event: 'shared',
      registration: { uri: `net.tcp://+:${port}/orders`, binding: { maxPendingAccepts: 3 } },
    })
    program.say({ do: 'take', name: 'orders' })
    const paths = ['/orders', '/Orders/deep', '/orders/3', '/orders/4', '/orders/5']
    const clients = await Promise.all(paths.map((path) => echoing(port, path)))
    for (const client of clients.toReversed()) await expectEcho(client, 'x'.repeat(100_000))
    program.say({ do: 'close', name: 'orders' })
    await portico.event('registration.removed')
    expect(await isOpen(port)).toBe(false)
    for (const client of clients) await expectEcho(client, 'still here')
    for (const client of clients) client.socket.destroy()
    await expect.poll(openDescriptors).toBeLessThanOrEqual(before)
  })

  test.each([
    ['an address of another process', 'ConflictingRegistration', /belongs to process \d+ of .* already/, /list regi/],
    ['a port of another program', 'FailedToListen', /port \d+ of every address is in use/, /ss -ltnp/],
    ['one more than its account may have', 'RegistrationQuotaExceeded', /has 1 registrations already/, /maxRegistr/],
    ['what is no address', 'InvalidArgument', /no absolute address/, /options of share/],
  ])('that shares %s is told which it is, why, and what to do', async (what, status, message, remedy) => {
    const limit = status === 'RegistrationQuotaExceeded' ? 1 : 9
    await using portico = await PorticoUnderTest.start({ portico: `maxRegistrations="${limit}"` })
    const port = await freePort()
    const other = programOf(portico)
    await other.serve(`net.tcp://+:${port}/taken`)
    const busy = createServer().listen(0)
    onTestFinished(() => void busy.close())
    await once(busy, 'listening')
    const address = busy.address()
    const busyPort = typeof address === 'object' ? address?.port : 0
    const uris: Readonly<Record<string, string>> = {
      'an address of another process': `net.tcp://+:${port}/taken`,
      'a port of another program': `net.tcp://+:${busyPort}/orders`,
      'one more than its account may have': `net.tcp://+:${port}/more`,
      'what is no address': '/orders',
    }
    const program = programOf(portico)
    expect(await program.share('it', { uri: uris[what] ?? '' })).toMatchObject({
      event: 'failed',
      status,
      message: expect.stringMatching(message),
      remedy: expect.stringMatching(remedy),
    })
    const free = { uri: `net.tcp://+:${await freePort()}/free` }
    if (limit > 1) expect(await program.share('another', free)).toMatchObject({ event: 'shared' })
  })

  test.skipIf(!isRoot)(
    'of an account that is not admitted is told what admits it, and shares once that is done',
    async () => {
      await using portico = await PorticoUnderTest.start()
      const program = programOf(portico, { uid: 81_234 })
      const uri = `net.tcp://+:${await freePort()}/orders`
      expect(await program.share('orders', { uri })).toMatchObject({
        event: 'failed',
        status: 'AccessDenied',
        uri,
        message: expect.stringContaining('<add securityIdentifier="S-1-22-1-81234"/>'),
        remedy: expect.stringMatching(/./),
      })
      portico.folders.configure({ allowAccounts: '<add securityIdentifier="S-1-22-1-81234"/>' })
      await portico.event('configuration.changed')
      expect(await program.share('orders', { uri })).toMatchObject({ event: 'shared' })
    },
  )

  test.each([
    ['its own', { maxPendingAccepts: 2, maxPendingConnections: 5 }, '', 2, 5],
    [
      'those of the sharing service',
      { maxPendingAccepts: 50, maxPendingConnections: 50 },
      'maxPendingAccepts="3" maxPendingConnections="4"',
      3,
      4,
    ],
  ])(
    'that takes nothing is offered and kept waiting as many as the lesser limits say, %s; others go on, and later it gets all in order',
    async (_, binding, netTcp, window, limit) => {
      await using portico = await PorticoUnderTest.start({ netTcp })
      const port = await freePort()
      const [slow, other] = [programOf(portico), programOf(portico)]
      await slow.share('slow', { uri: `net.tcp://+:${port}/slow`, binding })
      const clients: NetTcpClient[] = []
      for (let at = 1; at <= limit; at++) {
        clients.push(await opened(port, `/slow/${at}`))
        await portico.until(
          ({ registrations: [it] }) => it?.waiting === at && it.unacknowledged === Math.min(at, window),
        )
      }
      for (let extra = 1; extra <= 2; extra++) expect(await (await opened(port, '/slow/extra')).answer()).toBe('closed')
      expect(portico.status.registrations[0]).toMatchObject({ waiting: limit, unacknowledged: window, refused: 2 })
      await other.serve(`net.tcp://+:${port}/other`)
      await expectEcho(await echoing(port, '/other'), 'meanwhile')
      slow.say({ do: 'take', name: 'slow' })
      for (const [at, client] of clients.entries()) {
        expect(await slow.event('took')).toMatchObject({ connection: at, via: viaOf(port, `/slow/${at + 1}`) })
        await expectWhole(client, port, `/slow/${at + 1}`)
      }
      await portico.until(({ registrations: [it] }) => it?.dispatched === limit && it.waiting === 0)
    },
  )

  test('that is killed takes what it has taken along; what waits is closed without a byte, or goes to the application behind it', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { echo: 'echo' } })
    expect(await portico.call('/echo')).toBe('hello') // the worker process and its channel stay
    const port = await freePort()
    const before = openDescriptors()
    const program = programOf(portico)
    const binding = { maxPendingAccepts: 1 }
    await program.share('alone', { uri: `net.tcp://+:${port}/alone`, binding })
    await program.share('over', { uri: `net.tcp://+:${portico.port}/echo`, binding })
    await program.share('aside', { uri: `net.tcp://+:${portico.port}/aside`, binding })
    const taken = await opened(port, '/alone/taken')
    program.say({ do: 'take', name: 'alone', count: 1 })
    await program.event('took')
    await expectWhole(taken, port, '/alone/taken')
    const alone = [await opened(port, '/alone/1'), await opened(port, '/alone/2')]
    const aside = [await opened(portico.port, '/aside/1'), await opened(portico.port, '/aside/2')]
    const over = [await opened(portico.port, '/echo/1'), await opened(portico.port, '/echo/2')]
    await portico.until(({ registrations }) => registrations.every((it) => it.waiting === 2 && it.unacknowledged === 1))
    await program.kill()
    for (const client of [taken, ...alone, ...aside]) expect(await client.answer()).toBe('closed')
    const codes = portico.events.filter(({ event }) => event === 'connection.refused').map(({ fields }) => fields.code)
    expect(new Set(codes)).toEqual(new Set(['PORT_CLOSED', 'REGISTRATION_LEFT']))
    for (const client of over) expect(await client.answer()).toBe('ack')
    expect(portico.status.registrations).toEqual([])
    expect(await isOpen(port)).toBe(false)
    for (const client of [taken, ...alone, ...aside, ...over]) client.socket.destroy()
    await expect.poll(openDescriptors).toBeLessThanOrEqual(before)
  })

  test('shares a base address for endpoints with equal settings, and a deeper one for others, which fail when no deeper one is left', async () => {
    await using portico = await PorticoUnderTest.start()
    const port = await freePort()
    const program = programOf(portico)
    const baseAddress = `net.tcp://+:${port}/shop`
    const share = (path: string, more: object = {}) =>
      program.share(path, { uri: `net.tcp://+:${port}${path}`, baseAddress, ...more })
    const inForce = (path: string) => ({ event: 'shared', registration: { uri: `net.tcp://+:${port}${path}` } })
    const setAt = { maxPendingConnections: 'shop.config:12' }
    expect(await share('/shop/orders', { binding: { maxPendingConnections: 7 }, setAt })).toMatchObject(
      inForce('/shop'),
    )
    expect(await share('/shop/orders/old', { binding: { maxPendingConnections: 7 } })).toMatchObject(inForce('/shop'))
    expect(await share('/shop/news/today')).toMatchObject(inForce('/shop/news'))
    for (const path of ['/shop/orders', '/shop/orders/old', '/shop/news/today']) {
      program.say({ do: 'take', name: path })
      await expectEcho(await echoing(port, `${path}/x`), path)
      expect(await program.event('took')).toMatchObject({ name: path })
    }
    expect(await (await opened(port, '/shop/nothing')).answer()).toBe('EndpointNotFound')
    expect(portico.status.registrations.map(({ uri }) => uri)).toEqual([
      `net.tcp://+:${port}/shop`,
      `net.tcp://+:${port}/shop/news`,
    ])
    const failed = await share('/shop', {
      binding: { maxPendingConnections: 8, idleTimeout: 1_000 },
      endpoint: 'admin',
    })
    expect(failed).toMatchObject({
      event: 'failed',
      status: 'ConflictingRegistration',
      remedy: expect.stringMatching(/./),
    })
    for (const part of [
      `${baseAddress} can't be shared`,
      `those of net.tcp://+:${port}/shop/orders`,
      'maxPendingConnections is 7 (shop.config:12) and would be 8 (share() of admin)',
      'idleTimeout is 2 min (by default) and would be 1 s (share() of admin)',
    ])
      expect(failed).toMatchObject({ message: expect.stringContaining(part) })
  })

  test('that asks about a further session on a connection hears whether it is its own', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { echo: 'echo' } })
    const { port } = portico
    const [program, other] = [programOf(portico), programOf(portico)]
    await program.serve(`net.tcp://+:${port}/orders`)
    await other.serve(`net.tcp://+:${port}/orders/of-another`)
    await echoing(port, '/orders')
    await program.event('took')
    expect(await program.isValid(0, viaOf(port, '/orders/next'))).toBe(true)
    for (const path of ['/orders/of-another', '/echo', '/nothing'])
      expect(await program.isValid(0, viaOf(port, path))).toBe(false)
  })
})

const hasPython = spawnSync('python3', ['--version']).status === 0
if (!hasPython) process.stdout.write('skipped: the client in Python, because there is no python3\n')

test.skipIf(!hasPython)(
  'a program in Python gets 200 connections at once through Portico, and every byte of each goes there and back',
  async () => {
    await using portico = await PorticoUnderTest.start({ netTcp: 'listenBacklog="300" maxPendingConnections="300"' })
    const port = await freePort()
    const shares = join(import.meta.dirname, '../fixtures/programs/shares.py')
    const binding = JSON.stringify({ maxPendingConnections: 300 })
    const { sharingSocket } = portico.service.options.home
    const program = printingProgram('python3', [shares, sharingSocket, `net.tcp://+:${port}/orders`, binding])
    expect(await program.next()).toMatchObject({ type: 'welcome' })
    expect(await program.next()).toMatchObject({ type: 'registered', uri: `net.tcp://+:${port}/orders` })
    const connections = Array.from({ length: 200 }, (_, at) => at)
    const clients = await Promise.all(connections.map((at) => echoing(port, `/orders/${at}`)))
    await Promise.all(clients.map((client, at) => expectEcho(client, `${at} `.repeat(10_000))))
    expect(portico.status.registrations[0]).toMatchObject({ dispatched: 200, waiting: 0, refused: 0 })
  },
)
