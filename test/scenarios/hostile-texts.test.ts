/** Peers that say what nobody expects: no line ends Portico, and no text of theirs moves an administrator's cursor or forges a line. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import type { Explanation } from '#admin/explanation.ts'
import type { Status } from '#admin/status.ts'
import { ask } from '#main/admin-client.ts'
import { explanationText } from '#main/explain-text.ts'
import { statusText } from '#main/status-text.ts'
import { answerOf, hello, lineOf, mute, othersAreServed, peerOf, socketOf, withOthers } from '../support/hostile.ts'
import { isRoot } from '../support/is-root.ts'
import { Knocking } from '../support/knocking.ts'
import { freePort } from '../support/portico-folders.ts'
import { PorticoUnderTest } from '../support/portico-under-test.ts'

const apps = { echo: 'echo' }
/** These tests skip more time than a worker process has for the answer to a ping. */
const pools = '<add name="DefaultAppPool"><processModel pingingEnabled="false"/></add>'
/** Clears the screen, titles the window, overwrites the line, forges one, and reverses what follows. */
const nasty = '\u001b[2J\u001b]0;title\u0007\r\n12:00:00.000 error forged\u009b1m\u202e\u2028\ud800'
const obeyed = /(?!\n)[\p{Cc}\p{Bidi_Control}\p{Cs}\u2028\u2029]/u

describe('a line that no client would send', () => {
  const invalid = [
    ['a type without a text', '{"type":{"toString":1}}'],
    ['a type that is nested deeply', `{"type":${'['.repeat(30_000)}${']'.repeat(30_000)}}`],
    ['a type that objects inherit', '{"type":"constructor"}'],
    ['a prototype', '{"__proto__":{"type":"leave"}}'],
    ['nothing but a number', '1e308'],
    ['null', 'null'],
    ['a connection that is too great', '{"type":"accepted","connection":9007199254740992}'],
    ['a connection that is far too great', '{"type":"accepted","connection":1e308}'],
    ['a connection below zero', '{"type":"accepted","connection":-1}'],
    ['a request between numbers', '{"type":"register","request":0.5,"uri":"net.tcp://+:9/x"}'],
    ['a setting without end', '{"type":"register","uri":"net.tcp://+:9/x","binding":{"idleTimeout":1e999}}'],
    [
      'a setting that does not exist',
      `{"type":"register","uri":"net.tcp://+:9/x","setAt":{${JSON.stringify(nasty)}:"x"}}`,
    ],
  ] as const

  test.each([
    ['as the first one', ''],
    ['after the greeting', hello],
  ])('ends its channel alone, %s', async (_, before) => {
    await using portico = await PorticoUnderTest.start({ apps, pools })
    const { honest, nothingIsLeft } = await withOthers(portico)
    for (const [what, line] of invalid) {
      const socket = await mute(portico)
      const closed = once(socket, 'close')
      socket.write(`${before}${line}\n`)
      socket.resume().on('end', () => socket.end())
      await closed
      portico.clock.skip(60_001) // moves the clock on: within a minute the next one would not be written
      const { fields } = await portico.event('sharing.refused')
      expect(fields.reason, what).not.toMatch(obeyed)
    }
    await othersAreServed(portico, honest)
    await nothingIsLeft()
    expect(portico.events.filter(({ level }) => level === 'error')).toEqual([])
  })

  test.each([
    ['minus zero', '{"type":"accepted","connection":-0}'],
    ['a number that just fits', '{"type":"unregister","registration":9007199254740991}'],
    ['members that objects inherit', '{"type":"pong","request":1,"__proto__":{"a":1},"constructor":{"prototype":1}}'],
    [
      'a via with half a character',
      '{"type":"validateRoute","request":1,"registration":1,"via":"net.tcp://\\ud800/%","local":{"address":"\\ud800","port":0}}',
    ],
    [
      'a local address of everything',
      '{"type":"validateRoute","request":1,"registration":1,"via":"net.tcp://[::1%25x]:808/","local":{"address":"::%::","port":65535}}',
    ],
  ])('with %s has no effect, and the channel stays', async (_, line) => {
    await using portico = await PorticoUnderTest.start()
    const socket = await mute(portico)
    let heard = ''
    socket.resume().on('data', (bytes) => {
      heard += bytes
    })
    socket.write(`${hello}${line}\n${lineOf({ type: 'register', request: 9, uri: 'nonsense' })}`)
    await expect.poll(() => heard).toContain('"request":9')
  })
})

