/** One application in a worker process: loads it, gives it its connections, and stops it when they are over. */
import type { Socket } from 'node:net'
import { systemClock } from '#base/clock.ts'
import type { Dispatch } from '#handoff/protocol.ts'
import type { Application, ApplicationContext, ConnectionContext, StopReason } from './application.ts'
import { type Handle, socketOf } from './handle.ts'
import { load } from './load.ts'
import { serveSessions } from './session.ts'

/** What an application needs from around it. */
export interface HostedSurroundings {
  readonly pool: string
  /** Milliseconds that it has to accept a session. */
  readonly acceptTimeLimit: number
  /** Would a connection for `via` that came in like this one come to this application? */
  validateRoute(dispatch: Dispatch, via: string): Promise<boolean>
  /** Runs the work of one connection so that what it throws later can be told to be its own. */
  attribute<T>(failed: (error: unknown) => void, work: () => T): T
}

export class HostedApplication {
  readonly id: string
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

  /** Gives a connection to the application; resolves when it is over, with what went wrong in the handler if anything. */
  async serve(handle: Handle, dispatch: Dispatch): Promise<unknown> {
    let failure: unknown
    let socket: Socket | undefined
    const failed = (error: unknown) => {
      failure ??= error
      socket?.destroy()
    }
    const closed = Promise.withResolvers<void>()
    const handled = this.#around.attribute(failed, () => {
      handle.asyncReset({})
      socket = socketOf(handle, { allowHalfOpen: true })
      socket.on('error', () => {}) // a broken connection is no failure of the application
      socket.once('close', closed.resolve)
      this.#connections.add(socket)
      return this.#handle(socket, dispatch).catch(failed)
    })
    await closed.promise
    if (socket) this.#connections.delete(socket)
    // Sessions end a moment after their connection; a handler of plain connections may never come to an end.
    await (this.#application.connection ? new Promise(setImmediate) : handled)
    if (this.#connections.size === 0) for (const emptied of this.#emptied.splice(0)) emptied()
    return failure
  }

  /**
   * Lets its connections finish, for at most `limit` milliseconds, then stops the application. Asked again, the shorter
   * limit counts. Rejects with what its stop threw.
   */
  async stop(reason: StopReason, limit: number): Promise<void> {
    const timer = Number.isFinite(limit) ? setTimeout(() => this.#abandon(reason), limit) : undefined
    this.#stopped ??= this.#stop(reason)
    try {
      await this.#stopped
    } finally {
      clearTimeout(timer)
    }
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

  async #handle(socket: Socket, dispatch: Dispatch): Promise<void> {
    const { via, remote, local } = dispatch
    const { maxReceivedMessageSize } = this.#application
    const context: ConnectionContext = { ...this.#context, via, remote, local }
    if (this.#application.connection) return void (await this.#application.connection(socket, context))
    await serveSessions(socket, {
      session: (session) => this.#application.session?.(session, context),
      validateRoute: (nextVia) => this.#around.validateRoute(dispatch, nextVia),
      clock: systemClock,
      signal: this.#lifetime.signal,
      draining: this.#closing.signal,
      acceptTimeLimit: this.#around.acceptTimeLimit,
      ...(maxReceivedMessageSize !== undefined && { maxReceivedMessageSize }),
    })
  }
}
