/** One registration of this process with Portico, for the endpoints that share it; after a loss it comes back. */
import type { Clock, Timer } from '#base/clock.ts'
import type { Handle } from '#base/handle.ts'
import { orAbort } from '#base/signal.ts'
import type { Slots } from '#base/slots.ts'
import type { EndpointSettings } from '#binding/rule.ts'
import { effectiveSettings, settingsFromJson } from '#binding/settings.ts'
import { sharedUriText } from '#binding/shared-uri.ts'
import { parseVia } from '#framing/via.ts'
import type { Dispatch, Registered } from '#handoff/protocol.ts'
import type { AskedEndpoint } from './asked-endpoint.ts'
import { delayAfter, registeringAgain } from './backoff.ts'
import type { Conversation } from './conversation.ts'
import type { Incoming } from './incoming.ts'
import { OfferedConnection } from './offered-connection.ts'
import { keyOf, type Place } from './place.ts'
import { endpointFor } from './placement.ts'
import type { RegistrationInForce, SharedService } from './service.ts'
import { type Ending, type Refusal, refusalError } from './sharing-error.ts'
import { answerUnserved } from './unserved.ts'

/** Milliseconds for the answer to a route question; none means no. */
const validateLimit = 5_000
/** The longest via that can be asked for, in characters. */
const greatestVia = 8192

/** An endpoint of a registration. */
export interface SharedEndpoint {
  readonly place: Place
  readonly incoming: Incoming
  readonly service: SharedService
}

export interface RegistrationSurroundings {
  readonly clock: Clock
  /** From 0 up to 1. */
  readonly random: () => number
  /** Bounds the route questions of the process. */
  readonly questions: Slots
  /** It has ended: nothing is registered any more. */
  ended(): void
}

type State =
  /** Resolves with what went wrong, if anything. */
  | { readonly is: 'asking'; readonly outcome: PromiseWithResolvers<Ending | undefined> }
  | { readonly is: 'registered'; readonly conversation: Conversation; readonly registered: Registered }
  | { readonly is: 'refused'; readonly why: Refusal; readonly retry: Timer }
  /** There is no channel, or none yet. */
  | { readonly is: 'lost' }
  | { readonly is: 'ended' }

export class Registration {
  readonly place: Place
  /** Of the first endpoint: later ones have to have the same. */
  readonly inForce: EndpointSettings
  readonly #asked: AskedEndpoint
  readonly #around: RegistrationSurroundings
  readonly #endpoints = new Set<SharedEndpoint>()
  #state: State = { is: 'lost' }
  #refusals = 0

  constructor(asked: AskedEndpoint, place: Place, around: RegistrationSurroundings) {
    this.place = place
    this.inForce = asked.settings
    this.#asked = asked
    this.#around = around
  }

  /** What Portico has registered, while it has. */
  get current(): RegistrationInForce | undefined {
    if (this.#state.is !== 'registered') return undefined
    const { uri, hostNameComparisonMode, binding } = this.#state.registered
    return { uri, hostNameComparisonMode, binding: effectiveSettings(settingsFromJson(binding)) }
  }

  /** Whether one of its endpoints is at the very place. */
  has(place: Place): boolean {
    return [...this.#endpoints].some((endpoint) => keyOf(endpoint.place) === keyOf(place))
  }

  /** From now on connections below its path are the endpoint's. */
  add(endpoint: SharedEndpoint): void {
    this.#endpoints.add(endpoint)
  }

  /** The registration ends with its last endpoint. */
  remove(endpoint: SharedEndpoint): void {
    if (!this.#endpoints.delete(endpoint) || this.#endpoints.size > 0) return
    const state = this.#state
    if (state.is === 'registered') state.conversation.unregister(state.registered.registration)
    if (state.is === 'refused') state.retry[Symbol.dispose]()
    this.#state = { is: 'ended' }
    this.#around.ended()
  }

  /** Resolves when it is registered, or with why it isn't. */
  outcome(): Promise<Ending | undefined> {
    const state = this.#state
    switch (state.is) {
      case 'asking':
        return state.outcome.promise
      case 'registered':
        return Promise.resolve(undefined)
      case 'refused':
        return Promise.resolve({ is: 'refused', why: state.why })
      default:
        return Promise.resolve({ is: 'lost', cause: undefined })
    }
  }

  /** Asks on a channel that has just been greeted, or again on the same. */
  register(conversation: Conversation): void {
    this.#state = { is: 'asking', outcome: Promise.withResolvers() }
    const { mode } = this.place
    conversation.register(
      { uri: sharedUriText(this.place), hostNameComparisonMode: mode, ...this.#asked.line },
      {
        registered: (registered) => this.#hasRegistered(conversation, registered),
        refused: (why) => this.#wasRefused(conversation, why),
        dispatched: (dispatch, handle) => this.#dispatched(conversation, dispatch, handle),
      },
    )
  }

  /** The channel has ended, and with it the registration and what nobody has taken. */
  lost(ending: Ending): void {
    const state = this.#state
    if (state.is === 'lost' || state.is === 'ended') return
    if (state.is === 'refused') state.retry[Symbol.dispose]()
    if (state.is === 'asking') state.outcome.resolve(ending)
    this.#state = { is: 'lost' }
    for (const { incoming, service } of this.#endpoints) {
      incoming.lost()
      service.emit('lost')
    }
  }

  /** Tells its services why they are not shared, and when that is tried again. */
  announceRefusal(why: Refusal, nextTryMs: number): void {
    for (const { service } of this.#endpoints) service.emit('refused', refusalError(why, service.uri), nextTryMs)
  }

  #hasRegistered(conversation: Conversation, registered: Registered): void {
    const state = this.#state
    // Its last endpoint has left while Portico was being asked.
    if (state.is !== 'asking') {
      conversation.unregister(registered.registration)
      return
    }
    this.#state = { is: 'registered', conversation, registered }
    this.#refusals = 0
    state.outcome.resolve(undefined)
    const { current } = this
    if (current) for (const { service } of this.#endpoints) service.emit('registered', current)
  }

  /** Asks again after a while, for the services that are open: one that is on its way in fails, and leaves. */
  #wasRefused(conversation: Conversation, why: Refusal): void {
    const state = this.#state
    if (state.is !== 'asking') return
    state.outcome.resolve({ is: 'refused', why })
    const delay = delayAfter(++this.#refusals, registeringAgain, this.#around.random)
    const retry = this.#around.clock.after(delay, () => this.register(conversation))
    this.#state = { is: 'refused', why, retry }
    this.announceRefusal(why, delay)
  }

  #dispatched(conversation: Conversation, dispatch: Dispatch, handle: Handle): void {
    const offered = new OfferedConnection(conversation, dispatch, handle, (of, via) => this.#validate(of, via))
    const path = parseVia(dispatch.via)?.path
    const endpoint = path === undefined ? undefined : endpointFor(this.#endpoints, path)
    if (endpoint) endpoint.incoming.offer(offered)
    else answerUnserved(offered.accept().socket, this.#around.clock)
  }

  async #validate({ local }: Dispatch, via: string): Promise<boolean> {
    const limit = new AbortController()
    using _timer = this.#around.clock.after(validateLimit, () => limit.abort())
    try {
      using _place = await this.#around.questions.take(limit.signal)
      const state = this.#state
      if (state.is !== 'registered' || via.length > greatestVia) return false
      const { registration } = state.registered
      return await orAbort(state.conversation.validateRoute({ registration, local }, via), limit.signal)
    } catch {
      return false // the time is up
    }
  }
}