describe.skipIf(!isRoot)('an account that is refused (other accounts need root)', () => {
  test('while its registration is being made gets neither the address nor the port', async () => {
    await using portico = await PorticoUnderTest.start({ allowAccounts: '<add securityIdentifier="S-1-22-1-81234"/>' })
    const other = createServer().listen(0)
    await once(other, 'listening')
    const address = other.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const register = { type: 'register', uri: `net.tcp://+:${port}/x` }
    const said = [{ type: 'hello', version: 1 }, ...Array.from({ length: 20 }, () => register)]
    const peer = new Knocking(socketOf(portico), said, { uid: 81_234 })
    expect(await peer.next()).toMatchObject({ type: 'welcome' })
    portico.folders.configure({}) // while Portico still tries the port
    await portico.event('configuration.changed')
    other.close()
    for (let last = await peer.next(); last !== 'closed'; last = await peer.next())
      expect(last).toMatchObject({ type: 'refused' })
    await portico.until(({ registrations, ports }) => registrations.length === 0 && ports.length === 1)
    expect(portico.events.filter(({ level }) => level === 'error')).toEqual([])
  })
})

describe('an address', () => {
  test.each([
    ['with escapes and dots', '/a/%2e%2e/b/./%63//d/', '/b/c//d'],
    ['that climbs above its root', '/../../..', '/'],
    ['with what objects inherit', '/__proto__/constructor/toString', '/__proto__/constructor/toString'],
    ['with control characters', '/x\u001b[2J\n', '/x%1B[2J'],
    ['with half a character', '/\ud800', '/%EF%BF%BD'],
    ['of a thousand segments', '/a'.repeat(1000), '/a'.repeat(1000)],
  ])('%s is registered in its canonical form, and answers there', async (_, path, canonical) => {
    await using portico = await PorticoUnderTest.start()
    const peer = await peerOf(portico)
    const made = await peer.register(`net.tcp://+:${portico.port}${path}`)
    expect(made).toMatchObject({ type: 'registered', uri: `net.tcp://+:${portico.port}${canonical}` })
    const answered = answerOf(portico.port, canonical.toUpperCase().replaceAll('%EF%BF%BD', '%ef%bf%bd'))
    await peer.answer()
    expect(await answered).toBe('ack')
    peer[Symbol.dispose]()
    await portico.until(({ registrations }) => registrations.length === 0)
    expect(await answerOf(portico.port, canonical)).toBe('EndpointNotFound')
  })

  test('of IPv6 is the same in every spelling', async () => {
    await using portico = await PorticoUnderTest.start()
    const peer = await peerOf(portico)
    const port = await freePort()
    const first = await peer.registered(`net.tcp://[0:0::0:1]:${port}/x`)
    expect(await peer.registered(`net.tcp://[::1]:${port}/x/`)).toBe(first)
  })
})

describe('a text of a peer', () => {
  test('is shown by status, list and explain, and written to the log, as text', async () => {
    await using portico = await PorticoUnderTest.start()
    const peer = await peerOf(portico)
    const uri = `net.tcp://+:${portico.port}/nasty`
    await peer.registered(uri, {
      endpoint: `endpoint ${nasty}`,
      setAt: { idleTimeout: nasty },
      binding: { idleTimeout: 7 },
    })
    const differs = await peer.register(uri, {
      endpoint: nasty,
      setAt: { idleTimeout: nasty },
      binding: { idleTimeout: 1e308 },
    })
    expect(differs).toMatchObject({ status: 'ConflictingRegistration', message: expect.not.stringMatching(obeyed) })
    for (const [about, more] of [
      [`net.tcp://${nasty}/`, {}],
      [uri, { hostNameComparisonMode: nasty }],
    ] as const) {
      portico.clock.skip(60_001) // moves the clock on: within a minute the next one would not be written
      const answer = await peer.register(about, more)
      expect(answer).toMatchObject({ type: 'refused', message: expect.not.stringMatching(/[\n]/) })
    }
    const refused = answerOf(portico.port, '/nasty')
    peer.say({ type: 'rejected', connection: (await peer.offered()).dispatch.connection, reason: nasty })
    const again = await Promise.race([peer.offered(), refused])
    if (typeof again !== 'string') peer.say({ type: 'rejected', connection: again.dispatch.connection, reason: nasty })
    const unknown = answerOf(portico.port, `/nothing${nasty}`)
    expect(await unknown).not.toBe('ack')

    const home = portico.service.options.home.home
    const status = statusText(await ask<Status>(home, 'GET', '/status'))
    expect(status).toContain('endpoint \\u{1b}[2J')
    const query = new URLSearchParams({ url: uri.replace('+', 'localhost') })
    const explained = explanationText(await ask<Explanation>(home, 'GET', `/explain?${query}`))
    for (const text of [status, explained]) expect(text).not.toMatch(obeyed)
    expect(status.split('\n').filter((line) => line.startsWith('12:00'))).toEqual([])
    for (const { fields } of portico.events)
      for (const value of [fields.reason, fields.via, fields.error instanceof Error ? fields.error.message : ''])
        expect(String(value)).not.toMatch(/[\p{Cc}\p{Bidi_Control}\p{Cs}]/u)
  })
})
