/** What this process has with the Portico of one sharing socket: one channel for all its services, looked for again when it is lost. */
import { availableParallelism } from 'node:os'
import type { Clock, Timer } from '#base/clock.ts'
import { PorticoError } from '#base/errors.ts'
import { orAbort } from '#base/signal.ts'
import { Slots } from '#base/slots.ts'
import { differenceText } from '#binding/rule.ts'
import { sharedUriText } from '#binding/shared-uri.ts'
import type { AskedEndpoint } from './asked-endpoint.ts'
import { delayAfter, reconnecting, registeringAgain } from './backoff.ts'
import { Conversation } from './conversation.ts'
import { Incoming } from './incoming.ts'
import { keyOf } from './place.ts'
import { placeEndpoint } from './placement.ts'
import { Registration } from './registration.ts'
import { SharedService } from './service.ts'
import { type Ending, endingError, localError } from './sharing-error.ts'

/** Route questions of a process at once, for each processor. */
const questionsPerProcessor = 10

export interface MembershipSurroundings {
  readonly clock: Clock
  /** From 0 up to 1. */
  readonly random: () => number
  /** Nothing is shared any more. */
  ended(): void
}

type State =
  | { readonly is: 'apart' }
  | {
      readonly is: 'greeting'
      readonly conversation: Conversation
      readonly outcome: PromiseWithResolvers<Conversation | Ending>
    }
  | { readonly is: 'member'; readonly conversation: Conversation }
  | { readonly is: 'waiting'; readonly retry: Timer }
  | { readonly is: 'ended' }

export class Membership {
  readonly #socket: string
  readonly #around: MembershipSurroundings
  readonly #registrations = new Map<string, Registration>()
  readonly #questions = new Slots(questionsPerProcessor * availableParallelism())
  readonly #closed = Promise.withResolvers<void>()
  #state: State = { is: 'apart' }
  /** Failures to connect, and refusals of the greeting, since the last welcome. */
  #failures = 0
  #refusals = 0
  /** Services that are on their way in. */
  #joining = 0

  constructor(socket: string, around: MembershipSurroundings) {
    this.#socket = socket
    this.#around = around
  }

  /** Shares an endpoint until the signal aborts. Rejects with a SharingError, or with the signal's reason. */
  async join(asked: AskedEndpoint, signal: AbortSignal): Promise<SharedService> {
    this.#joining++
    try {
      const greeted = await orAbort(this.#greeted(sharedUriText(asked.place)), signal)
      if (!(greeted instanceof Conversation)) throw endingError(greeted, asked.uri, this.#socket)
      return await this.#share(asked, greeted, signal)
    } finally {
      this.#joining--
      void this.#endIfUnused()
    }
  }

  async #share(asked: AskedEndpoint, conversation: Conversation, signal: AbortSignal): Promise<SharedService> {
    const registration = this.#registrationFor(asked, conversation)
    const incoming = new Incoming()
    const leave = () => {
      signal.removeEventListener('abort', aborted)
      registration.remove(endpoint)
      incoming.close()
      return this.#endIfUnused()
    }
    const service = new SharedService(asked.uri, { incoming, leave, registration: () => registration.current })
    const endpoint = { place: asked.place, incoming, service }
    const aborted = () => void service.close()
    registration.add(endpoint)
    try {
      const failure = await orAbort(registration.outcome(), signal)
      if (failure) throw endingError(failure, asked.uri, this.#socket)
      signal.throwIfAborted()
      signal.addEventListener('abort', aborted, { once: true })
      return service
    } catch (reason) {
      void leave()
      throw reason
    }
  }

  /** The registration whose settings are the endpoint's, or a new one where there is room; throws when there is none. */
  #registrationFor(asked: AskedEndpoint, conversation: Conversation): Registration {
    const { uri, place, places, settings } = asked
    for (const registration of this.#registrations.values())
      if (registration.has(place))
        throw localError('ConflictingRegistration', uri, new PorticoError('SHARED_HERE_ALREADY', { uri }))
    const inForce = new Map([...this.#registrations].map(([key, registration]) => [key, registration.inForce]))
    const placement = placeEndpoint(places, inForce, settings)
    if (placement.is === 'conflicts') {
      const differences = placement.differences.map(differenceText)
      const args = { uri, registered: sharedUriText(placement.place), by: placement.inForce.endpoint, differences }
      throw localError('ConflictingRegistration', uri, new PorticoError('SHARING_SETTINGS_DIFFER', args))
    }
    const key = placement.is === 'joins' ? placement.key : keyOf(placement.place)
    const known = this.#registrations.get(key)
    if (known) return known
    const registration = new Registration(asked, placement.is === 'new' ? placement.place : place, {
      clock: this.#around.clock,
      random: this.#around.random,
      questions: this.#questions,
      ended: () => void this.#registrations.delete(key),
    })
    this.#registrations.set(key, registration)
    registration.register(conversation)
    return registration
  }

  /** The channel that there is, or how an attempt to have one ends; one that waits to be made again is made at once. */
  async #greeted(uri: string): Promise<Conversation | Ending> {
    const state = this.#state
    if (state.is === 'member') return state.conversation
    if (state.is === 'greeting') return await state.outcome.promise
    if (state.is === 'waiting') state.retry[Symbol.dispose]()
    return await this.#greet(uri)
  }

  #greet(uri: string): Promise<Conversation | Ending> {
    const outcome = Promise.withResolvers<Conversation | Ending>()
    const conversation = new Conversation(this.#socket, uri, {
      welcomed: () => {
        this.#state = { is: 'member', conversation }
        this.#failures = 0
        this.#refusals = 0
        for (const registration of this.#registrations.values()) registration.register(conversation)
        outcome.resolve(conversation)
      },
      over: (ending) => {
        if (this.#state.is === 'ended') this.#closed.resolve()
        else this.#over(ending)
        outcome.resolve(ending)
      },
    })
    this.#state = { is: 'greeting', conversation, outcome }
    return outcome.promise
  }

  /** Services that are open stay so: connections that were taken go on, and Portico is looked for until it is back. */
  #over(ending: Ending): void {
    this.#state = { is: 'apart' }
    for (const registration of this.#registrations.values()) registration.lost(ending)
    const [first] = this.#registrations.values()
    // Whoever heard of the loss may have asked for another service, and that looks for Portico already.
    if (!first || this.#state.is !== 'apart') return
    const delay =
      ending.is === 'refused'
        ? delayAfter(++this.#refusals, registeringAgain, this.#around.random)
        : delayAfter(++this.#failures, reconnecting, this.#around.random)
    const retry = this.#around.clock.after(delay, () => void this.#greet(sharedUriText(first.place)))
    this.#state = { is: 'waiting', retry }
    if (ending.is !== 'refused') return
    for (const registration of this.#registrations.values()) registration.announceRefusal(ending.why, delay)
  }

  /** Resolves when the channel is closed, if nobody needs it any more. */
  async #endIfUnused(): Promise<void> {
    if (this.#joining > 0 || this.#registrations.size > 0) return
    const state = this.#state
    if (state.is !== 'ended') {
      this.#state = { is: 'ended' }
      this.#around.ended()
      if (state.is === 'waiting') state.retry[Symbol.dispose]()
      if (state.is === 'greeting' || state.is === 'member') state.conversation.leave()
      else this.#closed.resolve()
    }
    await this.#closed.promise
  }
}
