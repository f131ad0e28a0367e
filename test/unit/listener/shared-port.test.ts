import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ConnectionJourney } from '#activation/connection-journey.ts'
import { PorticoError } from '#base/errors.ts'
import { encodeFault } from '#framing/faults.ts'
import { encodePreamble } from '#framing/preamble.ts'
import { type PortSurroundings, SharedPort } from '#listener/shared-port.ts'
import { SharedPorts } from '#listener/shared-ports.ts'
import { clientOf, limits, Surroundings, until } from '../../support/shared-ports.ts'
import { openDescriptors } from '../../support/unix-pair.ts'

const preambleFor = (path: string) =>
  encodePreamble({ mode: 'duplex', via: `net.tcp://localhost${path}`, contentType: 'application/soap+msbin1' })
const echo = preambleFor('/echo')
const none = Buffer.alloc(0)

async function open({ address }: { address: string | undefined } = { address: '127.0.0.1' }) {
  const around = new Surroundings()
  const port = await SharedPort.open({ address, port: 0 }, limits, around)
  onTestFinished(() => port[Symbol.asyncDispose]())
  return { around, port, client: () => clientOf(port.port) }
}

/** A port that this test's process has taken outside Portico. */
async function takenPort(): Promise<number> {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  onTestFinished(() => void taken.close())
  const address = taken.address()
  return typeof address === 'object' && address ? address.port : 0
}

