/** One application in a worker process: loads it, gives it its connections, and stops it when they are over. */
import type { Socket } from 'node:net'
import { systemClock } from '#base/clock.ts'
import { isPorticoError } from '#base/errors.ts'
import type { ApplicationServices } from '#config/services.ts'
import type { Dispatch } from '#handoff/protocol.ts'
import type { Admission, RawAdmission } from './admission.ts'
import type { Application, ApplicationContext, ConnectionContext, Session, StopReason } from './application.ts'
import { boundedReading } from './bounded-reading.ts'
import { clientGone } from './connection.ts'
import { HostedServices, type ServiceFact } from './hosted-services.ts'
import { ApplicationLeases, type Leases } from './leases.ts'
import { load } from './load.ts'
import { giveConnection } from './raw-connection.ts'
import type { Place } from './service-endpoints.ts'
import { serveSessions, sessionDefaults } from './session.ts'
import { Transport } from './transport.ts'
import { writtenServices } from './written-services.ts'

/** Clients that go, refusals that are meant, and a service that could not be started, which is told in its own way. */
const noFailures = ['SESSION_BROKEN_OFF', 'SESSION_REFUSED', 'SERVICE_NOT_ACTIVATED'] as const

/** What an application needs from around it. */
export interface HostedSurroundings {
  readonly pool: string
  /** A folder for what is worth keeping until the next start, which belongs to the account of this process. */
  readonly cache: string | undefined
  /** Milliseconds that it has to accept a session. */
  readonly acceptTimeLimit: number
  readonly leases: Leases
  /** Would a connection for `via` that came in like this one come to this application? */
  validateRoute(dispatch: Dispatch, via: string): Promise<boolean>
  /** Runs the work of one connection so that what it throws later can be told to be its own. */
  attribute<T>(failed: (error: unknown) => void, work: () => T): T
  /** What the work of a connection threw when the connection was already over. */
  failedAfterwards(application: string, error: unknown): void
  /** A service within the application was started, or could not be. */
  serviceTold(application: string, fact: ServiceFact): void
}

/** What is to be loaded. */
export interface Loading extends Place {
  readonly id: string
  readonly folder: string
}

export class HostedApplication {
  readonly id: string
  readonly transport = new Transport()
  readonly #around: HostedSurroundings
  readonly services: HostedServices
  readonly #context: ApplicationContext
  readonly #application: Application
  readonly #lifetime: AbortController
  readonly #leases: ApplicationLeases
  /** Aborts when the application stops taking more: sessions that wait for the next one end. */
  readonly #closing = new AbortController()
  readonly #connections = new Set<Socket>()
  readonly #emptied: (() => void)[] = []
  #stopped: Promise<void> | undefined

  private constructor(
    { id, path, bases }: Loading,
    context: ApplicationContext,
    lifetime: AbortController,
    leases: ApplicationLeases,
    application: Application,
    written: ApplicationServices | undefined,
    around: HostedSurroundings,
  ) {
    this.id = id
    this.#context = context
    this.#lifetime = lifetime
    this.#leases = leases
    this.#application = application
    this.#around = around
    this.services = new HostedServices({
      application,
      context,
      place: { path, bases },
      written,
      transport: this.transport,
      clock: systemClock,
      startLimit: () => around.acceptTimeLimit,
      told: (fact) => around.serviceTold(id, fact),
    })
  }

  /** Loads the application of the folder and runs its start; `reached` hears of each step. */
  static async load(
    loading: Loading,
    around: HostedSurroundings,
    reached: (step: string) => void = () => {},
  ): Promise<HostedApplication> {
    const { id, path, folder } = loading
    const application = await load(folder)
    reached('module imported')
    const written = await writtenServices(folder, around.cache)
    reached('services read')
    const lifetime = new AbortController()
    const leases = new ApplicationLeases(around.leases, id)
    const context: ApplicationContext = {
      application: path,
      folder,
      pool: around.pool,
      signal: lifetime.signal,
      lease: (name) => leases.take(name),
    }
    try {
      if (application.start) {
        await application.start(context)
        reached('its start has run')
      }
    } catch (error) {
      leases.end()
      throw error
    }
    return new HostedApplication(loading, context, lifetime, leases, application, written, around)
  }

  get connections(): number {
    return this.#connections.size
  }

  /** Aborts when the application takes no further connection. */
  get closing(): AbortSignal {
    return this.#closing.signal
  }

