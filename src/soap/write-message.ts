/** Writes a message around its body, with the headers in WCF's order. */
import type { DictionaryString } from '#encoding/dictionary-string.ts'
import type { Value } from '#encoding/value.ts'
import type { XmlWriter } from '#encoding/xml-writer.ts'
import type { QualifiedName } from './headers.ts'
import { addressing, soap } from './names.ts'

export interface OutgoingHeaders {
  readonly action: DictionaryString | string
  /** Given when an answer is expected. */
  readonly messageId?: Value | undefined
  /** The `messageId` of what this message answers. */
  readonly relatesTo?: Value | undefined
  /** Left out where the other end of the connection is meant. */
  readonly to?: DictionaryString | string | undefined
  /** What a MustUnderstand fault is about. */
  readonly notUnderstood?: readonly QualifiedName[] | undefined
}

const one: Value = { kind: 'text', value: '1' }

export function writeMessage(
  writer: XmlWriter,
  headers: OutgoingHeaders,
  writeBody: (writer: XmlWriter) => void,
): void {
  beginMessage(writer, headers)
  writeBody(writer)
  endMessage(writer)
}

/** Writes all that stands in front of the content of the body. */
export function beginMessage(writer: XmlWriter, headers: OutgoingHeaders): void {
  const { action, messageId, relatesTo, to, notUnderstood } = headers
  writer.startElement(soap.prefix, soap.envelope, soap.namespace)
  writer.declareNamespace(addressing.prefix, addressing.namespace)
  writer.startElement(soap.prefix, soap.header, soap.namespace)
  header(writer, addressing.action, action, true)
  if (messageId) {
    header(writer, addressing.messageId, messageId, false)
    writer.startElement(addressing.prefix, addressing.replyTo, addressing.namespace)
    header(writer, addressing.address, addressing.anonymous, false)
    writer.endElement()
  }
  if (relatesTo) header(writer, addressing.relatesTo, relatesTo, false)
  if (to !== undefined) header(writer, addressing.to, to, true)
  for (const name of notUnderstood ?? []) writeNotUnderstood(writer, name)
  writer.endElement()
  writer.startElement(soap.prefix, soap.body, soap.namespace)
}

export function endMessage(writer: XmlWriter): void {
  writer.endElement()
  writer.endElement()
}

function header(writer: XmlWriter, name: DictionaryString, value: DictionaryString | string | Value, must: boolean) {
  writer.startElement(addressing.prefix, name, addressing.namespace)
  if (must) writer.attribute(soap.prefix, soap.mustUnderstand, soap.namespace, one)
  writer.value(value)
  writer.endElement()
}

function writeNotUnderstood(writer: XmlWriter, { name, namespace }: QualifiedName): void {
  writer.startElement(soap.prefix, soap.notUnderstood, soap.namespace)
  if (namespace !== '') writer.declareNamespace('b', namespace)
  writer.attribute('', 'qname', '', namespace === '' ? name : `b:${name}`)
  writer.endElement()
}
