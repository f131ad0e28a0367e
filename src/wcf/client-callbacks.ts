/** What a client offers to the service: runs what the service calls, one after the other, and answers. */
import type { XmlReader } from '#encoding/xml-reader.ts'
import type { XmlWriter } from '#encoding/xml-writer.ts'
import type { MessageHeaders } from '#soap/headers.ts'
import { Calls } from './calls.ts'
import type { ServiceDeclaration } from './definition.ts'
import { type Call, encodeReply, type Failed, faultFor, type ReadyService, type Result, readInput } from './service.ts'
import { callbacksOf, type OperationMessages } from './service-contract.ts'

type Handler = (input: never) => unknown

/** The session on which the service called. */
interface Channel {
  answer(encode: (write: (build: (writer: XmlWriter) => void) => Buffer) => Buffer): Promise<void>
  abandon(reason: unknown): void
}

interface Callback {
  readonly messages: OperationMessages
  run(input: Record<string, unknown>): unknown
}

export class ClientCallbacks {
  readonly #callbacks = new Map<string, Callback>()
  readonly #service: ReadyService
  readonly #scope: Call['scope']
  /** In the order of the session; how many wait is the service's business. */
  readonly #calls = new Calls(true, Number.POSITIVE_INFINITY)

  /** Throws TypeError for a callback that `handlers` lacks. */
  constructor(declaration: ServiceDeclaration, handlers: Readonly<Record<string, Handler | undefined>>, via: string) {
    const { name } = declaration
    for (const messages of callbacksOf(declaration)) {
      const handler = handlers[messages.name]
      if (!handler) throw new TypeError(`${name}: the callback ${messages.name} has no function`)
      this.#callbacks.set(messages.action.text, { messages, run: (input) => handler(input as never) })
    }
    const contract = { name, operations: new Map(), callbacks: [], hasStreams: false }
    this.#service = { contract, concurrency: 'single', includeExceptionDetailInFaults: false, create: undefined }
    this.#scope = { owner: `a client of ${via}` }
  }

  /** At `Body`: true when the message calls one of them, and is taken care of. */
  takes(headers: MessageHeaders, reader: XmlReader, channel: Channel): boolean {
    const callback = this.#callbacks.get(headers.action ?? '')
    if (!callback) return false
    const { messages: operation } = callback
    const call: Call = { service: this.#service, operation, headers, scope: this.#scope }
    const read = readInput(operation, reader)
    this.#calls.begin(async () => {
      const outcome = 'fault' in read ? read : await outcomeOf(call, () => callback.run(read.input))
      if (operation.isOneWay) return
      try {
        await channel.answer((write) => encodeReply(call, write, outcome))
      } catch (error) {
        channel.abandon(error)
      }
    })
    return true
  }
}

async function outcomeOf(call: Call, run: () => unknown): Promise<Result | Failed> {
  try {
    return { result: await run() }
  } catch (error) {
    return { fault: faultFor(call, error) }
  }
}
