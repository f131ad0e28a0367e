import { once } from 'node:events'
import { existsSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { StandbyChannel } from '#activation/standby-processes.ts'
import type { Registration, WorkerChannel, WorkerReports } from '#activation/worker-channel.ts'
import { PorticoError } from '#base/errors.ts'
import type { ReachedStep } from '#base/journey.ts'
import { SharingServer, type SharingSurroundings } from '#handoff/sharing-server.ts'
import { descriptorOf } from '#syscalls/descriptor.ts'
import { linesOf } from '../../support/channel-peer.ts'
import { socketPair } from '../../support/framing-client.ts'
import { KeptLog } from '../../support/kept-log.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { openDescriptors, ownFolder } from '../../support/unix-pair.ts'

const hello = { type: 'hello', version: 1, token: 'known' }
const endpoint = { address: '127.0.0.1', port: 808 }

/** A registrar that has nothing to give. */
const noRegistrar: SharingSurroundings['registrar'] = {
  register: ({ uri }) => Promise.reject(new PorticoError('REGISTRATION_INVALID', { uri, problem: 'nothing is given' })),
  unregister() {},
}

/** A server that admits the token `known`, and everything that the worker process behind it reports. */
async function sharing(changes: Partial<SharingSurroundings> = {}) {
  const path = join(ownFolder(), 'sharing.sock')
  const clock = new ManualClock()
  const log = new KeptLog()
  const reports: string[] = []
  const admitted: WorkerChannel[] = []
  const registrations: Registration[] = []
  const loadSteps: ReachedStep[] = []
  const reported = { next: Promise.withResolvers<void>() }
  const report = (what: string) => {
    reports.push(what)
    reported.next.resolve()
    reported.next = Promise.withResolvers()
  }
  const server = new SharingServer({
    clock,
    log,
    maxPendingAccepts: () => 2,
    maxRegistrations: () => 10,
    routeOf: (via) => (via.endsWith('/echo') ? '/echo' : undefined),
    assertPeer() {},
    registrar: noRegistrar,
    async admitStandby() {
      return false
    },
    async admit(token, channel, open, welcome) {
      if (token !== 'known') return false
      admitted.push(channel)
      const limits = { startupTimeLimit: 90_000, idleTimeout: null }
      welcome({ type: 'welcome', version: 1, pool: 'Pool', worker: 'w1', environment: {}, ...limits })
      channel.open('w1', {
        registered(application, registration, steps = []) {
          registrations.push(registration)
          loadSteps.push(...steps)
          report(`registered ${application}`)
        },
        unregistered: (application) => report(`unregistered ${application}`),
        activationFailed: (application, message) => report(`failed ${application}: ${message}`),
        accepted: () => report('accepted'),
        session: () => {},
        closed: () => report('closed'),
        service: (application, { service, binding }) =>
          report(
            `service ${service} of ${application}: maxPendingAccepts ${binding?.settings.maxPendingAccepts}, set by ${binding?.setBy}`,
          ),
        leased: (number, { application, name, heldFor }) =>
          report(`lease ${number} of ${application}: ${name}, for ${heldFor} ms`),
        leaseReleased: (number) => report(`released ${number}`),
        retiring: () => {},
        left: () => report('left'),
        lost: () => report('lost'),
      })
      report(`admitted with ${open} open`)
      return true
    },
    ...changes,
  })
  await server.listen(path)
  onTestFinished(() => server[Symbol.asyncDispose]())
  return {
    server,
    path,
    clock,
    log,
    reports,
    admitted,
    registrations,
    loadSteps,
    async until(what: string) {
      while (!reports.includes(what)) await reported.next.promise
    },
  }
}

async function peerOf(path: string) {
  const socket = connect(path)
  socket.on('error', () => {})
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  const lines = linesOf(socket)
  return {
    socket,
    say: (...said: object[]) => void socket.write(said.map((message) => `${JSON.stringify(message)}\n`).join('')),
    line: async () => JSON.parse((await lines.next()).value ?? 'null') as Record<string, unknown> | null,
  }
}

async function worker(open = 0) {
  const around = await sharing()
  const peer = await peerOf(around.path)
  peer.say({ ...hello, open }, { type: 'register', application: '/echo' })
  expect(await peer.line()).toMatchObject({ type: 'welcome' })
  const { registration } = (await peer.line()) ?? {}
  await around.until('registered /echo')
  return { ...around, ...peer, registration }
}

async function connectionToSend(number: number) {
  const { client, server } = await socketPair()
  onTestFinished(() => {
    client.socket.destroy()
    server.destroy()
  })
  const via = 'net.tcp://localhost/echo'
  return { number, descriptor: descriptorOf(server), via, remote: endpoint, local: endpoint }
}

test('what a worker process tells of its start and of a loading has the times of our clock', async () => {
  const { path, clock, admitted, loadSteps, until } = await sharing()
  clock.turn(1000)
  const peer = await peerOf(path)
  const told = [
    { step: 'first\u001b line', ago: 30.5 },
    { step: 'account taken', ago: 0 },
  ]
  peer.say({ ...hello, steps: told }, { type: 'register', application: '/echo', steps: [{ step: 'imported', ago: 2 }] })
  await until('registered /echo')
  expect(admitted[0]?.startSteps).toEqual([
    { step: 'first\\u{1b} line', at: 969.5 },
    { step: 'account taken', at: 1000 },
  ])
  expect(loadSteps).toEqual([{ step: 'imported', at: 998 }])
})

test.each([
  ['more than 16 steps', Array.from({ length: 17 }, () => ({ step: 's', ago: 1 }))],
  ['a step of the future', [{ step: 's', ago: -1 }]],
  ['a step with more than 64 characters', [{ step: 's'.repeat(65), ago: 1 }]],
])('a worker process that tells %s is refused', async (_, steps) => {
  const { path } = await sharing()
  const peer = await peerOf(path)
  peer.say({ ...hello, steps })
  expect(await peer.line()).toMatchObject({ type: 'refused', status: 'InvalidArgument' })
})

describe('the sharing socket', () => {
  test('is there for every account, and goes with its server', async () => {
    const { server, path } = await sharing()
    expect(statSync(path).mode & 0o777).toBe(0o666)
    await server[Symbol.asyncDispose]()
    expect(existsSync(path)).toBe(false)
  })

  test('replaces one that an earlier run left behind', async () => {
    const first = await sharing()
    const around = { clock: first.clock, log: first.log, maxPendingAccepts: () => 1, registrar: noRegistrar }
    const admission = {
      admit: async () => false,
      admitStandby: async () => false,
      assertPeer() {},
      maxRegistrations: () => 1,
    }
    const second = new SharingServer({ ...around, ...admission, routeOf: () => undefined })
    await second.listen(first.path)
    await second[Symbol.asyncDispose]()
  })

  test('that can not be made is an error, and nothing is left to close', async () => {
    const { server } = await sharing()
    await server[Symbol.asyncDispose]()
    await expect(server.listen('/nowhere/at/all.sock')).rejects.toThrow('/nowhere/at/all.sock')
    await server[Symbol.asyncDispose]()
  })
})

describe('a peer that is refused gets status, message and remedy, and the end', () => {
  test.each([
    ['says something before hello', { type: 'leave' }, 'InvalidArgument', 'first message must be hello'],
    ['speaks a newer version', { ...hello, version: 2 }, 'VersionUnsupported', 'version 2 .* newer than version 1'],
    ['has an unknown token', { ...hello, token: 'x' }, 'InvalidArgument', `process ${process.pid} presents a token`],
  ])('when it %s', async (_, said, status, message) => {
    const { path, log, clock } = await sharing()
    const { say, line } = await peerOf(path)
    const before = openDescriptors('anon_inode:[pidfd]')
    say(said, hello)
    const refused = await line()
    expect(refused).toMatchObject({ type: 'refused', status, message: expect.stringMatching(message) })
    expect(refused?.remedy).toMatch(/\.$/)
    expect(await line()).toBeNull()
    expect(log.named('sharing.refused')).toMatchObject([{ pid: process.pid, status }])
    expect(clock.pending).toBe(0)
    expect(openDescriptors('anon_inode:[pidfd]')).toBe(before)
  })

  test('when it has not said hello in time', async () => {
    const { path, clock } = await sharing()
    const { line } = await peerOf(path)
    await clock.whenSet(10_000)
    clock.turn(10_000)
    expect(await line()).toBeNull()
  })

  test('when it says hello twice', async () => {
    const { path, until } = await sharing()
    const { say, line } = await peerOf(path)
    say({ ...hello, open: 3 }, hello)
    expect(await line()).toMatchObject({ type: 'welcome', worker: 'w1' })
    expect(await line()).toBeNull()
    await until('lost')
    await until('admitted with 3 open')
  })
})

describe('a process that Portico did not start', () => {
  const denied = new PorticoError('SHARING_DISABLED', { who: 'process 1 of alice', file: 'applicationHost.config' })

  test('is greeted when it may share ports, and may leave', async () => {
    const asked: [number, string][] = []
    const { path } = await sharing({ assertPeer: ({ uid }, wants) => void asked.push([uid, wants]) })
    const { say, line, socket } = await peerOf(path)
    say({ type: 'hello', version: 1, uri: 'net.tcp://+:9000/orders' })
    expect(await line()).toEqual({ type: 'welcome', version: 1 })
    expect(asked).toEqual([[process.geteuid?.(), 'net.tcp://+:9000/orders']])
    say({ type: 'leave' })
    socket.end()
    expect(await line()).toBeNull()
  })

  test.each([
    { type: 'lease', number: 1, application: '/echo', name: 'report' },
    { type: 'released', number: 1 },
  ])('changes nothing by talking like a worker process: $type', async (said) => {
    const { path, log } = await sharing()
    const { say, line } = await peerOf(path)
    say({ type: 'hello', version: 1 }, said, {
      type: 'validateRoute',
      request: 1,
      registration: 1,
      via: 'a',
      local: endpoint,
    })
    expect(await line()).toMatchObject({ type: 'welcome' })
    expect(await line()).toEqual({ type: 'routeValid', request: 1, valid: false })
    expect(log.named('sharing.misused')).toMatchObject([{ reason: `talks like a worker process (${said.type})` }])
  })

  test('is refused with what the rules say, and counted', async () => {
    const { path, server, log } = await sharing({
      assertPeer() {
        throw denied
      },
    })
    for (let n = 0; n < 3; n++) {
      const { say, line } = await peerOf(path)
      say({ type: 'hello', version: 1 })
      const { message, remedy } = denied
      expect(await line()).toEqual({ type: 'refused', status: 'ServiceDisabled', message, remedy })
      expect(await line()).toBeNull()
    }
    expect(server.refused).toBe(3)
    expect(log.named('sharing.refused')).toMatchObject([{ code: 'SHARING_DISABLED', uid: process.geteuid?.() }])
  })

  test('that may not share any more is refused when the rules are looked at again; others stay', async () => {
    const unwanted = new Set<string>()
    const { path, server } = await sharing({
      assertPeer(_, wants) {
        if (unwanted.has(wants)) throw denied
      },
    })
    const [goes, stays] = [await peerOf(path), await peerOf(path)]
    goes.say({ type: 'hello', version: 1, uri: 'a' })
    stays.say({ type: 'hello', version: 1, uri: 'b' })
    expect([await goes.line(), await stays.line()]).toMatchObject([{ type: 'welcome' }, { type: 'welcome' }])
    unwanted.add('a')
    server.reconsider()
    expect(await goes.line()).toMatchObject({ type: 'refused' })
    expect(await goes.line()).toBeNull()
    server.reconsider()
    stays.say({ type: 'register', application: '/echo' })
    expect(await stays.line()).toMatchObject({ type: 'refused', status: 'InvalidArgument' })
  })

  test('ends alone when the rules can not be looked at', async () => {
    const { path, log } = await sharing({
      assertPeer() {
        throw new Error('the directory server is gone')
      },
    })
    const { say, line } = await peerOf(path)
    say({ type: 'hello', version: 1 })
    expect(await line()).toBeNull()
    expect(log.named('sharing.failed')).toMatchObject([{ pid: process.pid }])
    expect(await (await peerOf(path)).socket.readyState).toBe('open')
  })
})

describe('a worker process that is still being looked at', () => {
  test('may speak: what it says counts once it is admitted', async () => {
    const { path, until } = await sharing()
    const { say, line } = await peerOf(path)
    say(hello, { type: 'register', application: '/echo' }, { type: 'leave' })
    expect(await line()).toMatchObject({ type: 'welcome' })
    await until('registered /echo')
    await until('left')
  })

  test('and ends meanwhile is lost, and nothing is left of it', async () => {
    const decision = Promise.withResolvers<boolean>()
    const asked = Promise.withResolvers<void>()
    const lost = Promise.withResolvers<void>()
    const { path } = await sharing({
      async admit(_, channel) {
        asked.resolve()
        await decision.promise
        channel.open('w1', { lost: () => lost.resolve() } as unknown as WorkerReports)
        return true
      },
    })
    const before = openDescriptors('anon_inode:[pidfd]')
    const { say, socket } = await peerOf(path)
    say(hello)
    await asked.promise
    socket.destroy()
    decision.resolve(true)
    await lost.promise
    expect(openDescriptors('anon_inode:[pidfd]')).toBeLessThanOrEqual(before)
  })
})

describe('a worker process on its channel', () => {
  test('is asked, answers and reports', async () => {
    const { admitted, say, line, until, clock } = await worker()
    expect(clock.pending).toBe(0)
    const [channel] = admitted
    expect(channel?.peer.pid).toBe(process.pid)
    channel?.activate({ id: '/stock', path: '/stock', folder: '/apps/stock', bases: [] })
    channel?.deactivate('/old', 'removed')
    channel?.drain('idle', 5000)
    expect(await line()).toEqual({
      type: 'activate',
      application: '/stock',
      path: '/stock',
      folder: '/apps/stock',
      bases: [],
    })
    expect(await line()).toEqual({ type: 'deactivate', application: '/old', reason: 'removed' })
    expect(await line()).toEqual({ type: 'drain', reason: 'idle', timeLimit: 5000 })
    say({ type: 'activationFailed', application: '/stock', message: 'no such module' }, { type: 'leave' })
    await until('failed /stock: no such module')
    await until('left')
  })

  test('tells of its leases', async () => {
    const { say, until } = await worker()
    say({ type: 'lease', number: 7, application: '/echo', name: 'report', heldFor: 5 }, { type: 'released', number: 7 })
    await until('lease 7 of /echo: report, for 5 ms')
    await until('released 7')
  })

  test('may not tell of more than 1,000 leases at once', async () => {
    const { say, until, reports } = await worker()
    const lease = (number: number) => ({ type: 'lease', number, application: '/echo', name: 'one of many' })
    say(...Array.from({ length: 1_000 }, (_, number) => lease(number)))
    say({ type: 'released', number: 0 }, lease(1_000), lease(1_001))
    await until('lost')
    expect(reports).toContain('lease 1000 of /echo: one of many, for 0 ms')
    expect(reports).not.toContain('lease 1001 of /echo: one of many, for 0 ms')
  })

  test('answers a ping, or the ping ends with its signal', async () => {
    const { admitted, say, line } = await worker()
    const patience = new AbortController()
    const [answered, unanswered] = [admitted[0]?.ping(patience.signal), admitted[0]?.ping(patience.signal)]
    const { request } = (await line()) ?? {}
    say({ type: 'pong', request: 99 }, { type: 'pong', request })
    await answered
    patience.abort(new Error('no answer'))
    await expect(unanswered).rejects.toThrow('no answer')
  })

  test.each([
    ['comes to its registration', 0, 'net.tcp://localhost/echo', true],
    ['is for something else', 0, 'net.tcp://localhost/other', false],
    ['names a registration that it does not have', 1, 'net.tcp://localhost/echo', false],
  ])('learns whether a next session %s', async (_, offset, via, valid) => {
    const { say, line, registration } = await worker()
    say({ type: 'validateRoute', request: 5, registration: Number(registration) + offset, via, local: endpoint })
    expect(await line()).toEqual({ type: 'routeValid', request: 5, valid })
  })

  test('has nothing validated for a registration that it took back', async () => {
    const { say, line, registration } = await worker()
    const via = 'net.tcp://localhost/echo'
    say({ type: 'unregister', registration }, { type: 'validateRoute', request: 5, registration, via, local: endpoint })
    expect(await line()).toMatchObject({ valid: false })
  })

  test('has at most maxPendingAccepts dispatches of a registration unacknowledged', async () => {
    const { registrations, say, line, until } = await worker()
    const patient = new AbortController()
    const [first, second, third, fourth] = await Promise.all([1, 2, 3, 4].map(connectionToSend))
    const [registration] = registrations
    if (!registration || !first || !second || !third || !fourth) throw new Error('the worker process registered')
    const outcomes = [first, second, third].map((each) => registration.dispatch(each, patient.signal))
    const impatient = new AbortController()
    const givenUp = registration.dispatch(fourth, impatient.signal)
    expect([await line(), await line()]).toMatchObject([{ connection: 1 }, { connection: 2 }])
    say({ type: 'validateRoute', request: 5, registration: 0, via: '', local: endpoint })
    expect(await line()).toMatchObject({ type: 'routeValid' }) // the third has not gone before
    impatient.abort(new Error('given up'))
    await expect(givenUp).rejects.toThrow('given up')
    say({ type: 'rejected', connection: 2, reason: 'full' })
    expect(await line()).toMatchObject({ connection: 3 })
    say({ type: 'accepted', connection: 1 }, { type: 'accepted', connection: 3 }, { type: 'accepted', connection: 9 })
    const accepted = { is: 'accepted' }
    expect(await Promise.all(outcomes)).toEqual([accepted, { is: 'rejected', reason: 'full' }, accepted])
    await until('accepted')
  })

  test('has fewer unacknowledged where the binding of its first endpoint says so, and never more than the sharing service', async () => {
    const { registrations, say, line, reports, until } = await worker()
    const patient = new AbortController().signal
    const [first, second] = await Promise.all([1, 2].map(connectionToSend))
    const [registration] = registrations
    if (!registration || !first || !second) throw new Error('the worker process registered')
    say({
      type: 'service',
      application: '/echo',
      service: '/echo/x.svc',
      binding: { maxPendingAccepts: 1 },
      setBy: 'x',
    })
    await until('service /echo/x.svc of /echo: maxPendingAccepts 1, set by x')
    const outcomes = [first, second].map((each) => registration.dispatch(each, patient))
    expect(await line()).toMatchObject({ connection: 1 })
    say({ type: 'validateRoute', request: 5, registration: 0, via: '', local: endpoint })
    expect(await line()).toMatchObject({ type: 'routeValid' }) // the second has not gone before
    say({ type: 'accepted', connection: 1 })
    expect(await line()).toMatchObject({ connection: 2 })
    say({ type: 'accepted', connection: 2 })
    await Promise.all(outcomes)
    say({ type: 'service', application: '/echo', service: '/echo/y.svc', binding: { maxPendingAccepts: 99 } })
    await until('service /echo/y.svc of /echo: maxPendingAccepts 99, set by ')
    const [third, fourth, fifth] = await Promise.all([3, 4, 5].map(connectionToSend))
    if (!third || !fourth || !fifth) throw new Error('there are connections')
    for (const each of [third, fourth, fifth]) void registration.dispatch(each, patient)
    expect([await line(), await line()]).toMatchObject([{ connection: 3 }, { connection: 4 }])
    say({ type: 'validateRoute', request: 6, registration: 0, via: '', local: endpoint })
    expect(await line()).toMatchObject({ type: 'routeValid' })
    expect(reports.filter((report) => report.startsWith('service'))).toHaveLength(2)
  })

  test('that ends loses what it had not acknowledged', async () => {
    const { registrations, socket, line, until } = await worker()
    const outcome = registrations[0]?.dispatch(await connectionToSend(1), new AbortController().signal)
    await line()
    socket.destroy()
    expect(await outcome).toMatchObject({ is: 'lost' })
    await until('lost')
  })

  test('tells of a connection whose handler failed, by the name of the application', async () => {
    const { say, until, log } = await worker(1)
    say({ type: 'closed', connection: 4, failure: { application: '/echo', message: 'no such order' } })
    await until('closed')
    const expected = { app: '/echo', worker: 'w1', connection: 4, reason: 'no such order' }
    expect(log.named('connection.failed')).toEqual([expected])
  })

  test('has every failure of its connections counted, and some of them written', async () => {
    const { say, log, until, clock } = await worker(22)
    const failure = { application: '/echo', message: 'no such order' }
    for (let connection = 0; connection < 21; connection++) say({ type: 'closed', connection, failure })
    say({ type: 'leave' })
    await until('left')
    expect(log.named('connection.failed')).toHaveLength(20)
    clock.turn(60_001)
    say({ type: 'closed', connection: 22, failure }, { type: 'lease', number: 1, application: '/echo', name: 'last' })
    await until('lease 1 of /echo: last, for 0 ms')
    expect(log.named('connection.failuresLeftOut')).toEqual([{ app: '/echo', worker: 'w1', count: 1 }])
    expect(log.named('connection.failed')).toHaveLength(21)
  })

  test('is not heard when it says the end of connections that it does not have', async () => {
    const { say, until, reports, log } = await worker(1)
    const failure = { application: '/echo', message: 'a lie' }
    say({ type: 'closed', connection: 4 }, { type: 'closed', connection: 4, failure }, { type: 'leave' })
    await until('left')
    expect(reports.filter((report) => report === 'closed')).toHaveLength(1)
    expect(log.named('connection.failed')).toEqual([])
  })

  test('that registers an application again has the registration that it has, until it takes that back', async () => {
    const { say, line, registration, reports } = await worker()
    say({ type: 'register', application: '/echo' })
    expect(await line()).toEqual({ type: 'registered', application: '/echo', registration })
    expect(reports.filter((report) => report === 'registered /echo')).toHaveLength(1)
    say({ type: 'unregister', registration }, { type: 'register', application: '/echo' })
    expect(await line()).not.toMatchObject({ registration })
    expect(reports.slice(-2)).toEqual(['unregistered /echo', 'registered /echo'])
  })

  test('is told when the server goes, and nothing is left of it', async () => {
    const { server, line, until, clock } = await worker()
    await server[Symbol.asyncDispose]()
    expect(await line()).toBeNull()
    await until('lost')
    expect(openDescriptors('anon_inode:[pidfd]')).toBe(0)
    expect(clock.pending).toBe(0)
  })
})

describe('a standby process', () => {
  const standby = { ...hello, token: 'of a standby', standby: true }

  async function admittedStandby() {
    let channel: StandbyChannel | undefined
    let lost = 0
    const around = await sharing({
      async admitStandby(token, link) {
        if (token !== standby.token) return false
        channel = link
        link.open(() => lost++)
        return true
      },
    })
    return { ...around, channel: () => channel, lost: () => lost }
  }

  test('is welcomed, and told once whose worker process it is', async () => {
    const { path, channel, lost } = await admittedStandby()
    const peer = await peerOf(path)
    peer.say(standby)
    expect(await peer.line()).toEqual({ type: 'welcome', version: 1 })
    expect(channel()?.peer.pid).toBe(process.pid)
    const order = { worker: 'Pool-1', pool: 'Pool', command: ['node'] as const, cwd: '/' }
    channel()?.assign({ ...order, env: { HOME: '/' }, logFile: '/logs/pool.log' })
    expect(await peer.line()).toEqual({ type: 'assign', env: { HOME: '/' }, logFile: '/logs/pool.log' })
    expect(lost()).toBe(0)
    peer.socket.destroy()
    await expect.poll(lost).toBe(1)
    expect(channel()?.isOpen).toBe(false)
  })

  test('with another token is refused', async () => {
    const { path, channel } = await admittedStandby()
    const peer = await peerOf(path)
    peer.say({ ...standby, token: 'known' })
    expect(await peer.line()).toMatchObject({ type: 'refused', status: 'InvalidArgument' })
    expect(channel()).toBeUndefined()
  })

  test('that says anything else loses its channel', async () => {
    const { path, lost } = await admittedStandby()
    const peer = await peerOf(path)
    peer.say(standby, { type: 'register', application: '/echo' })
    await expect.poll(lost).toBe(1)
  })
})
