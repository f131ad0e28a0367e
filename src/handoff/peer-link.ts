/** The sharing channel to a process that Portico did not start: a self-hosted service that registers its addresses. */

import { PorticoError } from '#base/errors.ts'
import { printable } from '#base/printable.ts'
import type { EndpointSettings } from '#binding/rule.ts'
import { effectiveSettings, settingsFromJson, settingsToJson } from '#binding/settings.ts'
import type { UriRegistration } from '#registry/uri-registration.ts'
import type { PeerCredentials } from '#syscalls/processes.ts'
import type { Channel } from './channel.ts'
import { HandOff } from './hand-off.ts'
import type { Endpoint, PeerMessage } from './protocol.ts'
import { statusOf } from './refusal-status.ts'

type Said<T extends PeerMessage['type']> = Extract<PeerMessage, { type: T }>

/** An address that a self-hosted service asks for. */
export interface AskedRegistration {
  readonly uri: string
  readonly hostNameComparisonMode: string | undefined
  readonly settings: EndpointSettings
}

/** Who asks for a registration, and takes its connections. */
export interface RegistrationOwner {
  readonly peer: PeerCredentials
  readonly isThere: boolean
  handOff(registration: number, window: number): HandOff
}

/** Who decides whose an address is. */
export interface Registrar {
  /**
   * Makes the registration, opening its port if need be; the same one again when its owner asks for it with equal settings.
   * Throws why there can't be one.
   */
  register(asked: AskedRegistration, owner: RegistrationOwner): Promise<UriRegistration>
  unregister(registrations: Iterable<number>, why: string): void
}

export interface PeerSurroundings {
  readonly registrar: Registrar
  /** The application or the registration that a connection for `via` at `local` would come to. */
  routeOf(via: string, local: Endpoint): string | number | undefined
  /** Something that a well-made client doesn't do; it has no effect. */
  complain(about: string): void
  /** Tells why a registration was refused. */
  refused(error: PorticoError): void
  /** Something went wrong that isn't the peer's fault; the channel ends. */
  failed(error: unknown): void
  /** The peer is gone. */
  left(): void
}

/** The longest sentence, in characters: with everything else it has to fit into a line. */
const greatestMessage = 8_192

export class PeerLink implements RegistrationOwner {
  readonly channel: Channel
  /** What it said that it would ask for. */
  readonly wants: string
  readonly #around: PeerSurroundings
  /** How often each of its registrations was asked for and not given up. */
  readonly #joins = new Map<number, number>()

  constructor(channel: Channel, wants: string, around: PeerSurroundings) {
    this.channel = channel
    this.wants = wants
    this.#around = around
  }

  get peer(): PeerCredentials {
    return this.channel.peer
  }

  get isThere(): boolean {
    return this.channel.isOpen
  }

  handOff(registration: number, window: number): HandOff {
    return new HandOff(this.channel, registration, window)
  }

  /** Carries out what the peer says. */
  received<M extends PeerMessage>(message: M): void {
    if (!this.channel.isOpen) return
    // The table has a handler for exactly this type of message; the compiler can't follow the correlation.
    const handle = this.#handlers[message.type] as (message: M) => void
    handle(message)
  }

  readonly #handlers: { readonly [T in PeerMessage['type']]: (message: Said<T>) => void } = {
    hello: () => this.#around.complain('said hello twice'),
    register: (asked) => void this.#register(asked),
    unregister: ({ registration }) => this.#unregister(registration),
    accepted: ({ connection }) => this.#settle(connection, 'accepted', ''),
    rejected: ({ connection, reason }) => this.#settle(connection, 'rejected', reason),
    closed: () => {}, // its connections are its own business
    validateRoute: ({ request, registration, via, local }) => {
      const valid = this.#joins.has(registration) && this.#around.routeOf(via, local) === registration
      this.channel.send({ type: 'routeValid', request, valid })
    },
    pong: () => {},
    leave: () => this.channel.finish('it left'),
    activationFailed: () => this.#around.complain('talks like a worker process (activationFailed)'),
    service: () => this.#around.complain('talks like a worker process (service)'),
    lease: () => this.#around.complain('talks like a worker process (lease)'),
    released: () => this.#around.complain('talks like a worker process (released)'),
    retire: () => this.#around.complain('talks like a worker process (retire)'),
  }

  /** The channel is gone, and its registrations with it. */
  lost(reason: string): void {
    this.#around.registrar.unregister(this.#joins.keys(), reason)
    this.#joins.clear()
    this.#around.left()
  }

  /** The peer isn't listened to meanwhile: registrations are answered in the order in which they are asked for. */
  async #register(asked: Said<'register'>): Promise<void> {
    using _hold = this.channel.hold()
    const { request } = asked
    const mine = request === undefined ? {} : { request }
    try {
      const made = await this.#around.registrar.register(this.#asked(asked), this)
      if (!this.channel.isOpen) return this.#around.registrar.unregister([made.number], 'its process went')
      this.#joins.set(made.number, (this.#joins.get(made.number) ?? 0) + 1)
      const { number: registration, uri, mode: hostNameComparisonMode, settings } = made
      const binding = settingsToJson(settings.settings)
      this.channel.send({ type: 'registered', ...mine, registration, uri, hostNameComparisonMode, binding })
    } catch (error) {
      if (!(error instanceof PorticoError)) return this.#around.failed(error)
      this.#around.refused(error)
      const { remedy } = error
      const message = error.message.slice(0, greatestMessage) // settings that differ may be told at length
      this.channel.send({ type: 'refused', ...mine, status: statusOf(error), message, remedy })
    }
  }

  #asked({
    uri = '',
    hostNameComparisonMode,
    binding = {},
    endpoint,
    setAt = {},
  }: Said<'register'>): AskedRegistration {
    const written = settingsFromJson(binding)
    if (written.channelInitializationTimeout === 0)
      throw new PorticoError('REGISTRATION_INVALID', {
        uri: printable(uri),
        problem: 'channelInitializationTimeout must be positive',
      })
    const named = endpoint ?? `the endpoint of process ${this.peer.pid}`
    return { uri, hostNameComparisonMode, settings: { endpoint: named, settings: effectiveSettings(written), setAt } }
  }

  #unregister(registration: number): void {
    const joins = this.#joins.get(registration)
    if (joins === undefined) this.#around.complain(`gave up registration ${registration}, which it does not have`)
    else if (joins > 1) this.#joins.set(registration, joins - 1)
    else {
      this.#joins.delete(registration)
      this.#around.registrar.unregister([registration], 'its process gave it up')
    }
  }

  #settle(connection: number, is: 'accepted' | 'rejected', reason: string): void {
    if (!this.channel.settle(connection, is === 'accepted' ? { is } : { is, reason }))
      this.#around.complain(`said ${is} for connection ${connection}, which it has not been offered or has answered`)
  }
}
