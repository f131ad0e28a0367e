/** The one call of a session with streamed transfer: a request that still arrives, and a reply that goes while it is made. */
import { printable } from '#base/printable.ts'
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
  type ServedCall,
} from './service.ts'
import type { ServiceOperation } from './service-contract.ts'
import { SessionScope } from './session-scope.ts'
import { readStream, writeStream } from './stream.ts'

/** Resolves when the reply has been sent, or nothing is to be sent. */
export async function serveStreamedCall(
  service: ReadyService,
  session: Session,
  encoding: MessageEncoding,
  connection: ConnectionContext,
): Promise<void> {
  const source = session.chunks()[Symbol.asyncIterator]()
  const beginning = await source.next()
  if (beginning.done) return
  const encode = (build: (writer: XmlWriter) => void) => encoding.write(build)
  const reader = encoding.readStreamed(beginning.value)
  let headers: MessageHeaders
  try {
    headers = await readStreamedHeaders(reader, source)
  } catch (error) {
    if (!(error instanceof EncodingError || error instanceof MessageError)) throw error
    report(`a session for ${session.via} ends: the message of its client could not be read`, printable(error.message))
    return await session.send(encode(faultReply(deserializationFailed(error.message), { notUnderstood: [] })))
  }
  const operation = operationFor(service.contract, headers)
  if (isSoapFault(operation)) return await session.send(encode(faultReply(operation, headers)))

  const read = operation.request.stream
    ? { input: readStream(reader, source) }
    : await readBuffered(operation, reader, source)
  const scope = new SessionScope(session, connection, {}, service.create)
  const call: ServedCall = { service, operation, headers, scope }
  const outcome = 'fault' in read ? read : await run(call, read.input)
  if (operation.isOneWay) return
  const { stream } = operation.reply
  if (!stream || 'fault' in outcome) return await session.send(encodeReply(call, encode, outcome))

  // What fails before there is a byte becomes a fault; afterwards the session can only be broken off.
  const chunks = (outcome.result as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
  let first: IteratorResult<Uint8Array>
  try {
    first = await chunks.next()
  } catch (error) {
    return await session.send(encode(faultReply(faultFor(call, error), headers)))
  }
  const reply = encoding.writeStreamed(async function* (writer) {
    beginMessage(writer, replyHeaders(operation, headers))
    yield* writeStream(writer, stream, from(first, chunks))
    endMessage(writer)
  })
  await session.send(reply)
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
