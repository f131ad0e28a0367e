/** One session of a client with a service: its requests and their answers, and what the service calls back. */
import type { Clock } from '#base/clock.ts'
import { type DictionaryString, dictionaryString } from '#encoding/dictionary-string.ts'
import { type EncodingSettings, type MessageEncoding, openEncoding } from '#encoding/message-encoding.ts'
import { nextElement, type XmlReader } from '#encoding/xml-reader.ts'
import type { XmlWriter } from '#encoding/xml-writer.ts'
import { ClientSession } from '#net-tcp-client/client-session.ts'
import { CommunicationError } from '#net-tcp-client/communication-error.ts'
import type { Destination } from '#net-tcp-client/destination.ts'
import { isFault } from '#soap/fault.ts'
import { type MessageHeaders, readHeaders } from '#soap/headers.ts'
import { MessageError } from '#soap/message-error.ts'
import type { ClientCallbacks } from './client-callbacks.ts'
import { Requests, readWcfFault, type Values } from './requests.ts'
import type { OperationMessages } from './service-contract.ts'
import { unreadable } from './unreadable.ts'

export interface ChannelOptions {
  readonly contentType: string
  readonly encoding: EncodingSettings
  readonly maxReceivedMessageSize: number
  /** Milliseconds, for the answer to a request and for the service's End. */
  readonly sendTimeout: number
  readonly closeTimeout: number
  readonly clock: Clock
  /** What the service may call. */
  readonly callbacks: ClientCallbacks | undefined
}

const noFaults: Pick<OperationMessages, 'faults'> = { faults: new Map() }

export class ClientChannel {
  readonly #session: ClientSession
  readonly #encoding: MessageEncoding
  readonly #options: ChannelOptions
  readonly #requests: Requests

  private constructor(
    session: ClientSession,
    to: DictionaryString,
    encoding: MessageEncoding,
    options: ChannelOptions,
  ) {
    this.#session = session
    this.#encoding = encoding
    this.#options = options
    const { clock, sendTimeout: timeLimit } = options
    const mayHaveRun = { mayHaveRun: true }
    this.#requests = new Requests({
      to,
      clock,
      timeLimit,
      send: (build) => this.#send(build),
      late: () =>
        new CommunicationError('timeout', `${session.via}: no answer came within ${timeLimit} ms`, mayHaveRun),
      unreadable,
      unanswered: (_, why) => (why instanceof CommunicationError ? why.afterSending() : why),
    })
    session.signal.addEventListener('abort', () => this.#requests.end(asError(session.signal.reason)), { once: true })
  }

  static async open(destination: Destination, options: ChannelOptions, signal: AbortSignal): Promise<ClientChannel> {
    const { contentType, maxReceivedMessageSize, clock } = options
    const encoding = await openEncoding(contentType, options.encoding)
    let channel: ClientChannel | undefined
    // A service may call back as soon as it has accepted.
    const early: Buffer[] = []
    const received = (envelope: Buffer) => (channel ? channel.received(envelope) : early.push(envelope))
    const session = await ClientSession.open(
      destination,
      { contentType, maxReceivedMessageSize, clock, received },
      signal,
    )
    channel = new ClientChannel(session, dictionaryString(destination.via), encoding, options)
    for (const envelope of early) channel.received(envelope)
    return channel
  }

  get isOpen(): boolean {
    return this.#session.isOpen
  }

  /** Aborts when it is over, with the reason. */
  get signal(): AbortSignal {
    return this.#session.signal
  }

  /** The result of an operation. Rejects with WcfFault, CommunicationError, ContractError, or the signal's reason. */
  request(operation: OperationMessages, input: Values | readonly Uint8Array[], signal?: AbortSignal): Promise<unknown> {
    return this.#requests.make(operation, input, signal)
  }

  close(): Promise<void> {
    return this.#session.close(this.#options.closeTimeout)
  }

  abandon(reason: unknown): void {
    this.#session.abandon(reason)
  }

  keepsProcess(keeps: boolean): void {
    this.#session.keepsProcess(keeps)
  }

  received(envelope: Buffer): void {
    try {
      const reader = this.#encoding.read(envelope)
      this.#dispatch(readHeaders(reader), reader)
    } catch (cause) {
      const says = `a message of ${this.#session.via} could not be read: ${asError(cause).message}`
      this.abandon(new CommunicationError('protocol', says, { cause }))
    }
  }

  #dispatch(headers: MessageHeaders, reader: XmlReader): void {
    if (headers.relatesTo === undefined && this.#options.callbacks?.takes(headers, reader, this)) return
    // Mono's faults don't say what they relate to, and nobody can say it of a request that could not be read.
    const relatesTo = headers.relatesTo ?? this.#requests.only
    if (relatesTo !== undefined) this.#requests.answered(relatesTo, reader)
    else if (nextElement(reader) && isFault(reader)) this.abandon(readWcfFault(noFaults, reader))
    else throw new MessageError(`this client has no operation with the action ${headers.action}`)
  }

  /** What the service gets for its callback. */
  async answer(encode: (write: (build: (writer: XmlWriter) => void) => Buffer) => Buffer): Promise<void> {
    await this.#session.send(encode((build) => this.#encoding.write(build)))
  }

  async #send(build: (writer: XmlWriter) => void): Promise<void> {
    if (!this.#session.isOpen) throw this.#session.signal.reason
    await this.#session.send(this.#encoding.write(build))
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason))
}
