/** One session of a client: its requests, their answers, and the callbacks of the service, all on one connection. */
import { printable } from '#base/printable.ts'
import { report } from '#base/report.ts'
import { EncodingError } from '#encoding/encoding-error.ts'
import type { MessageEncoding } from '#encoding/message-encoding.ts'
import type { XmlReader } from '#encoding/xml-reader.ts'
import type { XmlWriter } from '#encoding/xml-writer.ts'
import type { SoapFault } from '#soap/fault.ts'
import { type MessageHeaders, readHeaders } from '#soap/headers.ts'
import { deserializationFailed, headerMissing } from '#soap/known-faults.ts'
import { MessageError } from '#soap/message-error.ts'
import type { ConnectionContext, Session } from '#worker-host/application.ts'
import { Callbacks } from './callbacks.ts'
import { Calls } from './calls.ts'
import {
  encodeReply,
  type Failed,
  faultFor,
  faultReply,
  isSoapFault,
  operationFor,
  type ReadyService,
  type Result,
  readInput,
  run,
  type ServedCall,
} from './service.ts'
import type { ServiceOperation } from './service-contract.ts'
import { SessionScope } from './session-scope.ts'
import { nothing, readStream } from './stream.ts'

/** Requests of one session that run, or wait to run, at once: beyond it nothing more is read from the client. */
const mostCalls = 16

export class DuplexSession {
  readonly #service: ReadyService
  readonly #session: Session
  readonly #encoding: MessageEncoding
  readonly #callbacks: Callbacks
  readonly #calls: Calls
  readonly #scope: SessionScope

  constructor(service: ReadyService, session: Session, encoding: MessageEncoding, connection: ConnectionContext) {
    this.#service = service
    this.#session = session
    this.#encoding = encoding
    this.#callbacks = new Callbacks(service.contract.callbacks, (build) => this.#send(build))
    const { concurrency = 'single', contract } = service
    // The answer to a callback may come behind other requests, so these are read while a call is under way.
    const readsAhead = concurrency === 'multiple' || contract.callbacks.length > 0
    this.#calls = new Calls(concurrency === 'single', readsAhead ? mostCalls : 1)
    this.#scope = new SessionScope(session, connection, this.#callbacks.functions, service.create)
  }

  /** Resolves when the client has ended its side and all calls are answered. */
  async serve(): Promise<void> {
    // Calls that wait for the client must not wait when it has gone.
    if (this.#service.contract.callbacks.length > 0) this.#session.signal.addEventListener('abort', this.#over)
    try {
      for await (const envelope of this.#session) {
        if (!(await this.#received(envelope))) return
        await this.#calls.room()
      }
      this.#callbacks.end('the client has ended its side of the session')
      await this.#calls.settled()
    } finally {
      this.#over()
    }
  }

  readonly #over = (): void => this.#callbacks.end('the session is over')

  /** False when the message leaves no way to go on. */
  async #received(envelope: Buffer): Promise<boolean> {
    let [reader, headers]: [XmlReader | undefined, MessageHeaders | undefined] = [undefined, undefined]
    try {
      reader = this.#encoding.read(envelope)
      headers = readHeaders(reader)
    } catch (error) {
      if (!(error instanceof EncodingError || error instanceof MessageError)) throw error
      report(
        `a session for ${this.#session.via} ends: a message of its client could not be read`,
        printable(error.message),
      )
      await this.#send(faultReply(deserializationFailed(error.message), { notUnderstood: [] }))
      return false
    }
    this.#dispatch(headers, reader)
    return true
  }

  #dispatch(headers: MessageHeaders, reader: XmlReader): void {
    const { contract } = this.#service
    const { relatesTo, action = '' } = headers
    if (relatesTo !== undefined && !contract.operations.has(action)) {
      this.#callbacks.answered(relatesTo, reader)
      return
    }
    const operation = operationFor(contract, headers)
    if (isSoapFault(operation)) this.#fault(operation, headers)
    else if (!operation.isOneWay && !headers.messageId) this.#fault(headerMissing('MessageID'), headers)
    else this.#begin(operation, headers, reader)
  }

  #begin(operation: ServiceOperation, headers: MessageHeaders, reader: XmlReader): void {
    const read = operation.request.stream ? { input: readStream(reader, nothing()) } : readInput(operation, reader)
    const call = { service: this.#service, operation, headers, scope: this.#scope }
    if ('input' in read) this.#calls.begin(() => this.#answer(call, read.input))
    else if (!operation.isOneWay) this.#fault(read.fault, headers)
  }

  #fault(fault: SoapFault, headers: MessageHeaders): void {
    this.#calls.begin(() => this.#send(faultReply(fault, headers)))
  }

  async #answer(call: ServedCall, input: unknown): Promise<void> {
    let outcome = await run(call, input)
    if (call.operation.isOneWay) return
    if (call.operation.reply.stream && 'result' in outcome) outcome = await collected(call, outcome)
    await this.#session.send(encodeReply(call, (build) => this.#encoding.write(build), outcome))
  }

  async #send(build: (writer: XmlWriter) => void): Promise<void> {
    // At once, and sent at once: strings of the session must go in the order in which they were taken up.
    await this.#session.send(this.#encoding.write(build))
  }
}

/** A buffered message needs its stream as a whole. */
async function collected(call: ServedCall, { result }: Result): Promise<Result | Failed> {
  try {
    return { result: await Array.fromAsync(result as AsyncIterable<Uint8Array>) }
  } catch (error) {
    return { fault: faultFor(call, error) }
  }
}
