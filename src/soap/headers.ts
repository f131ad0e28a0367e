/** The headers of a message, up to its body: what WS-Addressing 1.0 says, and what nobody here understands. */
import { toBoolean } from '#encoding/text-value.ts'
import type { Value } from '#encoding/value.ts'
import { toText } from '#encoding/value-text.ts'
import { attributeOf, readNext, type XmlReader } from '#encoding/xml-reader.ts'
import { MessageError } from './message-error.ts'
import { addressing, soap } from './names.ts'

export interface QualifiedName {
  readonly name: string
  readonly namespace: string
}

export interface MessageHeaders {
  readonly action?: string
  /** As it came: a reply relates to it in the same form. */
  readonly messageId?: Value
  /** The message that this one answers. */
  readonly relatesTo?: string
  readonly replyTo?: string
  readonly faultTo?: string
  readonly from?: string
  readonly to?: string
  /** Headers that must be understood by whoever gets the message, and are not known here. */
  readonly notUnderstood: readonly QualifiedName[]
  /** A header that is there twice and may not be. */
  readonly duplicate?: string
}

/** Bytes of a streamed message up to its body, at most: what is streamed has no limit of its own. */
const greatestHeader = 65_536

/** Reads up to the body: the reader stands at `Body` afterwards. Throws EncodingError and MessageError. */
export function readHeaders(reader: XmlReader): MessageHeaders {
  const headers = new HeadersReader()
  reader.read()
  while (!headers.take(reader)) reader.read()
  return headers
}

/** The same for a message that still arrives; `source` gives its bytes. */
export async function readStreamedHeaders(reader: XmlReader, source: AsyncIterator<Buffer>): Promise<MessageHeaders> {
  const headers = new HeadersReader()
  do {
    await readNext(reader, source)
    if (reader.offset > greatestHeader) {
      throw new MessageError(`the headers of a streamed message are over the limit of ${greatestHeader} bytes`)
    }
  } while (!headers.take(reader))
  return headers
}

type Field = 'action' | 'messageId' | 'relatesTo' | 'replyTo' | 'faultTo' | 'from' | 'to'

const fields: ReadonlyMap<string, Field> = new Map([
  ['Action', 'action'],
  ['MessageID', 'messageId'],
  ['RelatesTo', 'relatesTo'],
  ['ReplyTo', 'replyTo'],
  ['FaultTo', 'faultTo'],
  ['From', 'from'],
  ['To', 'to'],
])
/** Those whose address stands in an element of its own. */
const references: ReadonlySet<Field> = new Set(['replyTo', 'faultTo', 'from'])

const soapNamespace = soap.namespace.text
const addressingNamespace = addressing.namespace.text
/** Who is meant by a header: whoever gets the message, as we do. */
const ownRoles: ReadonlySet<string> = new Set([
  '',
  `${soapNamespace}/role/ultimateReceiver`,
  `${soapNamespace}/role/next`,
])
const replyRelation = `${addressingNamespace}/reply`

class HeadersReader implements MessageHeaders {
  action?: string
  messageId?: Value
  relatesTo?: string
  replyTo?: string
  faultTo?: string
  from?: string
  to?: string
  duplicate?: string
  readonly notUnderstood: QualifiedName[] = []
  readonly #seen = new Set<Field>()
  #field: Field | undefined
  /** The depth of the element whose text counts; 0 while none does. */
  #textDepth = 0
  #content: Value | undefined

  /** Takes the node at which the reader stands; true when that is the body. */
  take(reader: XmlReader): boolean {
    switch (reader.node) {
      case 'element':
        return this.#element(reader)
      case 'value':
        if (reader.depth === this.#textDepth) this.#content = joined(this.#content, reader.value)
        return false
      case 'endElement':
        this.#ended(reader.depth + 1)
        return false
      case 'end':
        throw new MessageError('the message has no body')
      default:
        return false
    }
  }

  #element(reader: XmlReader): boolean {
    const { depth, name, namespace } = reader
    if (depth === 1) {
      if (name === 'Envelope' && namespace === soapNamespace) return false
      throw new MessageError(`the message is no SOAP 1.2: its root element is ${name} of the namespace ${namespace}`)
    }
    if (depth === 2) {
      if (namespace === soapNamespace && name === 'Body') return true
      if (namespace === soapNamespace && name === 'Header') return false
      throw new MessageError(`${name} stands where the header or the body of the message must be`)
    }
    if (depth === 3) this.#begin(reader)
    const isAddress = depth === 4 && name === 'Address' && namespace === addressingNamespace
    if (isAddress && this.#field && references.has(this.#field)) this.#textDepth = 4
    return false
  }

  /** A header begins. */
  #begin(reader: XmlReader): void {
    this.#field = undefined
    const { name, namespace } = reader
    const isOurs = reader.attributes.length === 0 || ownRoles.has(textOf(reader, 'role'))
    if (!isOurs) return
    const field = namespace === addressingNamespace ? fields.get(name) : undefined
    if (!field) {
      const must = attributeOf(reader, 'mustUnderstand', soapNamespace)
      if (must && toBoolean(must)) this.notUnderstood.push({ name, namespace })
      return
    }
    if (field === 'relatesTo') {
      const relation = attributeOf(reader, 'RelationshipType')
      if (relation && toText(relation) !== replyRelation) return
    } else if (this.#seen.has(field)) {
      this.duplicate ??= name
    }
    this.#seen.add(field)
    this.#field = field
    this.#content = undefined
    this.#textDepth = references.has(field) ? 0 : 3
  }

  #ended(depth: number): void {
    if (depth !== this.#textDepth) return
    const field = this.#field
    this.#textDepth = 0
    if (field === undefined) return
    const content: Value = this.#content ?? { kind: 'text', value: '' }
    if (field === 'messageId') this.messageId = content
    else this[field] = toText(content).trim()
  }
}

function textOf(reader: XmlReader, attribute: string): string {
  const value = attributeOf(reader, attribute, soapNamespace)
  return value ? toText(value) : ''
}

function joined(before: Value | undefined, value: Value): Value {
  return before ? { kind: 'text', value: toText(before) + toText(value) } : value
}
