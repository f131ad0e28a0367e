/** Peers that say as much as they can, and ports that come and go without end: memory and log are bounded, others are served. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  answerOf,
  hello,
  kill,
  lineOf,
  mute,
  othersAreServed,
  peerOf,
  socketOf,
  withOthers,
} from '../support/hostile.ts'
import { isRoot } from '../support/is-root.ts'
import { Knocking, runAs } from '../support/knocking.ts'
import { freePort } from '../support/portico-folders.ts'
import { PorticoUnderTest } from '../support/portico-under-test.ts'

const apps = { echo: 'echo' }
const local = { address: '127.0.0.1', port: 808 }

/** What goes wrong where nobody looks. */
function mishaps(): unknown[] {
  const seen: unknown[] = []
  const note = (what: unknown) => void seen.push(what)
  process.on('warning', note).on('unhandledRejection', note)
  onTestFinished(() => void process.off('warning', note).off('unhandledRejection', note))
  return seen
}

describe('a peer that floods its channel', () => {
  test.each([
    [
      'with answers to what it was not asked',
      lineOf({ type: 'accepted', connection: 2 ** 53 - 1 }),
      100_000,
      'sharing.misused',
    ],
    [
      'with questions, and reads no answer',
      lineOf({ type: 'validateRoute', request: 1, registration: 1, via: 'net.tcp://h/', local }),
      100_000,
      undefined,
    ],
    ['with greetings', hello, 100_000, 'sharing.misused'],
  ])('%s costs a bounded amount, and others are served meanwhile', async (_, line, count, logged) => {
    await using portico = await PorticoUnderTest.start({ apps })
    const { honest, nothingIsLeft } = await withOthers(portico)
    const seen = mishaps()
    const flood = await mute(portico)
    flood.write(hello + line.repeat(count))
    await othersAreServed(portico, honest)
    if (logged) await portico.event(logged)
    await othersAreServed(portico, honest)
    flood.destroy()
    await nothingIsLeft()
    expect(portico.events.filter(({ event }) => event.startsWith('sharing.')).length).toBeLessThanOrEqual(1)
    expect(seen).toEqual([])
  })

  test('with short questions whose answers are long, and reads none: Portico keeps no more than some of them', async () => {
    await using portico = await PorticoUnderTest.start({ apps })
    const { honest, nothingIsLeft } = await withOthers(portico)
    const uri = `net.tcp://+:${portico.port}/long`
    const greedy = await mute(portico)
    const setAt = {
      maxPendingConnections: 'x'.repeat(4096),
      maxPendingAccepts: 'x'.repeat(4096),
      idleTimeout: 'x'.repeat(4096),
    }
    const binding = { maxPendingConnections: 5, maxPendingAccepts: 5, idleTimeout: 5 }
    greedy.write(hello + lineOf({ type: 'register', uri, binding, setAt, endpoint: 'x'.repeat(4096) }))
    await portico.until(({ registrations }) => registrations.length === 2)
    const before = process.memoryUsage().arrayBuffers
    greedy.write(lineOf({ type: 'register', uri }).repeat(5_000)) // each is refused with 16 KiB
    await portico.event('sharing.refused')
    await othersAreServed(portico, honest)
    await othersAreServed(portico, honest)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024)
    greedy.destroy()
    await nothingIsLeft()
  })

  test.skipIf(!isRoot)(
    'in company, from several accounts at once (other accounts need root): an honest one is welcomed',
    async () => {
      await using portico = await PorticoUnderTest.start({
        apps,
        allowAccounts: '<add securityIdentifier="S-1-22-1-81237"/>',
      })
      const { honest, nothingIsLeft } = await withOthers(portico)
      const floods = [81_234, 81_235, 81_236].map((uid) =>
        runAs({ uid }, 'floods.mjs', { args: [socketOf(portico), '60000'] }),
      )
      const another = new Knocking(socketOf(portico), [{ type: 'hello', version: 1 }], { uid: 81_237 })
      for (const _ of floods) await portico.event('sharing.refused') // one of each account
      expect(await another.next()).toMatchObject({ type: 'welcome' })
      await othersAreServed(portico, honest)
      await Promise.all(floods.map(kill))
      await another.end()
      await nothingIsLeft()
    },
  )
})

