/** Requests of one end of a session to the other; answers find theirs by the message that they relate to. */
import { randomUUID } from 'node:crypto'
import type { Clock } from '#base/clock.ts'
import type { DictionaryString } from '#encoding/dictionary-string.ts'
import { nextElement, skipElement, type XmlReader } from '#encoding/xml-reader.ts'
import type { XmlWriter } from '#encoding/xml-writer.ts'
import { isFault, readFault } from '#soap/fault.ts'
import { MessageError } from '#soap/message-error.ts'
import { writeMessage } from '#soap/write-message.ts'
import type { OperationMessages } from './service-contract.ts'
import { nothing, readStreamInside, writeBytes } from './stream.ts'
import { WcfFault } from './wcf-fault.ts'

interface Waiting {
  readonly operation: OperationMessages
  readonly answer: PromiseWithResolvers<unknown>
}

export interface RequestOptions {
  /** The address of the other end, where that wants to be told. */
  readonly to?: DictionaryString
  readonly clock: Clock
  /** Milliseconds that the other end has to answer. */
  readonly timeLimit: number
  /** Sends one message. */
  send(build: (writer: XmlWriter) => void): Promise<void>
  /** The error of a request that has no answer in time. */
  late(operation: string): Error
  /** The error of a request whose answer can't be read. */
  unreadable?(operation: string, why: unknown): unknown
  /** The error of a request that can have none any more. */
  unanswered(operation: string, why: Error): Error
}

export type Values = Readonly<Record<string, unknown>>

export class Requests {
  readonly #options: RequestOptions
  readonly #waiting = new Map<string, Waiting>()
  #over: Error | undefined

  constructor(options: RequestOptions) {
    this.#options = options
  }

  /** At `Body` of a message that relates to another one: gives it to the request that waits for it, if one does. */
  answered(relatesTo: string, reader: XmlReader): void {
    const waiting = this.#waiting.get(relatesTo)
    if (!waiting) return
    this.#waiting.delete(relatesTo)
    const { operation, answer } = waiting
    try {
      answer.resolve(readAnswer(operation, reader))
    } catch (error) {
      const { unreadable } = this.#options
      answer.reject(unreadable ? unreadable(operation.name, error) : error)
    }
  }

  /** The message id of the one request that waits, unless there are more. */
  get only(): string | undefined {
    const [first, second] = this.#waiting.keys()
    return second === undefined ? first : undefined
  }

  /** No answer can come any more. */
  end(why: Error): void {
    this.#over ??= why
    for (const { operation, answer } of this.#waiting.values()) {
      answer.reject(this.#options.unanswered(operation.name, why))
    }
    this.#waiting.clear()
  }

  /**
   * Sends a request and gives its result; of a one-way one when it is on its way. `input` are the values by name, or the
   * bytes of a body that is a stream.
   */
  async make(
    operation: OperationMessages,
    input: Values | readonly Uint8Array[],
    signal?: AbortSignal,
  ): Promise<unknown> {
    const { name, action, isOneWay } = operation
    const { to, clock, timeLimit, late, unanswered } = this.#options
    const body = bodyOf(operation, input)
    if (isOneWay) {
      await this.#options.send((writer) => writeMessage(writer, { action, to }, body))
      return undefined
    }
    if (this.#over) throw unanswered(name, this.#over)
    const uuid = randomUUID()
    const relatesTo = `urn:uuid:${uuid}`
    const answer = Promise.withResolvers<unknown>()
    // Who doesn't wait for it hears nothing of its failure.
    answer.promise.catch(() => {})
    const aborted = () => answer.reject(signal?.reason)
    this.#waiting.set(relatesTo, { operation, answer })
    using _limit = clock.after(timeLimit, () => answer.reject(late(name)))
    signal?.addEventListener('abort', aborted, { once: true })
    try {
      const messageId = { kind: 'uniqueId', value: uuid } as const
      await this.#options.send((writer) => writeMessage(writer, { action, messageId, to }, body))
      return await answer.promise
    } finally {
      signal?.removeEventListener('abort', aborted)
      this.#waiting.delete(relatesTo)
    }
  }
}

function bodyOf({ request }: OperationMessages, input: Values | readonly Uint8Array[]): (writer: XmlWriter) => void {
  const { stream } = request
  if (stream) return (writer) => writeBytes(writer, stream, input as readonly Uint8Array[])
  return (writer) => request.write(writer, input as Values)
}

/** At `Body` of a message that is all there: the result. Throws WcfFault. */
export function readAnswer(operation: OperationMessages, reader: XmlReader): unknown {
  if (!nextElement(reader)) throw new MessageError(`the answer to ${operation.name} is empty`)
  return readAnswerInside(operation, reader)
}

/** The same at the first element of the body. */
export function readAnswerInside(operation: OperationMessages, reader: XmlReader): unknown {
  const { reply, result } = operation
  if (isFault(reader)) throw readWcfFault(operation, reader)
  if (reply.stream) return readStreamInside(reader, nothing())
  const values = reply.readWrapper(reader)
  return result === undefined ? undefined : values[result]
}

/** At `Fault`: with the detail, if it is one that the operation declares. */
export function readWcfFault({ faults }: Pick<OperationMessages, 'faults'>, reader: XmlReader): WcfFault {
  const { code, reason, detail } = readFault(reader, () => {
    for (const [fault, { name, namespace, part }] of faults) {
      if (name.text === reader.name && namespace.text === reader.namespace) return { fault, detail: part.read(reader) }
    }
    skipElement(reader)
    return undefined
  })
  return new WcfFault({ reason, code, ...detail })
}
