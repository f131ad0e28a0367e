/** Asks Portico whether a later session of a connection still belongs to this worker process. */
import type { PeerLine } from '#handoff/protocol.ts'

/** Milliseconds for the answer; none means no. */
const answerLimit = 5_000

type Question = Omit<Extract<PeerLine, { type: 'validateRoute' }>, 'type' | 'request'>

export class RouteQuestions {
  readonly #send: (message: PeerLine) => void
  readonly #open = new Map<number, (valid: boolean) => void>()
  #requests = 0

  constructor(send: (message: PeerLine) => void) {
    this.#send = send
  }

  /** The answer no is also what silence and a lost channel mean. */
  ask(question: Question): Promise<boolean> {
    const request = ++this.#requests
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const timer = setTimeout(() => this.answered(request, false), answerLimit)
    this.#open.set(request, (valid) => {
      clearTimeout(timer)
      resolve(valid)
    })
    this.#send({ type: 'validateRoute', request, ...question })
    return promise
  }

  answered(request: number, valid: boolean): void {
    this.#open.get(request)?.(valid)
    this.#open.delete(request)
  }

  channelLost(): void {
    for (const request of this.#open.keys()) this.answered(request, false)
  }
}
