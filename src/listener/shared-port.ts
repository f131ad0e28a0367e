/** A shared port: owns its listening socket, accepts within its limits, and sends each connection on its way. */
import { createServer, type Server } from 'node:net'
import { getSystemErrorName } from 'node:util'
import type { ConnectionJourney } from '#activation/connection-journey.ts'
import type { Clock } from '#base/clock.ts'
import { PorticoError, sentenceOf, systemCodeOf } from '#base/errors.ts'
import { acceptHandles, type TcpHandle } from '#base/handle.ts'
import type { Log } from '#base/log.ts'
import { printable } from '#base/printable.ts'
import { descriptorOf } from '#syscalls/descriptor.ts'
import { changeBacklog, deferAccept, sendAtOnce } from '#syscalls/sockets.ts'
import type { ListenerAdapter, Opening } from './adapter.ts'
import { Complaints, complaintsOfAll } from './complaints.ts'
import { Connection } from './connection.ts'
import { type Counters, noCounts } from './counters.ts'
import { type Steps, serve } from './serve.ts'

/** The limits of a port; they are asked for whenever they apply, so that changes are in force at once. */
export interface PortLimits {
  /** Connections that the kernel keeps before they are accepted. */
  readonly listenBacklog: number
  /** Connections whose first bytes are being waited for. */
  readonly maxPendingConnections: number
  /** Milliseconds from accept until the via is known. */
  readonly receiveTimeout: number
}

/** Where to listen; `address` undefined is every address of both families. */
export interface PortWanted {
  readonly address: string | undefined
  readonly port: number
}

export interface PortSurroundings {
  readonly clock: Clock
  readonly log: Log
  readonly adapter: ListenerAdapter
  readonly steps: Omit<Steps, 'readOpening'>
  limits(): PortLimits
  /** The journey of a connection that has just been accepted; undefined, and for nothing, unless somebody has asked for it. */
  journeyOf?(connection: Pick<Connection, 'remote' | 'local' | 'number'>): ConnectionJourney | undefined
}

/** Seconds that the kernel keeps silent connections to itself at most. */
const greatestDefer = 5
/** Numbers connections for the log and for worker processes. */
let connections = 0

export class SharedPort implements AsyncDisposable {
  readonly address: string
  readonly port: number
  readonly counters: Counters = noCounts()
  readonly #around: PortSurroundings
  readonly #server: Server
  readonly #complaints: Complaints
  readonly #lifetime = new AbortController()
  readonly #reading = new AbortController()
  readonly #underWay = new Map<Connection, Promise<void>>()
  readonly #steps: Steps
  #beingRead = 0

  private constructor(server: Server, address: string, port: number, around: PortSurroundings, complaints: Complaints) {
    this.#server = server
    this.address = address
    this.port = port
    this.#around = around
    this.#complaints = complaints
    this.#steps = { ...around.steps, readOpening: (connection) => this.#readOpening(connection) }
    acceptHandles(
      server,
      (handle) => this.#accepted(handle),
      (errno) => {
        const error = new PorticoError('ACCEPT_FAILED', {
          port,
          reason: `accept failed: ${getSystemErrorName(-errno)}`,
        })
        this.#complaints.add(error, { port })
      },
    )
  }

  /** Opens the port with the limits that are to be in force; `ofAll` bounds what all ports log. Throws PORT_IN_USE and its kin. */
  static async open(
    { address, port }: PortWanted,
    limits: PortLimits,
    around: PortSurroundings,
    ofAll = complaintsOfAll(around.clock),
  ): Promise<SharedPort> {
    const server = createServer()
    const { listenBacklog, receiveTimeout } = limits
    await listen(server, address, port, listenBacklog)
    const bound = server.address()
    const actual = typeof bound === 'object' && bound ? bound.port : port
    sendAtOnce(descriptorOf(server))
    deferAccept(descriptorOf(server), Math.max(1, Math.min(greatestDefer, Math.ceil(receiveTimeout / 1000))))
    const complaints = new Complaints(around.clock, around.log, ofAll)
    return new SharedPort(server, address ?? '*', actual, around, complaints)
  }

  /** Connections whose first bytes are being waited for. */
  get beingRead(): number {
    return this.#beingRead
  }

