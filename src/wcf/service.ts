/** A service made ready to be called: what the sessions of all its clients share. */
import { printable } from '#base/printable.ts'
import { report } from '#base/report.ts'
import { EncodingError } from '#encoding/encoding-error.ts'
import type { Value } from '#encoding/value.ts'
import type { XmlReader } from '#encoding/xml-reader.ts'
import type { XmlWriter } from '#encoding/xml-writer.ts'
import { type SoapFault, writeFault } from '#soap/fault.ts'
import type { MessageHeaders } from '#soap/headers.ts'
import {
  actionNotSupported,
  deserializationFailed,
  headerMissing,
  headerTwice,
  notUnderstood,
} from '#soap/known-faults.ts'
import { MessageError } from '#soap/message-error.ts'
import { addressing } from '#soap/names.ts'
import { type OutgoingHeaders, writeMessage } from '#soap/write-message.ts'
import type { ServiceOptions, SessionContext } from './definition.ts'
import { faultOf, unexpectedFault } from './faults.ts'
import type { Contract, OperationMessages, ServiceOperation } from './service-contract.ts'
import type { SessionScope } from './session-scope.ts'
import { writeBytes } from './stream.ts'
import { WcfFault } from './wcf-fault.ts'

export interface ReadyService {
  readonly contract: Contract
  readonly concurrency: ServiceOptions['concurrency'] | undefined
  readonly includeExceptionDetailInFaults: boolean | undefined
  readonly create: ((context: SessionContext) => unknown) | undefined
}

export interface Input {
  readonly input: Record<string, unknown>
}

export interface Result {
  readonly result: unknown
}

export interface Failed {
  readonly fault: SoapFault
}

/** The operation that a request means, or what is wrong with its headers. */
export function operationFor(contract: Contract, headers: MessageHeaders): ServiceOperation | SoapFault {
  if (headers.duplicate !== undefined) return headerTwice(headers.duplicate)
  if (headers.action === undefined) return headerMissing('Action')
  const operation = contract.operations.get(headers.action)
  if (!operation) return actionNotSupported(headers.action, contract.name)
  return headers.notUnderstood.length > 0 ? notUnderstood(headers.notUnderstood) : operation
}

export function isSoapFault(found: ServiceOperation | SoapFault): found is SoapFault {
  return 'code' in found
}

/** At `Body` of a message that is all there: its values by name, or the fault that says what is wrong with them. */
export function readInput(operation: OperationMessages, reader: XmlReader): Input | Failed {
  try {
    return { input: operation.request.read(reader) }
  } catch (error) {
    if (error instanceof EncodingError)
      report(`a message for ${operation.name} could not be read`, printable(error.message))
    return { fault: deserializationFailed(error instanceof Error ? error.message : String(error)) }
  }
}

/** One request that is being answered. */
export interface Call {
  readonly service: ReadyService
  readonly operation: OperationMessages
  readonly headers: MessageHeaders
  /** Whose operations they are, for the log. */
  readonly scope: { readonly owner: string }
}

export interface ServedCall extends Call {
  readonly operation: ServiceOperation
  readonly scope: SessionScope
}

/** Runs the operation: its result, or the fault. Never throws; what is unexpected goes to the log. */
export async function run(call: ServedCall, input: unknown): Promise<Result | Failed> {
  try {
    return { result: await call.operation.run(input, await call.scope.contextOf(call.headers)) }
  } catch (error) {
    return { fault: faultFor(call, error) }
  }
}

/** What an operation threw, or the stream that it returned. */
export function faultFor(call: Call, error: unknown): SoapFault {
  // What the operation reads of a stream is the client's.
  if (error instanceof MessageError || error instanceof EncodingError) return deserializationFailed(error.message)
  if (!(error instanceof WcfFault)) return unmeant(call, error)
  try {
    return faultOf(call.operation, error)
  } catch (mistake) {
    return unmeant(call, mistake)
  }
}

function unmeant({ service, operation, scope }: Call, error: unknown): SoapFault {
  report(`operation ${service.contract.name}.${operation.name} of ${scope.owner} failed`, error)
  return unexpectedFault(error, service.includeExceptionDetailInFaults ?? false)
}

/** Where an answer goes, and what it relates to. */
function answering(
  { messageId, replyTo, faultTo }: MessageHeaders,
  isFault: boolean,
): { readonly relatesTo: Value | undefined; readonly to: string | undefined } {
  const address = isFault ? (faultTo ?? replyTo) : replyTo
  return { relatesTo: messageId, to: address === addressing.anonymous.text ? undefined : address }
}

function replyWith(operation: OperationMessages, headers: MessageHeaders, value: unknown): (writer: XmlWriter) => void {
  const { reply, result } = operation
  const outgoing = replyHeaders(operation, headers)
  const { stream } = reply
  if (stream) {
    // Who encodes it as a whole has collected it.
    const chunks = value as readonly Uint8Array[]
    return (writer) => writeMessage(writer, outgoing, () => writeBytes(writer, stream, chunks))
  }
  const values = result === undefined ? {} : { [result]: value }
  return (writer) => writeMessage(writer, outgoing, () => reply.write(writer, values))
}

export function replyHeaders({ replyAction }: OperationMessages, headers: MessageHeaders): OutgoingHeaders {
  return { action: replyAction, ...answering(headers, false) }
}

export function faultReply(fault: SoapFault, headers: MessageHeaders): (writer: XmlWriter) => void {
  const { action, notUnderstood: names } = fault
  const outgoing: OutgoingHeaders = { action, ...answering(headers, true), notUnderstood: names }
  return (writer) => writeMessage(writer, outgoing, () => writeFault(writer, fault))
}

/** The reply with the result; when that can't be written, a fault in its place, which the log explains. */
export function encodeReply(
  call: Call,
  encode: (build: (writer: XmlWriter) => void) => Buffer,
  outcome: Result | Failed,
): Buffer {
  const { operation, headers } = call
  try {
    return encode(
      'fault' in outcome ? faultReply(outcome.fault, headers) : replyWith(operation, headers, outcome.result),
    )
  } catch (error) {
    return encode(faultReply(unmeant(call, error), headers))
  }
}
