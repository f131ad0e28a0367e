/** Shares URIs of this process: one membership for each sharing socket, whoever asks. */
import type { Clock } from '#base/clock.ts'
import { askedEndpoint, type EndpointOptions } from './asked-endpoint.ts'
import { Membership } from './membership.ts'
import type { SharedService } from './service.ts'
import { sharingSocket } from './sharing-socket.ts'

export interface ShareOptions extends EndpointOptions {
  /** Portico's home, which has its sharing socket; PORTICO_HOME, the account's own or the machine's unless said otherwise. */
  readonly home?: string | undefined
  /** The sharing socket itself. */
  readonly socket?: string | undefined
  /** Ends the wait for the registration, or closes the service. */
  readonly signal?: AbortSignal | undefined
}

export interface SharingSurroundings {
  readonly clock: Clock
  /** From 0 up to 1. */
  readonly random: () => number
}

export class Sharing {
  readonly #around: SharingSurroundings
  readonly #memberships = new Map<string, Membership>()

  constructor(around: SharingSurroundings) {
    this.#around = around
  }

  async share(options: ShareOptions): Promise<SharedService> {
    const { signal = new AbortController().signal } = options
    signal.throwIfAborted()
    const asked = askedEndpoint(options)
    return await this.#membership(sharingSocket(options)).join(asked, signal)
  }

  #membership(socket: string): Membership {
    const known = this.#memberships.get(socket)
    if (known) return known
    const membership: Membership = new Membership(socket, {
      ...this.#around,
      ended: () => {
        if (this.#memberships.get(socket) === membership) this.#memberships.delete(socket)
      },
    })
    this.#memberships.set(socket, membership)
    return membership
  }
}
