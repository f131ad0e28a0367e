/** Asks Portico whether a later session of a connection still belongs to this worker process. */
import { availableParallelism } from 'node:os'
import { orAbort } from '#base/signal.ts'
import { Slots } from '#base/slots.ts'
import type { PeerLine } from '#handoff/protocol.ts'

/** Milliseconds for the answer; none means no. */
const answerLimit = 5_000
/** So many are open at once for each processor; others wait. Source: the validation throttle of WCF's shared connections. */
const perProcessor = 10

type Question = Omit<Extract<PeerLine, { type: 'validateRoute' }>, 'type' | 'request'>

export class RouteQuestions {
  readonly #send: (message: PeerLine) => void
  readonly #open = new Map<number, (valid: boolean) => void>()
  readonly #places = new Slots(perProcessor * availableParallelism())
  #requests = 0

  constructor(send: (message: PeerLine) => void) {
    this.#send = send
  }

  /** The answer no is also what silence and a lost channel mean. */
  async ask(question: Question): Promise<boolean> {
    const limit = AbortSignal.timeout(answerLimit)
    const request = ++this.#requests
    try {
      using _place = await this.#places.take(limit)
      const { promise, resolve } = Promise.withResolvers<boolean>()
      this.#open.set(request, resolve)
      this.#send({ type: 'validateRoute', request, ...question })
      return await orAbort(promise, limit)
    } catch {
      return false
    } finally {
      this.#open.delete(request)
    }
  }

  answered(request: number, valid: boolean): void {
    this.#open.get(request)?.(valid)
  }

  channelLost(): void {
    for (const answer of this.#open.values()) answer(false)
  }
}
