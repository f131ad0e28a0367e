/** A client of a service in memory: says SOAP messages in any encoding, and shows what comes back as text. */
import { randomUUID } from 'node:crypto'
import { readElement, writeElement, type XmlElement } from '#encoding/element-tree.ts'
import { type MessageEncoding, openEncoding, sessionContentType } from '#encoding/message-encoding.ts'
import { TextWriter } from '#encoding/text-writer.ts'
import { toText } from '#encoding/value-text.ts'
import type { XmlWriter } from '#encoding/xml-writer.ts'
import { writeMessage } from '#soap/write-message.ts'
import type { ConnectionContext, Service, Session } from '#worker-host/application.ts'

const nowhere = { address: '127.0.0.1', port: 0 }

export const connection: ConnectionContext = {
  application: '/app',
  folder: '/srv/app',
  pool: 'Pool',
  signal: new AbortController().signal,
  lease: () => ({ [Symbol.dispose]() {} }),
  via: 'net.tcp://localhost/app',
  remote: nowhere,
  local: nowhere,
}

/** A message that the service sent. */
export interface Received {
  /** All of it, as XML. */
  readonly xml: string
  readonly action: string
  readonly relatesTo: string | undefined
  readonly messageId: string | undefined
  /** The content of its body, as XML. */
  readonly body: string
}

/** A queue that gives what it is given, and ends. */
class Queue<T> implements AsyncIterable<T> {
  readonly #items: T[] = []
  #hasEnded = false
  #wake = Promise.withResolvers<void>()

  push(item: T): void {
    this.#items.push(item)
    this.#wake.resolve()
  }

  end(): void {
    this.#hasEnded = true
    this.#wake.resolve()
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    while (this.#items.length === 0 && !this.#hasEnded) {
      await this.#wake.promise
      this.#wake = Promise.withResolvers()
    }
    const [value] = this.#items.splice(0, 1)
    return value === undefined ? { done: true, value: undefined } : { done: false, value }
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    return { next: () => this.next() }
  }
}

export class WcfPeer {
  readonly encoding: MessageEncoding
  /** Resolves when the service is done with the session. */
  readonly over: Promise<unknown>
  refusedWith: string | undefined
  readonly #incoming = new Queue<Buffer>()
  readonly #outgoing = new Queue<Buffer>()
  readonly #ended = new AbortController()

  private constructor(
    service: Service,
    encoding: MessageEncoding,
    mode: Session['mode'],
    contentType: string,
    context: ConnectionContext,
  ) {
    this.encoding = encoding
    const session: Session = {
      mode,
      contentType,
      via: connection.via,
      signal: this.#ended.signal,
      accept: async () => {},
      refuse: async (fault) => {
        this.refusedWith = fault
      },
      send: async (envelope) => {
        this.#outgoing.push(
          envelope instanceof Uint8Array ? Buffer.from(envelope) : Buffer.concat(await Array.fromAsync(envelope)),
        )
      },
      chunks: () => this.#incoming,
      [Symbol.asyncIterator]: () => this.#incoming[Symbol.asyncIterator](),
    }
    this.over = Promise.resolve(service.session?.(session, context)).finally(() => this.#outgoing.end())
  }

  static async open(
    service: Service,
    {
      mode = 'duplex',
      contentType = sessionContentType,
      context = connection,
    }: { mode?: Session['mode']; contentType?: string; context?: ConnectionContext } = {},
  ): Promise<WcfPeer> {
    // Of an encoding that nobody has the service is told all the same.
    const encoding = await openEncoding(contentType).catch(() => openEncoding(sessionContentType))
    return new WcfPeer(service, encoding, mode, contentType, context)
  }

  /** Sends bytes as they are: an envelope, or a piece of a streamed one. */
  sendBytes(bytes: Buffer): void {
    this.#incoming.push(bytes)
  }

  /** Sends a message and returns its id; `body` writes the content of its body. */
  send(
    action: string,
    body: (writer: XmlWriter) => void,
    headers: { readonly oneWay?: boolean; readonly relatesTo?: string } = {},
  ): string {
    const id = randomUUID()
    const messageId = headers.oneWay || headers.relatesTo ? undefined : ({ kind: 'uniqueId', value: id } as const)
    const relatesTo =
      headers.relatesTo === undefined ? undefined : ({ kind: 'text', value: headers.relatesTo } as const)
    this.sendBytes(this.encoding.write((writer) => writeMessage(writer, { action, messageId, relatesTo }, body)))
    return `urn:uuid:${id}`
  }

  end(): void {
    this.#incoming.end()
  }

  /** The next message of the service; throws when it is done instead. */
  async next(): Promise<Received> {
    const { value } = await this.#outgoing.next()
    if (!value) throw new Error('the service sent no message')
    return received(readElement(this.encoding.read(value)))
  }

  async call(action: string, body: (writer: XmlWriter) => void): Promise<Received> {
    this.send(action, body)
    return await this.next()
  }

  /** Ends the session and resolves with what the service still sent. */
  async finish(): Promise<Received[]> {
    this.end()
    await this.over
    const rest: Received[] = []
    for (let each = await this.#outgoing.next(); each.value; each = await this.#outgoing.next()) {
      rest.push(received(readElement(this.encoding.read(each.value))))
    }
    return rest
  }
}

/** Writes a wrapper with parameters, each as the text of its element. */
export function wrapper(name: string, parameters: Readonly<Record<string, string>>, namespace = 'http://tempuri.org/') {
  return (writer: XmlWriter): void => {
    writer.startElement('', name, namespace)
    for (const [parameter, text] of Object.entries(parameters)) {
      writer.startElement('', parameter, namespace)
      writer.value(text)
      writer.endElement()
    }
    writer.endElement()
  }
}

export function received(envelope: XmlElement): Received {
  const [header, body] = elementsOf(envelope)
  const texts = new Map((header ? elementsOf(header) : []).map((each) => [each.name, textOf(each)]))
  return {
    get xml() {
      return xmlOf(envelope)
    },
    action: texts.get('Action') ?? '',
    relatesTo: texts.get('RelatesTo'),
    messageId: texts.get('MessageID'),
    get body() {
      return body ? elementsOf(body).map(xmlOf).join('') : ''
    },
  }
}

const elementsOf = ({ children }: XmlElement) =>
  children.flatMap((child) => (child.is === 'element' ? [child.element] : []))

const textOf = ({ children }: XmlElement) =>
  children.map((child) => (child.is === 'value' ? toText(child.value) : '')).join('')

export function xmlOf(element: XmlElement): string {
  const writer = new TextWriter()
  writeElement(writer, element)
  return writer.finish().toString()
}
