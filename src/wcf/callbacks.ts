/** The operations that a client offers to the service, as functions; answers find their calls by the message they relate to. */
import { randomUUID } from 'node:crypto'
import { type Clock, systemClock } from '#base/clock.ts'
import type { XmlReader } from '#encoding/xml-reader.ts'
import { nextElement, skipElement } from '#encoding/xml-reader.ts'
import type { XmlWriter } from '#encoding/xml-writer.ts'
import { isFault, readFault } from '#soap/fault.ts'
import { MessageError } from '#soap/message-error.ts'
import { writeMessage } from '#soap/write-message.ts'
import type { OperationMessages } from './service-contract.ts'
import { WcfFault } from './wcf-fault.ts'

/** Milliseconds that a client has to answer, as WCF's sendTimeout has it. */
const answerLimit = 60_000

interface Waiting {
  readonly operation: OperationMessages
  readonly answer: PromiseWithResolvers<unknown>
}

export type CallbackFunctions = Readonly<
  Record<string, (input?: Readonly<Record<string, unknown>>) => Promise<unknown>>
>

export class Callbacks {
  readonly functions: CallbackFunctions
  readonly #send: (build: (writer: XmlWriter) => void) => Promise<void>
  readonly #clock: Clock
  readonly #waiting = new Map<string, Waiting>()
  #over: Error | undefined

  /** `send` sends one message to the client. */
  constructor(
    operations: readonly OperationMessages[],
    send: (build: (writer: XmlWriter) => void) => Promise<void>,
    clock: Clock = systemClock,
  ) {
    this.#send = send
    this.#clock = clock
    const call =
      (operation: OperationMessages) =>
      (input: Readonly<Record<string, unknown>> = {}) =>
        this.#call(operation, input)
    this.functions = Object.fromEntries(operations.map((operation) => [operation.name, call(operation)]))
  }

  /** At `Body` of a message that relates to another one: gives it to the call that waits for it, if one does. */
  answered(relatesTo: string, reader: XmlReader): void {
    const waiting = this.#waiting.get(relatesTo)
    if (!waiting) return
    this.#waiting.delete(relatesTo)
    const { operation, answer } = waiting
    try {
      answer.resolve(readAnswer(operation, reader))
    } catch (error) {
      answer.reject(error)
    }
  }

  /** No answer can come any more. */
  end(why: string): void {
    this.#over ??= new Error(why)
    for (const { operation, answer } of this.#waiting.values()) {
      answer.reject(new Error(`the callback ${operation.name} gets no answer: ${why}`))
    }
    this.#waiting.clear()
  }

  async #call(operation: OperationMessages, input: Readonly<Record<string, unknown>>): Promise<unknown> {
    const { action, request, isOneWay } = operation
    if (isOneWay) {
      await this.#send((writer) => writeMessage(writer, { action }, () => request.write(writer, input)))
      return undefined
    }
    if (this.#over) throw new Error(`the callback ${operation.name} gets no answer: ${this.#over.message}`)
    const uuid = randomUUID()
    const relatesTo = `urn:uuid:${uuid}`
    const answer = Promise.withResolvers<unknown>()
    // Who doesn't wait for it hears nothing of its failure.
    answer.promise.catch(() => {})
    this.#waiting.set(relatesTo, { operation, answer })
    const late = `the client did not answer the callback ${operation.name} within ${answerLimit / 1000} s`
    using _limit = this.#clock.after(answerLimit, () => answer.reject(new Error(late)))
    try {
      const messageId = { kind: 'uniqueId', value: uuid } as const
      await this.#send((writer) => writeMessage(writer, { action, messageId }, () => request.write(writer, input)))
      return await answer.promise
    } finally {
      this.#waiting.delete(relatesTo)
    }
  }
}

function readAnswer(operation: OperationMessages, reader: XmlReader): unknown {
  if (!nextElement(reader)) throw new MessageError(`the answer to the callback ${operation.name} is empty`)
  if (isFault(reader)) throw faultFrom(operation, reader)
  const values = operation.reply.readWrapper(reader)
  return operation.result === undefined ? undefined : values[operation.result]
}

function faultFrom({ faults }: OperationMessages, reader: XmlReader): WcfFault {
  const { code, reason, detail } = readFault(reader, () => {
    for (const [fault, { name, namespace, part }] of faults) {
      if (name.text === reader.name && namespace.text === reader.namespace) return { fault, detail: part.read(reader) }
    }
    skipElement(reader)
    return undefined
  })
  return new WcfFault({ reason, code, ...detail })
}
