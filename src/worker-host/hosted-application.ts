/** One application in a worker process: loads it, gives it its connections, and stops it when they are over. */
import type { Socket } from 'node:net'
import { systemClock } from '#base/clock.ts'
import { isPorticoError } from '#base/errors.ts'
import type { Dispatch } from '#handoff/protocol.ts'
import { type Handle, socketOf } from '#sharing-client/handle.ts'
import type { Admission, NotAdmitted, RawAdmission } from './admission.ts'
import type { Application, ApplicationContext, ConnectionContext, StopReason } from './application.ts'
import { boundedReading } from './bounded-reading.ts'
import { load } from './load.ts'
import { giveConnection } from './raw-connection.ts'
import { serveSessions, sessionDefaults } from './session.ts'
import { Transport } from './transport.ts'

/** What serves a via, or what the client gets. */
type Chosen = { readonly is: 'chosen'; readonly handler: Application } | NotAdmitted

/** What an application needs from around it. */
export interface HostedSurroundings {
  readonly pool: string
  /** Milliseconds that it has to accept a session. */
  readonly acceptTimeLimit: number
  /** Would a connection for `via` that came in like this one come to this application? */
  validateRoute(dispatch: Dispatch, via: string): Promise<boolean>
  /** Runs the work of one connection so that what it throws later can be told to be its own. */
  attribute<T>(failed: (error: unknown) => void, work: () => T): T
  /** What the work of a connection threw when the connection was already over. */
  failedAfterwards(application: string, error: unknown): void
}

export class HostedApplication {
  readonly id: string
  readonly transport = new Transport()
  readonly #around: HostedSurroundings
  readonly #context: ApplicationContext
  readonly #application: Application
  readonly #lifetime = new AbortController()
  /** Aborts when the application stops taking more: sessions that wait for the next one end. */
  readonly #closing = new AbortController()
  readonly #connections = new Set<Socket>()
  readonly #emptied: (() => void)[] = []
  #stopped: Promise<void> | undefined

  private constructor(
    id: string,
    context: ApplicationContext,
    lifetime: AbortController,
    application: Application,
    around: HostedSurroundings,
  ) {
    this.id = id
    this.#context = context
    this.#lifetime = lifetime
    this.#application = application
    this.#around = around
  }

  /** Loads the application of `folder` and runs its start. */
  static async load(id: string, path: string, folder: string, around: HostedSurroundings): Promise<HostedApplication> {
    const application = await load(folder)
    const lifetime = new AbortController()
    const context: ApplicationContext = { application: path, folder, pool: around.pool, signal: lifetime.signal }
    await application.start?.(context)
    return new HostedApplication(id, context, lifetime, application, around)
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
   * `pending` is its place among the pending connections.
   */
  async serve(handle: Handle, dispatch: Dispatch, pending: Disposable): Promise<unknown> {
    let failure: unknown
    let isOver = false
    let socket: Socket | undefined
    const failed = (error: unknown) => {
      if (isOver) return this.#around.failedAfterwards(this.id, error)
      failure ??= error
      socket?.destroy()
    }
    await this.#around.attribute(failed, () => {
      handle.asyncReset({})
      // A protocol stack of its own reads as it likes.
      const reading = this.#isRaw ? {} : boundedReading(this.transport)
      const connection = socketOf(handle, { allowHalfOpen: true, manualStart: true, ...reading })
      socket = connection
      const closed = this.#untilClosed(connection)
      const broke = (error: unknown) => {
        if (this.#isFailure(error)) failed(error)
      }
      const handled = this.#handle(connection, dispatch, pending, broke).catch(broke)
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

  /** Clients that go, refusals that are meant, and the end of the application are no failures of its handlers. */
  #isFailure(error: unknown): boolean {
    const { aborted, reason } = this.#lifetime.signal
    if (aborted && error === reason) return false
    return !isPorticoError(error, 'SESSION_BROKEN_OFF') && !isPorticoError(error, 'SESSION_REFUSED')
  }

  /**
   * Lets its connections finish, for at most `limit` milliseconds, then stops the application. Asked again, the shorter
   * limit counts. Rejects with what its stop threw.
   */
  async stop(reason: StopReason, limit: number): Promise<void> {
    using _limit = systemClock.after(limit, () => this.#abandon(reason))
    this.#stopped ??= this.#stop(reason)
    await this.#stopped
  }

  async #stop(reason: StopReason): Promise<void> {
    this.#closing.abort(new Error(`the application stops: ${reason}`))
    if (this.#connections.size > 0) await new Promise<void>((resolve) => this.#emptied.push(resolve))
    this.#lifetime.abort(new Error(`the application stops: ${reason}`))
    await this.#application.stop?.(reason)
  }

  #abandon(reason: StopReason): void {
    this.#lifetime.abort(new Error(`the time for connections to finish is up: ${reason}`))
    for (const connection of this.#connections) connection.destroy()
  }

  get #isRaw(): boolean {
    return this.#application.connection !== undefined
  }

  /** What serves a via: the one place where that is decided, for sessions and for raw connections. */
  #choose(_via: string): Chosen | Promise<Chosen> {
    return { is: 'chosen', handler: this.#application }
  }

  /** Resolves when its sessions are over, or the socket is the handler's own: what that throws goes to `broke`. */
  async #handle(
    socket: Socket,
    dispatch: Dispatch,
    pending: Disposable,
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
    if (this.#isRaw)
      await giveConnection(socket, { ...common, via, admit: () => this.#admitRaw(context), failed: broke })
    else
      await serveSessions(socket, {
        ...common,
        transport: this.transport,
        draining: this.#closing.signal,
        admit: (nextVia) => this.#admit({ ...context, via: nextVia }),
        validateRoute: (nextVia) => this.#around.validateRoute(dispatch, nextVia),
      })
  }

  async #admit(context: ConnectionContext): Promise<Admission> {
    const chosen = await this.#choose(context.via)
    if (chosen.is !== 'chosen') return chosen
    const { handler } = chosen
    return {
      is: 'admitted',
      session: (session) => handler.session?.(session, context),
      maxReceivedMessageSize: handler.maxReceivedMessageSize,
    }
  }

  async #admitRaw(context: ConnectionContext): Promise<RawAdmission> {
    const chosen = await this.#choose(context.via)
    if (chosen.is !== 'chosen') return chosen
    return { is: 'admitted', connection: (socket) => chosen.handler.connection?.(socket, context) }
  }
}
