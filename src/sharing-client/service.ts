/** A URI that this process shares: its connections, what happens to it, and its end. */
import { EventEmitter } from 'node:events'
import type { HostNameComparisonMode } from '#binding/host-mode.ts'
import type { BindingSettings } from '#binding/settings.ts'
import type { Incoming } from './incoming.ts'
import type { SharedConnection } from './offered-connection.ts'
import type { SharingError } from './sharing-error.ts'

/** What Portico has registered, for this service or for a base address that it shares with others of the process. */
export interface RegistrationInForce {
  /** In canonical form, with its port. */
  readonly uri: string
  readonly hostNameComparisonMode: HostNameComparisonMode
  /** All seven settings as they are in force. */
  readonly binding: BindingSettings
}

export interface SharedServiceEvents {
  /** The channel to Portico has ended. Connections that were taken go on; Portico is looked for until it is back. */
  lost: []
  /** Registered again, after a loss. */
  registered: [registration: RegistrationInForce]
  /** Portico is there and has refused to register it again; the next try is after so many milliseconds. */
  refused: [error: SharingError, nextTryMs: number]
}

/** What a service needs from around it. */
export interface ServiceSurroundings {
  readonly incoming: Incoming
  registration(): RegistrationInForce | undefined
  leave(): Promise<void>
}

/**
 * Iterate over it to take its connections, in as many loops as you like: each connection goes to one of them. Leaving a
 * loop doesn't close the service; its connections wait then.
 */
export class SharedService
  extends EventEmitter<SharedServiceEvents>
  implements AsyncIterable<SharedConnection>, AsyncDisposable
{
  /** As it was given to `share`. */
  readonly uri: string
  readonly #around: ServiceSurroundings
  #closing: Promise<void> | undefined

  constructor(uri: string, around: ServiceSurroundings) {
    super()
    this.uri = uri
    this.#around = around
  }

  /** What is registered now; undefined while Portico is away or refuses, and after the end. */
  get registration(): RegistrationInForce | undefined {
    return this.#closing ? undefined : this.#around.registration()
  }

  [Symbol.asyncIterator](): AsyncIterator<SharedConnection, undefined> {
    return this.#around.incoming.iterate()
  }

  /** Ends the registration and every loop over the service. Connections that were taken go on; the others are given back. */
  close(): Promise<void> {
    this.#closing ??= this.#around.leave()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
