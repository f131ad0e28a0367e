/** A message as a sequence of nodes, whatever its encoding, and what is often done with them. */
import { EncodingError } from './encoding-error.ts'
import type { ReaderQuotas } from './reader-quotas.ts'
import { emptyText, type PrimitiveArray, type Value } from './value.ts'
import { toText } from './value-text.ts'

/**
 * `start` is before the first node and `end` behind the last. `incomplete`: more bytes are needed; nothing was consumed, and
 * nothing that the reader shows counts.
 */
export type NodeKind = 'start' | 'element' | 'value' | 'comment' | 'endElement' | 'end' | 'incomplete'

export interface Attribute {
  readonly prefix: string
  readonly name: string
  readonly namespace: string
  readonly value: Value
}

export interface Declaration {
  readonly prefix: string
  readonly namespace: string
}

/** Reads forward, one node after the other; every `read` may throw EncodingError, after which the reader is of no more use. */
export interface XmlReader {
  readonly quotas: ReaderQuotas
  readonly node: NodeKind
  /** How many elements are open; an `element` counts itself, an `endElement` no longer. */
  readonly depth: number
  /** Where the node begins, counted from the first byte of the message. */
  readonly offset: number
  /** Of `element` and `endElement`. */
  readonly prefix: string
  readonly name: string
  readonly namespace: string
  /** Of `element`; without the declarations of namespaces. */
  readonly attributes: readonly Attribute[]
  readonly declarations: readonly Declaration[]
  /** Of `value`, and as text of `comment`. A text may come as several of them. */
  readonly value: Value
  /** Of an `element` that is an item of an array: how many are left with it. Otherwise 0. */
  readonly arrayLength: number
  read(): NodeKind
  /** At an `element` that is an item of an array: all that are left, at once; the node is then the last one's `endElement`. */
  takeArray(): PrimitiveArray
  /** What a prefix means where the reader stands. */
  namespaceOf(prefix: string): string | undefined
  /** Gives more bytes to a reader that was not given the whole message. They must not change afterwards. */
  feed(bytes: Buffer): void
  /** Says that no more will come. */
  endOfInput(): void
}

export const noAttributes: readonly Attribute[] = []
export const noDeclarations: readonly Declaration[] = []

/** The attribute's value, if the element at which the reader stands has it. */
export function attributeOf(reader: XmlReader, name: string, namespace = ''): Value | undefined {
  for (const attribute of reader.attributes) {
    if (attribute.name === name && attribute.namespace === namespace) return attribute.value
  }
  return undefined
}

/**
 * At an `element`: its content as one value, with the reader at its `endElement` afterwards. Several records of bytes become
 * one, several of text or mixed ones become text; none is the empty text. An element inside is an error.
 */
export function readContent(reader: XmlReader): Value {
  let content: Value | undefined
  for (;;) {
    switch (reader.read()) {
      case 'endElement':
        return content ?? emptyText
      case 'value':
        if (content) return readRest(reader, content)
        content = reader.value
        break
      case 'comment':
        break
      default:
        throw unexpected(reader)
    }
  }
}

function readRest(reader: XmlReader, first: Value): Value {
  const parts: Value[] = [first, reader.value]
  let length = lengthOf(first, reader)
  for (;;) {
    length += lengthOf(reader.value, reader)
    const isBytes = reader.value.kind === 'bytes'
    const limit = isBytes ? 'maxArrayLength' : 'maxStringContentLength'
    if (length > reader.quotas[limit]) {
      throw new EncodingError(limit, `a content is over the limit of ${reader.quotas[limit]}`, reader.offset)
    }
    let node = reader.read()
    while (node === 'comment') node = reader.read()
    if (node === 'endElement') break
    if (node !== 'value') throw unexpected(reader)
    parts.push(reader.value)
  }
  const buffers = parts.flatMap((part) => (part.kind === 'bytes' ? [part.value] : []))
  if (buffers.length === parts.length) return { kind: 'bytes', value: Buffer.concat(buffers) }
  return { kind: 'text', value: parts.map(toText).join('') }
}

function lengthOf(value: Value, reader: XmlReader): number {
  if (value.kind === 'bytes') return value.value.length
  const length = value.kind === 'text' ? value.value.length : toText(value).length
  // An empty record costs its sender one byte and the reader an object.
  return Math.max(length, reader.quotas.maxStringContentLength > 0 ? 1 : 0)
}

function unexpected(reader: XmlReader): EncodingError {
  const what = reader.node === 'element' ? `the element ${reader.name}` : `the ${reader.node} of the message`
  return new EncodingError('unexpectedContent', `${what} came where it can't stand`, reader.offset)
}

/**
 * Goes on to the next element, over comments and blanks, and returns true; false when the `endElement` of the open one, or the
 * `end`, comes first. Other text is an error.
 */
export function nextElement(reader: XmlReader): boolean {
  for (;;) {
    switch (reader.read()) {
      case 'element':
        return true
      case 'endElement':
      case 'end':
        return false
      case 'comment':
        break
      case 'value':
        if (reader.value.kind === 'text' && /^[ \t\r\n]*$/.test(reader.value.value)) break
        throw new EncodingError('unexpectedContent', 'an element was expected, text came', reader.offset)
      default:
        throw unexpected(reader)
    }
  }
}

/** At an `element`: goes to its `endElement`. */
export function skipElement(reader: XmlReader): void {
  const outside = reader.depth - 1
  while (reader.depth > outside) {
    const node = reader.read()
    if (node === 'incomplete' || node === 'end') throw unexpected(reader)
  }
}

/** The next node of a message that still arrives; `source` gives its bytes. */
export async function readNext(reader: XmlReader, source: AsyncIterator<Buffer>): Promise<NodeKind> {
  for (;;) {
    const node = reader.read()
    if (node !== 'incomplete') return node
    const more = await source.next()
    if (more.done) reader.endOfInput()
    else reader.feed(more.value)
  }
}