  /** Puts a changed backlog in force. */
  limitsChanged(): void {
    if (!this.#server.listening) return // it drains
    changeBacklog(descriptorOf(this.#server), this.#around.limits().listenBacklog)
  }

  /** Stops accepting and reading; resolves when every connection that was routed has reached its worker process or failed. */
  async drain(why: PorticoError = new PorticoError('SHUTTING_DOWN', {})): Promise<void> {
    if (this.#server.listening) this.#server.close()
    this.#reading.abort(why)
    await Promise.all(this.#underWay.values())
  }

  /** Stops accepting, ends what is under way, and resolves when nothing is left. */
  async close(why: PorticoError): Promise<void> {
    this.#lifetime.abort(why)
    for (const connection of this.#underWay.keys()) connection.giveUp(why)
    await this.drain(why)
  }

  /** The same, because Portico ends. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close(new PorticoError('SHUTTING_DOWN', {}))
  }

  #accepted(handle: TcpHandle): void {
    const connection = new Connection(handle, ++connections, this.#around.clock.now())
    connection.journey = this.#around.journeyOf?.(connection)
    this.counters.connectionsAccepted++
    if (this.#lifetime.signal.aborted) connection.giveUp(this.#lifetime.signal.reason)
    const way = this.#take(connection).finally(() => this.#underWay.delete(connection))
    this.#underWay.set(connection, way)
  }

  async #take(connection: Connection): Promise<void> {
    using owned = connection
    try {
      const { maxPendingConnections: limit } = this.#around.limits()
      if (this.#beingRead >= limit) throw new PorticoError('TOO_MANY_BEING_READ', { limit })
      await serve(owned, this.#steps, owned.signal)
      this.counters.connectionsDispatched++
      owned.journey?.ended()
    } catch (error) {
      await this.#refuse(owned, error)
    }
  }

  async #readOpening(connection: Connection): Promise<Opening> {
    this.#beingRead++
    try {
      const opening = await this.#around.adapter.readOpening(connection, this.#reading.signal)
      connection.via = printable(opening.via)
      return opening
    } finally {
      this.#beingRead--
    }
  }

  /** The one place that logs a failed connection and answers it. */
  async #refuse(connection: Connection, thrown: unknown): Promise<void> {
    const error =
      thrown instanceof PorticoError
        ? thrown
        : new PorticoError('CONNECTION_BROKEN', { reason: sentenceOf(thrown) }, { cause: thrown })
    const { number, remote, local, via } = connection
    this.#count(error)
    connection.journey?.ended(error.code)
    this.#complaints.add(error, {
      connection: number,
      ...(via && { via }),
      from: `${remote.address}:${remote.port}`,
      port: local.port,
    })
    const refusal = this.#around.adapter.refusal(error.reply)
    if (refusal) await connection.answer(refusal, this.#around.clock, this.#lifetime.signal)
  }

  #count(error: PorticoError): void {
    if (error.code === 'NO_APPLICATION') this.counters.notFound++
    else if (protocolFailures.has(error.code)) this.counters.protocolFailures++
    else this.counters.dispatchFailures++
  }
}

const protocolFailures: ReadonlySet<string> = new Set([
  'FRAMING_INVALID',
  'PREAMBLE_TIMED_OUT',
  'PREAMBLE_CUT_OFF',
  'TOO_MANY_BEING_READ',
  'CONNECTION_BROKEN',
])

/** Binds and listens; every address of both families is one socket, where the machine has IPv6. */
async function listen(server: Server, address: string | undefined, port: number, backlog: number): Promise<void> {
  try {
    await listenOn(server, address ?? '::', port, backlog)
  } catch (error) {
    const code = systemCodeOf(error)
    if (address === undefined && (code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL'))
      return listenOn(server, '0.0.0.0', port, backlog)
    const where = { address: address ?? 'every address', port }
    if (code === 'EADDRINUSE') throw new PorticoError('PORT_IN_USE', where, { cause: error })
    if (code === 'EACCES') throw new PorticoError('PORT_NOT_PERMITTED', where, { cause: error })
    throw new PorticoError('PORT_NOT_OPENED', { ...where, reason: sentenceOf(error) }, { cause: error })
  }
}

function listenOn(server: Server, host: string, port: number, backlog: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen({ host, port, backlog }, () => {
    server.off('error', reject)
    resolve()
  })
  return promise
}