describe('ports that come and go', () => {
  test('thousands of times in one process leave nothing, and their lines in the log are bounded', async () => {
    await using portico = await PorticoUnderTest.start({ apps })
    const { honest, nothingIsLeft } = await withOthers(portico)
    const peer = await peerOf(portico)
    const ports = await Promise.all([freePort(), freePort(), freePort()])
    for (let round = 0; round < 3_000; round++) {
      const registration = await peer.registered(`net.tcp://+:${ports[round % 3]}/churn`)
      peer.say({ type: 'unregister', registration })
    }
    await othersAreServed(portico, honest)
    expect(portico.events.filter(({ event }) => event.startsWith('registration.')).length).toBeLessThanOrEqual(2_000)
    peer[Symbol.dispose]()
    await nothingIsLeft()
    portico.clock.skip(600_001) // moves the clock on: what was left out is told with the next one after ten minutes
    const late = await peerOf(portico)
    await late.registered(`net.tcp://+:${ports[0]}/churn`)
    expect((await portico.event('registration.eventsLeftOut')).fields).toMatchObject({ count: expect.any(Number) })
  })

  test('with rubbish sent to each do not fill the log', async () => {
    await using portico = await PorticoUnderTest.start({ apps })
    const { nothingIsLeft } = await withOthers(portico)
    const peer = await peerOf(portico)
    const port = await freePort()
    for (let round = 0; round < 20; round++) {
      const registration = await peer.registered(`net.tcp://+:${port}/rubbish`)
      const answers = Array.from({ length: 20 }, () => answerOf(port, '/nothing-here'))
      expect(new Set(await Promise.all(answers))).toEqual(new Set(['EndpointNotFound']))
      peer.say({ type: 'unregister', registration })
    }
    expect(portico.events.filter(({ event }) => event === 'connection.refused').length).toBeLessThanOrEqual(200)
    peer[Symbol.dispose]()
    await nothingIsLeft()
  })

  test('in two processes that want the same one: both get it in turn, and it closes after the last', async () => {
    await using portico = await PorticoUnderTest.start({ apps })
    const { nothingIsLeft } = await withOthers(portico)
    const port = await freePort()
    const peers = await Promise.all([peerOf(portico), peerOf(portico)])
    const seen = mishaps()
    await Promise.all(
      peers.map(async (peer, at) => {
        for (let round = 0; round < 500; round++) {
          const registration = await peer.registered(`net.tcp://+:${port}/${at}`)
          peer.say({ type: 'unregister', registration })
        }
        peer[Symbol.dispose]()
      }),
    )
    await nothingIsLeft()
    expect(seen).toEqual([])
  })

  test('while the configuration changes over and over and applications come and go at the same addresses', async () => {
    await using portico = await PorticoUnderTest.start({ apps })
    const { honest, nothingIsLeft } = await withOthers(portico)
    const port = await freePort()
    const site = (more: string) => portico.folders.configure({ portico: `maxRegistrations="${more}"` })
    const peer = await peerOf(portico)
    const seen = mishaps()
    let isOver = false
    const churn = (async () => {
      for (let round = 0; !isOver; round++) {
        const answers = [
          await peer.register(`net.tcp://*:${portico.port}/contested`),
          await peer.register(`net.tcp://+:${port}/${round % 7}`),
        ]
        for (const answer of answers)
          if (answer.type === 'registered') peer.say({ type: 'unregister', registration: answer.registration })
      }
    })()
    for (let round = 0; round < 6; round++) {
      site(`${900 + round}`)
      portico.folders.deploy('contested', 'echo')
      await portico.event('application.deployed')
      rmSync(join(portico.folders.apps, 'contested'), { recursive: true })
      await portico.event('application.removed')
    }
    await othersAreServed(portico, honest)
    isOver = true
    await churn
    peer[Symbol.dispose]()
    await nothingIsLeft()
    expect(seen).toEqual([])
  })

  test('stay when a coming configuration wants them, although who has registered them leaves meanwhile', async () => {
    await using portico = await PorticoUnderTest.start()
    const { namespace } = portico.service
    const peer = await peerOf(portico)
    // However far the opening is when the registration goes.
    for (let steps = 0; steps < 12; steps++) {
      const [kept, opened] = [await freePort(), await freePort()]
      const registration = await peer.registered(`net.tcp://+:${kept}/x`)
      const { configuration, ...rest } = namespace.snapshot
      const sites = configuration.sites.map((site) => ({
        ...site,
        bindings: site.bindings.slice(0, 1).flatMap((binding) => [kept, opened].map((port) => ({ ...binding, port }))),
      }))
      const coming = { ...rest, configuration: { ...configuration, sites } }
      const opening = namespace.openPorts(coming)
      for (let step = 0; step < steps; step++) await undefined
      namespace.unregister([registration], 'it left')
      await opening
      namespace.take(coming)
      namespace.keepPorts()
      expect(portico.status.ports.map(({ port }) => port).toSorted()).toEqual([kept, opened].toSorted())
    }
  })

  test('while Portico stops: none stays open', async () => {
    const portico = await PorticoUnderTest.start({ apps })
    await using _ = portico
    const seen = mishaps()
    const port = await freePort()
    const peers = await Promise.all(Array.from({ length: 20 }, () => peerOf(portico)))
    const asking = peers.map(async (peer, at) => {
      for (let round = 0; ; round++) {
        // The channel ends with Portico; what isn't given any more is refused before.
        const answer = await peer.register(`net.tcp://127.0.0.${at + 1}:${port}/${round}`).catch(() => undefined)
        if (!answer) return
      }
    })
    await portico.until(({ registrations }) => registrations.length > 100)
    await portico.stop()
    await Promise.all(asking)
    await expect(answerOf(port, '/0')).rejects.toThrow('ECONNREFUSED')
    expect(seen).toEqual([])
  })
})