  /**
   * Gives a connection to the application; resolves when it is over, with what went wrong in the handler if anything.
   * `open` makes its socket, with such options; `pending` is its place among the pending connections.
   */
  async serve(open: (options: object) => Socket, dispatch: Dispatch, pending: Disposable): Promise<unknown> {
    let failure: unknown
    let isOver = false
    let socket: Socket | undefined
    const failed = (error: unknown) => {
      if (isOver) return this.#around.failedAfterwards(this.id, error)
      failure ??= error
      socket?.destroy()
    }
    await this.#around.attribute(failed, () => {
      // A protocol stack of its own reads as it likes.
      const isRaw = this.services.isRaw(dispatch.via)
      const reading = isRaw ? {} : boundedReading(this.transport)
      const connection = open({ allowHalfOpen: true, manualStart: true, ...reading })
      socket = connection
      const closed = this.#untilClosed(connection)
      const broke = (error: unknown) => {
        if (this.#isFailure(error)) failed(error)
      }
      const handled = this.#handle(connection, dispatch, pending, isRaw, broke).catch(broke)
      return Promise.all([closed, handled])
    })
    isOver = true
    return failure
  }

  #untilClosed(connection: Socket): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#connections.add(connection)
    connection.on('error', () => {}) // a broken connection is no failure of the application
    connection.once('close', () => {
      this.#connections.delete(connection)
      if (this.#connections.size === 0) for (const emptied of this.#emptied.splice(0)) emptied()
      resolve()
    })
    return promise
  }

  /** The end of the application is no failure of its handlers either. */
  #isFailure(error: unknown): boolean {
    const { aborted, reason } = this.#lifetime.signal
    if (aborted && error === reason) return false
    return !noFailures.some((code) => isPorticoError(error, code))
  }

  /**
   * Lets its connections and its leased work finish, for at most `limit` milliseconds, then stops the application. Asked again, the shorter
   * limit counts. Rejects with what its stop threw.
   */
  async stop(reason: StopReason, limit: number): Promise<void> {
    using _limit = systemClock.after(limit, () => this.#abandon(reason))
    this.#stopped ??= this.#stop(reason)
    await this.#stopped
  }

  async #stop(reason: StopReason): Promise<void> {
    this.#closing.abort(new Error(`the application stops: ${reason}`))
    while (this.#connections.size > 0 || !this.#leases.isEmpty) {
      if (this.#connections.size > 0) await new Promise<void>((resolve) => this.#emptied.push(resolve))
      await this.#leases.untilNone()
    }
    this.#lifetime.abort(new Error(`the application stops: ${reason}`))
    try {
      await this.services.stop(reason)
    } finally {
      await this.#stopItself(reason)
    }
  }

  async #stopItself(reason: StopReason): Promise<void> {
    try {
      await this.#application.stop?.(reason)
    } finally {
      this.#leases.end()
    }
  }

  #abandon(reason: StopReason): void {
    this.#lifetime.abort(new Error(`the time for connections to finish is up: ${reason}`))
    for (const connection of this.#connections) connection.destroy()
    this.#leases.end()
  }

  /** Resolves when its sessions are over, or the socket is the handler's own: what that throws goes to `broke`. */
  async #handle(
    socket: Socket,
    dispatch: Dispatch,
    pending: Disposable,
    isRaw: boolean,
    broke: (error: unknown) => void,
  ): Promise<void> {
    const { via, remote, local } = dispatch
    const context: ConnectionContext = { ...this.#context, via, remote, local }
    const common = {
      pending,
      clock: systemClock,
      signal: this.#lifetime.signal,
      acceptTimeLimit: this.#around.acceptTimeLimit,
      closeTimeLimit: sessionDefaults.closeTimeLimit,
    }
    if (isRaw) await giveConnection(socket, { ...common, via, admit: () => this.#admitRaw(context), failed: broke })
    else
      await serveSessions(socket, {
        ...common,
        transport: this.transport,
        draining: this.#closing.signal,
        admit: (nextVia, mode) => this.#admit({ ...context, via: nextVia }, mode),
        validateRoute: (nextVia) => this.#around.validateRoute(dispatch, nextVia),
      })
  }

  async #admit(context: ConnectionContext, mode: Session['mode']): Promise<Admission> {
    const chosen = await this.services.choose(context.via, mode)
    if (chosen.is !== 'chosen') return chosen
    const { handler, service, endpoint, maxReceivedMessageSize } = chosen
    // A handler that wants the socket from its first byte can't have one that another has read.
    if (!handler.session) return { is: 'aborted', error: clientGone(context.via, 'it needs a connection of its own') }
    return {
      is: 'admitted',
      session: (session) => handler.session?.(session, { ...context, service, endpoint }),
      maxReceivedMessageSize,
    }
  }

  async #admitRaw(context: ConnectionContext): Promise<RawAdmission> {
    const chosen = await this.services.choose(context.via, undefined)
    if (chosen.is !== 'chosen') return chosen
    const { handler, service, endpoint } = chosen
    return { is: 'admitted', connection: (socket) => handler.connection?.(socket, { ...context, service, endpoint }) }
  }
}