describe('a shared port', () => {
  test('sends a connection on its way and keeps nothing of it', async () => {
    const { around, port, client } = await open()
    const { socket } = await client()
    socket.write(echo)
    await until(() => port.counters.connectionsDispatched === 1)
    expect(port.counters).toMatchObject({ connectionsAccepted: 1, protocolFailures: 0, dispatchFailures: 0 })
    expect([around.waiting, around.held, port.beingRead, around.clock.pending]).toEqual([0, 0, 0, 0])
    expect(around.taken[0]?.descriptor).toBe(-1)
    socket.destroy()
  })

  test.each<[string, Buffer, Buffer, object, string]>([
    ['that nothing serves', preambleFor('/x'), encodeFault('EndpointNotFound'), { notFound: 1 }, 'NO_APPLICATION'],
    ['of no framing', Buffer.from('GET / HTTP/1.1\r\n\r\n'), none, { protocolFailures: 1 }, 'FRAMING_INVALID'],
  ])(
    'answers a connection %s as the specification says, counts it, and logs it',
    async (_, sent, reply, counted, code) => {
      const { around, port, client } = await open()
      const refused = await client()
      refused.write(sent)
      expect(await refused.readAll()).toEqual(reply)
      refused.socket.destroy()
      await until(() => around.clock.pending === 0)
      expect(port.counters).toMatchObject(counted)
      expect(around.log.named('connection.refused')).toMatchObject([{ code, port: port.port }])
    },
  )

  test('ends the journey of a connection that somebody has asked for, taken or refused', async () => {
    const { around, client } = await open()
    const asked: (number | undefined)[] = []
    const journeys: ConnectionJourney[] = []
    const journeyOf: PortSurroundings['journeyOf'] = ({ remote }) => {
      asked.push(remote.port)
      const journey = new ConnectionJourney(around.clock, 'accepted')
      journeys.push(journey)
      return journey
    }
    Object.assign(around, { journeyOf })
    const [taken, refused] = [await client(), await client()]
    const from = [taken, refused].map(({ socket }) => socket.localPort)
    taken.write(echo)
    await until(() => journeys.length === 1)
    refused.write(preambleFor('/x'))
    await until(() => journeys.length === 2)
    await Promise.all(journeys.map(({ over }) => over))
    expect(journeys.map((each) => each.refused)).toEqual([undefined, 'NO_APPLICATION'])
    expect(journeys[1]?.steps.map(({ step }) => step)).toEqual(['accepted', 'via known', 'refused'])
    expect(asked).toEqual(from)
    for (const { socket } of [taken, refused]) socket.destroy()
    await until(() => around.clock.pending === 0)
  })

  test('answers a connection that no worker process took, and counts it', async () => {
    const { around, port, client } = await open()
    around.outcome = async () => ({ is: 'rejected', reason: 'out of descriptors' })
    const refused = await client()
    refused.write(echo)
    expect(await refused.readAll()).toEqual(encodeFault('ConnectionDispatchFailed'))
    refused.socket.destroy()
    expect(port.counters).toMatchObject({ dispatchFailures: 1, connectionsDispatched: 0 })
    expect(around.log.events).toMatchObject([{ level: 'error' }])
  })

  test('answers a connection that is given up while it waits, and lets go of what it held', async () => {
    const { around, port, client } = await open()
    around.activation = (signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    const waiter = await client()
    waiter.write(echo)
    await until(() => around.waiting === 1)
    const args = { app: '/echo', pool: 'Pool', seconds: 60, what: 'it to accept the connections before' }
    around.waiters[0]?.giveUp(new PorticoError('WAITED_TOO_LONG', args))
    expect(await waiter.readAll()).toEqual(encodeFault('ServerTooBusy'))
    expect([around.waiting, around.held, port.counters.dispatchFailures]).toEqual([0, 0, 1])
    waiter.socket.destroy()
  })

  test('takes an error that is none of the catalogue for a broken connection', async () => {
    const { around, port, client } = await open()
    around.outcome = () => Promise.reject(new Error('out of luck'))
    const refused = await client()
    refused.write(echo)
    expect(await refused.readAll()).toEqual(none)
    expect(port.counters.protocolFailures).toBe(1)
    expect(around.log.named('connection.refused')).toMatchObject([{ code: 'CONNECTION_BROKEN' }])
  })

  test('closes connections beyond maxPendingConnections that are being read, without a byte, and counts them', async () => {
    const { around, port, client } = await open()
    around.inForce = { ...limits, maxPendingConnections: 2 }
    const slow = [await client(), await client()]
    for (const each of slow) each.write(echo.subarray(0, 10))
    await until(() => port.beingRead === 2)
    const surplus = await client()
    surplus.write(echo)
    expect(await surplus.readAll()).toEqual(none)
    expect(port.counters).toMatchObject({ protocolFailures: 1, connectionsDispatched: 0 })
    expect(around.log.named('connection.refused')).toMatchObject([{ code: 'TOO_MANY_BEING_READ' }])
    for (const each of slow) each.write(echo.subarray(10))
    await until(() => {
      around.clock.turn(50)
      return port.counters.connectionsDispatched === 2
    })
    for (const each of slow) each.socket.destroy()
  })

  test('puts a changed backlog in force while it is open', async () => {
    const { around, port, client } = await open()
    around.inForce = { ...limits, listenBacklog: 1 }
    port.limitsChanged()
    const { socket } = await client()
    socket.write(echo)
    await until(() => port.counters.connectionsDispatched === 1)
    socket.destroy()
  })

  test('complains about rubbish a bounded number of times, and says how much it left out', async () => {
    const { around, port, client } = await open()
    const rubbish = async (count: number) => {
      for (let at = 0; at < count; at++) {
        const each = await client()
        each.write(Buffer.from('rubbish'))
        await each.readAll()
      }
    }
    await rubbish(25)
    expect(around.log.named('connection.refused')).toHaveLength(20)
    around.clock.turn(60_001)
    await rubbish(1)
    expect(around.log.named('connection.failuresLeftOut')).toEqual([{ code: 'FRAMING_INVALID', count: 5 }])
    expect(around.log.named('connection.refused')).toHaveLength(21)
    expect(port.counters.protocolFailures).toBe(26)
  })

  test('serves both families when no address is named', async () => {
    const { port } = await open({ address: undefined })
    for (const [host, remote] of [
      ['127.0.0.1', '127.0.0.1'],
      ['::1', '::1'],
    ] as const) {
      const { socket } = await clientOf(port.port, host)
      expect(socket.remoteAddress).toBe(remote)
      socket.write(echo)
      const served = port.counters.connectionsDispatched
      await until(() => port.counters.connectionsDispatched > served)
      socket.destroy()
    }
    expect(port.address).toBe('*')
  })

  test('shows the plain address of an IPv4 client', async () => {
    const { around, port } = await open({ address: undefined })
    const { socket } = await clientOf(port.port)
    socket.write(echo)
    await until(() => around.taken.length === 1)
    expect(around.taken[0]).toMatchObject({ remote: { address: '127.0.0.1' }, local: { address: '127.0.0.1' } })
    socket.destroy()
  })

  test.each([
    ['in use', async () => ({ address: '127.0.0.1', port: await takenPort() }), 'PORT_IN_USE'],
    ['of an address that is not here', async () => ({ address: '192.0.2.1', port: 1 }), 'PORT_NOT_OPENED'],
  ])('that is %s is named in the error', async (_, wanted, code) => {
    const place = await wanted()
    const opening = SharedPort.open(place, limits, new Surroundings())
    await expect(opening).rejects.toMatchObject({ code, message: expect.stringContaining(`port ${place.port}`) })
  })
})

describe('a shared port that drains', () => {
  test('lets routed connections arrive, ends those being read, and takes no more', async () => {
    const { around, port, client } = await open()
    const activation = Promise.withResolvers<void>()
    around.activation = () => activation.promise
    const [routed, silent] = [await client(), await client()]
    routed.write(echo)
    silent.write(echo.subarray(0, 5))
    await until(() => port.beingRead === 1 && around.waiting === 1)
    const drained = port.drain()
    expect(await silent.readAll()).toEqual(none)
    await expect(client()).rejects.toThrow('ECONNREFUSED')
    activation.resolve()
    await drained
    expect(port.counters).toMatchObject({ connectionsDispatched: 1 })
    expect([around.waiting, around.held, port.beingRead, around.clock.pending]).toEqual([0, 0, 0, 0])
    routed.socket.destroy()
  })
})

describe('a shared port that ends', () => {
  test('breaks off what is under way, answers included, and leaves nothing', async () => {
    const before = openDescriptors('socket')
    const { around, port, client } = await open()
    around.activation = (signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    const [routed, silent, refused] = [await client(), await client(), await client()]
    routed.write(echo)
    silent.write(echo.subarray(0, 5))
    refused.write(preambleFor('/nothing'))
    expect(await refused.readAll()).toEqual(encodeFault('EndpointNotFound'))
    await until(() => port.beingRead === 1 && around.waiting === 1)
    await port[Symbol.asyncDispose]()
    expect([await routed.readAll(), await silent.readAll()]).toEqual([none, none])
    expect([around.waiting, around.held, port.beingRead, around.clock.pending]).toEqual([0, 0, 0, 0])
    for (const each of [routed, silent, refused]) each.socket.destroy()
    await until(() => openDescriptors('socket') <= before)
  })

  test('may be ended twice', async () => {
    const { port } = await open()
    await Promise.all([port[Symbol.asyncDispose](), port[Symbol.asyncDispose]()])
    await port[Symbol.asyncDispose]()
  })
})

describe('shared ports', () => {
  async function ports() {
    const around = new Surroundings()
    const all = new SharedPorts(around)
    onTestFinished(() => all[Symbol.asyncDispose]())
    return { around, all, open: () => [...all].map(({ port }) => port) }
  }
  /** A port that is free now. */
  async function freePort(): Promise<number> {
    const { port } = await open()
    await port[Symbol.asyncDispose]()
    return port.port
  }

  test('open all or none', async () => {
    const { all, open: opened } = await ports()
    const free = await freePort()
    const wanted = [
      { address: '127.0.0.1', port: free },
      { address: '127.0.0.1', port: await takenPort() },
    ]
    await expect(all.open(wanted, limits)).rejects.toMatchObject({ code: 'PORT_IN_USE' })
    expect(opened()).toEqual([])
    await expect(clientOf(free)).rejects.toThrow('ECONNREFUSED')
    await all.open(wanted.slice(0, 1), limits)
    await all.open(wanted.slice(0, 1), limits)
    expect(opened()).toEqual([free])
  })

  test('close what is not wanted any more, and keep the others with their connections', async () => {
    const { around, all, open: opened } = await ports()
    const [first, second] = [await freePort(), await freePort()].map((port) => ({ address: '127.0.0.1', port }))
    if (!first || !second) throw new Error('two ports')
    await all.open([first, second], limits)
    const kept = await clientOf(first.port)
    const closed = await clientOf(second.port)
    for (const each of [kept, closed]) each.write(echo.subarray(0, 5))
    await until(() => [...all].every(({ beingRead }) => beingRead === 1))
    all.keep([first])
    expect(await closed.readAll()).toEqual(none)
    expect(opened()).toEqual([first.port])
    kept.write(echo.subarray(5))
    await until(() => {
      around.clock.turn(50)
      return around.taken.length === 1
    })
    for (const each of [kept, closed]) each.socket.destroy()
  })

  test('that have ended open no more: a change that comes late changes nothing', async () => {
    const { all, open: opened } = await ports()
    await all[Symbol.asyncDispose]()
    const late = all.open([{ address: '127.0.0.1', port: await freePort() }], limits)
    await expect(late).rejects.toMatchObject({ code: 'SHUTTING_DOWN' })
    expect(opened()).toEqual([])
  })
})
