/** Calls with streamed transfer: each on a connection of its own, for as long as its streams take. */
import type { Clock } from '#base/clock.ts'
import { dictionaryString } from '#encoding/dictionary-string.ts'
import { type EncodingSettings, type MessageEncoding, openEncoding } from '#encoding/message-encoding.ts'
import { readNext, type XmlReader } from '#encoding/xml-reader.ts'
import { CommunicationError } from '#net-tcp-client/communication-error.ts'
import type { Destination } from '#net-tcp-client/destination.ts'
import { StreamedSession } from '#net-tcp-client/streamed-session.ts'
import { isFault } from '#soap/fault.ts'
import { readStreamedHeaders } from '#soap/headers.ts'
import { beginMessage, endMessage, writeMessage } from '#soap/write-message.ts'
import type { Caller } from './caller.ts'
import { readAnswer, readAnswerInside, type Values } from './requests.ts'
import type { OperationMessages } from './service-contract.ts'
import { readStreamInside, writeStream } from './stream.ts'
import { unreadable } from './unreadable.ts'

export interface StreamedOptions {
  readonly contentType: string
  readonly encoding: EncodingSettings
  readonly maxReceivedMessageSize: number
  readonly openTimeout: number
  readonly sendTimeout: number
  readonly clock: Clock
}

export class StreamedCaller implements Caller {
  readonly #destination: Destination
  readonly #options: StreamedOptions
  readonly #sessions = new Set<StreamedSession>()

  constructor(destination: Destination, options: StreamedOptions) {
    this.#destination = destination
    this.#options = options
  }

  async call(operation: OperationMessages, input: unknown, signal: AbortSignal | undefined): Promise<unknown> {
    signal?.throwIfAborted()
    const encoding = await openEncoding(this.#options.contentType, this.#options.encoding)
    const message = this.#messageOf(operation, input, encoding)
    const session = new StreamedSession(this.#destination, this.#options)
    const aborted = () => session.fail(signal?.reason)
    signal?.addEventListener('abort', aborted, { once: true })
    this.#sessions.add(session)
    const over = () => {
      signal?.removeEventListener('abort', aborted)
      this.#sessions.delete(session)
      session[Symbol.dispose]()
    }
    try {
      await this.#within(session, 'openTimeout', false, () => session.opened())
      const answer = await this.#within(session, 'sendTimeout', true, async () => {
        // The service may answer before it has everything, or say why it takes no more.
        session.send(message).catch((error: unknown) => session.fail(error))
        return await answerOf(operation, encoding, session.received())
      })
      if ('stream' in answer) return untilRead(operation.name, answer.stream, session, over)
      over()
      return answer.result
    } catch (cause) {
      const error = unreadable(operation.name, cause)
      session.fail(error)
      over()
      throw error
    }
  }

  /** Breaks off the streams that are still being read. */
  async close(): Promise<void> {
    const reason = new CommunicationError('clientClosed', `the client of ${this.#destination.via} was closed`)
    for (const session of this.#sessions) session.fail(reason)
  }

  async #within<T>(
    session: StreamedSession,
    limit: 'openTimeout' | 'sendTimeout',
    mayHaveRun: boolean,
    work: () => Promise<T>,
  ): Promise<T> {
    const ms = this.#options[limit]
    const says = `${this.#destination.via}: ${mayHaveRun ? 'no answer came' : 'no session was opened'} within ${ms} ms`
    const late = () => session.fail(new CommunicationError('timeout', says, { mayHaveRun }))
    using _limit = this.#options.clock.after(ms, late)
    try {
      return await work()
    } catch (error) {
      if (!mayHaveRun || !(error instanceof CommunicationError) || error.mayHaveRun) throw error
      throw error.afterSending()
    }
  }

  #messageOf(operation: OperationMessages, input: unknown, encoding: MessageEncoding) {
    const { action, isOneWay, request } = operation
    const messageId = isOneWay ? undefined : ({ kind: 'uniqueId', value: crypto.randomUUID() } as const)
    const headers = { action, messageId, to: dictionaryString(this.#destination.via) }
    const { stream } = request
    if (!stream) {
      return [encoding.write((writer) => writeMessage(writer, headers, () => request.write(writer, input as Values)))]
    }
    const chunks = input instanceof Uint8Array ? only(input) : (input as AsyncIterable<Uint8Array>)
    return encoding.writeStreamed(async function* (writer) {
      beginMessage(writer, headers)
      yield* writeStream(writer, stream, chunks)
      endMessage(writer)
    })
  }
}

type Answer = { readonly result: unknown } | { readonly stream: AsyncIterable<Buffer> }

async function answerOf(
  operation: OperationMessages,
  encoding: MessageEncoding,
  source: AsyncGenerator<Buffer>,
): Promise<Answer> {
  const first = await source.next()
  if (operation.isOneWay) return { result: undefined }
  if (first.done) throw new CommunicationError('protocol', `the service ended without an answer to ${operation.name}`)
  const reader = encoding.readStreamed(first.value)
  await readStreamedHeaders(reader, source)
  if (!operation.reply.stream) {
    await complete(reader, source)
    return { result: readAnswer(operation, reader) }
  }
  while ((await readNext(reader, source)) === 'value');
  if (!isFault(reader)) return { stream: readStreamInside(reader, source) }
  await complete(reader, source)
  return { result: readAnswerInside(operation, reader) }
}

/** Gives the reader all that still comes. */
async function complete(reader: XmlReader, source: AsyncIterable<Buffer>): Promise<void> {
  for await (const bytes of source) reader.feed(bytes)
  reader.endOfInput()
}

/** The stream, which takes the session with it at its end, or when nobody wants to read on. */
async function* untilRead(name: string, stream: AsyncIterable<Buffer>, session: StreamedSession, over: () => void) {
  let isWhole = false
  try {
    yield* stream
    isWhole = true
  } catch (error) {
    throw error instanceof CommunicationError ? error.afterSending() : unreadable(name, error)
  } finally {
    if (!isWhole) session.fail(new Error('the stream was not read to its end'))
    over()
  }
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
