/** The operations that a client offers to the service, as functions. */
import { type Clock, systemClock } from '#base/clock.ts'
import type { XmlReader } from '#encoding/xml-reader.ts'
import type { XmlWriter } from '#encoding/xml-writer.ts'
import { Requests, type Values } from './requests.ts'
import type { OperationMessages } from './service-contract.ts'

/** Milliseconds that a client has to answer, as WCF's sendTimeout has it. */
const answerLimit = 60_000

export type CallbackFunctions = Readonly<Record<string, (input?: Values) => Promise<unknown>>>

export class Callbacks {
  readonly functions: CallbackFunctions
  readonly #requests: Requests

  /** `send` sends one message to the client. */
  constructor(
    operations: readonly OperationMessages[],
    send: (build: (writer: XmlWriter) => void) => Promise<void>,
    clock: Clock = systemClock,
  ) {
    this.#requests = new Requests({
      send,
      clock,
      timeLimit: answerLimit,
      late: (name) => new Error(`the client did not answer the callback ${name} within ${answerLimit / 1000} s`),
      unanswered: (name, why) => new Error(`the callback ${name} gets no answer: ${why.message}`),
    })
    const call =
      (operation: OperationMessages) =>
      (input: Values = {}) =>
        this.#requests.make(operation, input)
    this.functions = Object.fromEntries(operations.map((operation) => [operation.name, call(operation)]))
  }

  /** At `Body` of a message that relates to another one: gives it to the call that waits for it, if one does. */
  answered(relatesTo: string, reader: XmlReader): void {
    this.#requests.answered(relatesTo, reader)
  }

  /** No answer can come any more. */
  end(why: string): void {
    this.#requests.end(new Error(why))
  }
}
