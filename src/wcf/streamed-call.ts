/** The one call of a session with streamed transfer: a request that still arrives, and a reply that goes while it is made. */
import { report } from '#base/report.ts'
import { EncodingError } from '#encoding/encoding-error.ts'
import type { MessageEncoding } from '#encoding/message-encoding.ts'
import type { XmlReader } from '#encoding/xml-reader.ts'
import type { XmlWriter } from '#encoding/xml-writer.ts'
import { type MessageHeaders, readStreamedHeaders } from '#soap/headers.ts'
import { deserializationFailed } from '#soap/known-faults.ts'
import { MessageError } from '#soap/message-error.ts'
import { beginMessage, endMessage } from '#soap/write-message.ts'
import type { ConnectionContext, Session } from '#worker-host/application.ts'
import type { ServiceOperation } from './contract.ts'
import {
  encodeReply,
  faultFor,
  faultReply,
  isSoapFault,
  operationFor,
  type ReadyService,
  readInput,
  replyHeaders,
  run,
} from './service.ts'
import { SessionScope } from './session-scope.ts'
import { readStream, type StreamNames, writeStream } from './stream.ts'

/** Resolves when the reply has been sent, or nothing is to be sent. */
export async function serveStreamedCall(
  service: ReadyService,
  session: Session,
  encoding: MessageEncoding,
  connection: ConnectionContext,
): Promise<void> {
  const source = session.chunks()[Symbol.asyncIterator]()
  const first = await source.next()
  if (first.done) return
  const encode = (build: (writer: XmlWriter) => void) => encoding.write(build)
  const reader = encoding.readStreamed(first.value)
  let headers: MessageHeaders
  try {
    headers = await readStreamedHeaders(reader, source)
  } catch (error) {
    if (!(error instanceof EncodingError || error instanceof MessageError)) throw error
    report(`a session for ${session.via} ends: the message of its client could not be read`, error.message)
    return await session.send(encode(faultReply(deserializationFailed(error.message), { notUnderstood: [] })))
  }
  const operation = operationFor(service.contract, headers)
  if (isSoapFault(operation)) return await session.send(encode(faultReply(operation, headers)))

  const read = operation.request.stream
    ? { input: readStream(reader, source) }
    : await readBuffered(operation, reader, source)
  const scope = new SessionScope(session, connection, {}, service.create)
  const outcome = 'fault' in read ? read : await run(service, operation, read.input, scope, headers)
  if (operation.isOneWay) return
  const { stream } = operation.reply
  if (!stream || 'fault' in outcome) {
    return await session.send(encodeReply(encode, service, operation, outcome, headers))
  }
  await sendStreamed(outcome.result as AsyncIterable<Uint8Array>, stream)

  /** What fails before there is a byte becomes a fault; afterwards the session can only be broken off. */
  async function sendStreamed(chunks: AsyncIterable<Uint8Array>, names: StreamNames): Promise<void> {
    const iterator = chunks[Symbol.asyncIterator]()
    let begun: IteratorResult<Uint8Array>
    try {
      begun = await iterator.next()
    } catch (error) {
      const fault = faultFor(service, operation as ServiceOperation, error)
      return await session.send(encode(faultReply(fault, headers)))
    }
    const outgoing = replyHeaders(operation as ServiceOperation, headers)
    await session.send(
      encoding.writeStreamed(async function* (writer) {
        beginMessage(writer, outgoing)
        yield* writeStream(writer, names, from(begun, iterator))
        endMessage(writer)
      }),
    )
  }
}

/** The session's limit for a message bounds what is collected. */
async function readBuffered(operation: ServiceOperation, reader: XmlReader, source: AsyncIterator<Buffer>) {
  for (let more = await source.next(); !more.done; more = await source.next()) reader.feed(more.value)
  reader.endOfInput()
  return readInput(operation, reader)
}

async function* from<T>(first: IteratorResult<T>, iterator: AsyncIterator<T>): AsyncGenerator<T> {
  try {
    for (let result = first; !result.done; result = await iterator.next()) yield result.value
  } finally {
    await iterator.return?.()
  }
}
