/** One channel of a self-hosted service with Portico, from the greeting to its end: what is asked on it and what is answered. */

import type { Handle } from '#base/handle.ts'
import type { Dispatch, PeerLine, PorticoMessage, Registered } from '#handoff/protocol.ts'
import { PeerChannel } from './channel.ts'
import type { Ending, Refusal } from './sharing-error.ts'

/** What is told to whoever has registered something on the channel; numbers are good for this channel only. */
export interface Registrant {
  registered(registered: Registered): void
  refused(why: Refusal): void
  dispatched(dispatch: Dispatch, handle: Handle): void
}

export interface ConversationEvents {
  welcomed(): void
  /** Comes last and once. */
  over(ending: Ending): void
}

export class Conversation {
  readonly #channel: PeerChannel
  readonly #events: ConversationEvents
  readonly #asked = new Map<number, Registrant>()
  readonly #registered = new Map<number, Registrant>()
  readonly #questions = new Map<number, (valid: boolean) => void>()
  #requests = 0
  #ending: Ending | undefined
  #isLeaving = false

  /** Connects to the socket `path`; `uri` is what Portico names when it refuses the greeting. */
  constructor(path: string, uri: string, events: ConversationEvents) {
    this.#events = events
    this.#channel = new PeerChannel(path, {
      connected: () => this.#channel.send({ type: 'hello', version: 1, uri }),
      message: (message, handle) => this.#received(message, handle),
      closed: (cause) => this.#over(cause),
    })
  }

  send(line: PeerLine): void {
    this.#channel.send(line)
  }

  /** Says what nobody waits for. */
  sendWithoutHurry(line: PeerLine): void {
    this.#channel.sendWithoutHurry(line)
  }

  /** Asks for a registration; the registrant is told what has become of it, unless the channel ends before. */
  register(line: Omit<Extract<PeerLine, { type: 'register' }>, 'type' | 'request'>, registrant: Registrant): void {
    const request = ++this.#requests
    this.#asked.set(request, registrant)
    this.send({ type: 'register', request, ...line })
  }

  /** Connections that are under way are turned down. */
  unregister(registration: number): void {
    this.#registered.delete(registration)
    this.send({ type: 'unregister', registration })
  }

  /** Asks whether a connection would come to the registration; the end of the channel is a no. */
  validateRoute({ registration, local }: Pick<Dispatch, 'registration' | 'local'>, via: string): Promise<boolean> {
    if (this.#isLeaving || this.#ending) return Promise.resolve(false)
    const request = ++this.#requests
    const { promise, resolve } = Promise.withResolvers<boolean>()
    this.#questions.set(request, resolve)
    this.send({ type: 'validateRoute', request, registration, via, local })
    return promise
  }

  /** Ends the channel in an orderly way; what still comes is turned down by its end. */
  leave(): void {
    this.#isLeaving = true
    this.send({ type: 'leave' })
    this.#channel.end()
  }

  #received(message: PorticoMessage, handle: Handle | undefined): void {
    if (message.type !== 'dispatch' || this.#isLeaving) handle?.close()
    if (this.#isLeaving) return
    switch (message.type) {
      case 'welcome':
        this.#events.welcomed()
        break
      case 'refused':
        if (message.request === undefined) this.#sentAway(message)
        else this.#answer(message.request)?.refused(message)
        break
      case 'registered':
        if (message.application === undefined) this.#hasRegistered(message)
        break
      case 'dispatch':
        this.#dispatched(message, handle)
        break
      case 'routeValid':
        this.#questions.get(message.request)?.(message.valid)
        this.#questions.delete(message.request)
        break
      case 'ping':
        this.send({ type: 'pong', request: message.request })
        break
      default: // what is said to worker processes only, or in a later version
    }
  }

  #sentAway(why: Refusal): void {
    this.#ending ??= { is: 'refused', why }
    this.#channel.end()
  }

  /** Before any other line is read: connections may follow at once. */
  #hasRegistered(registered: Registered): void {
    const registrant = registered.request === undefined ? undefined : this.#answer(registered.request)
    if (!registrant) return
    this.#registered.set(registered.registration, registrant)
    registrant.registered(registered)
  }

  #answer(request: number): Registrant | undefined {
    const registrant = this.#asked.get(request)
    this.#asked.delete(request)
    return registrant
  }

  #dispatched(dispatch: Dispatch, handle: Handle | undefined): void {
    const registrant = this.#registered.get(dispatch.registration)
    if (handle && registrant) {
      registrant.dispatched(dispatch, handle)
      return
    }
    handle?.close()
    const reason = handle
      ? 'the registration has ended'
      : 'no descriptor came with it; the process may be out of descriptors'
    this.send({ type: 'rejected', connection: dispatch.connection, reason })
  }

  #over(cause: unknown): void {
    this.#ending ??= { is: 'lost', cause }
    for (const answer of this.#questions.values()) answer(false)
    this.#questions.clear()
    this.#events.over(this.#ending)
  }
}
