/** What the calls of one session share: its context, and the instance that the service keeps for it. */
import type { MessageHeaders } from '#soap/headers.ts'
import type { ConnectionContext, Session } from '#worker-host/application.ts'
import type { CallbackFunctions } from './callbacks.ts'
import type { OperationContext, SessionContext } from './definition.ts'

type Create = (context: SessionContext) => unknown

export class SessionScope implements SessionContext {
  readonly callback: CallbackFunctions
  readonly connection: ConnectionContext
  readonly #session: Session
  readonly #create: Create | undefined
  #instance: { readonly made: unknown } | undefined

  /** `create` makes the instance, before the first call. */
  constructor(
    session: Session,
    connection: ConnectionContext,
    callback: CallbackFunctions,
    create: Create | undefined,
  ) {
    this.callback = callback
    this.connection = connection
    this.#session = session
    this.#create = create
  }

  /** For the log. */
  get owner(): string {
    return `application ${this.connection.application}`
  }

  get signal(): AbortSignal {
    return this.#session.signal
  }

  /** Throws what `create` throws; then the next call tries again. */
  async contextOf(headers: MessageHeaders): Promise<OperationContext> {
    const scope = this
    const instance = await this.#made()
    return {
      callback: this.callback,
      connection: this.connection,
      instance,
      headers,
      get signal() {
        return scope.signal
      },
    }
  }

  async #made(): Promise<unknown> {
    if (!this.#create) return undefined
    this.#instance ??= { made: this.#create(this) }
    const instance = this.#instance
    try {
      return await instance.made
    } catch (error) {
      if (this.#instance === instance) this.#instance = undefined
      throw error
    }
  }
}
