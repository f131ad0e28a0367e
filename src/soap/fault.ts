/** Faults of SOAP 1.2, written as WCF writes them, and read. */
import { printableLines } from '#base/printable.ts'
import type { DictionaryString } from '#encoding/dictionary-string.ts'
import { toText } from '#encoding/value-text.ts'
import { nextElement, readContent, skipElement, type XmlReader } from '#encoding/xml-reader.ts'
import type { XmlWriter } from '#encoding/xml-writer.ts'
import type { QualifiedName } from './headers.ts'
import { addressing, soap } from './names.ts'

export interface FaultCode extends QualifiedName {
  /** Without one the code counts as one of SOAP's own, as it does for WCF. */
  readonly namespace: string
  readonly subcode?: FaultCode | undefined
}

export interface SoapFault {
  readonly action: DictionaryString | string
  readonly code: FaultCode
  /** A sentence for people. */
  readonly reason: string
  /** Writes the content of the detail. */
  readonly detail?: ((writer: XmlWriter) => void) | undefined
  readonly notUnderstood?: readonly QualifiedName[]
}

/** A code of SOAP's own, as `Sender`. */
export function soapCode(name: 'Sender' | 'Receiver' | 'MustUnderstand', subcode?: FaultCode): FaultCode {
  return { name, namespace: soap.namespace.text, subcode }
}

export function writeFault(writer: XmlWriter, { code, reason, detail }: SoapFault): void {
  start(writer, soap.fault)
  start(writer, soap.code)
  writeCode(writer, code)
  writer.endElement()
  start(writer, soap.reason)
  start(writer, soap.text)
  writer.attribute('xml', 'lang', 'http://www.w3.org/XML/1998/namespace', 'en-US')
  // It may quote what a client sent, and binary XML carries characters that no reader of XML takes.
  writer.value(printableLines(reason))
  writer.endElement()
  writer.endElement()
  if (detail) {
    start(writer, soap.detail)
    detail(writer)
    writer.endElement()
  }
  writer.endElement()
}

function start(writer: XmlWriter, name: DictionaryString): void {
  writer.startElement(soap.prefix, name, soap.namespace)
}

function writeCode(writer: XmlWriter, { name, namespace, subcode }: FaultCode): void {
  start(writer, soap.value)
  const prefix = prefixOf(namespace)
  if (prefix === 'b') writer.declareNamespace(prefix, namespace)
  writer.value({ kind: 'qname', prefix, name })
  writer.endElement()
  if (!subcode) return
  start(writer, soap.subcode)
  writeCode(writer, subcode)
  writer.endElement()
}

function prefixOf(namespace: string): string {
  if (namespace === '' || namespace === soap.namespace.text) return soap.prefix
  return namespace === addressing.namespace.text ? addressing.prefix : 'b'
}

export interface ReadFault<Detail> {
  readonly code: FaultCode
  readonly reason: string
  readonly detail: Detail | undefined
}

export function isFault(reader: XmlReader): boolean {
  return reader.name === 'Fault' && reader.namespace === soap.namespace.text
}

/**
 * At `Fault`: reads it, to its end. `readDetail` is called at the first element of the detail, and leaves the reader at the
 * end of that.
 */
export function readFault<Detail>(reader: XmlReader, readDetail: (reader: XmlReader) => Detail): ReadFault<Detail> {
  let code: FaultCode = soapCode('Receiver')
  let [reason, detail]: [string, Detail | undefined] = ['', undefined]
  while (nextElement(reader)) {
    if (reader.name === 'Code') code = readCode(reader)
    else if (reader.name === 'Reason') reason = readReason(reader)
    else if (reader.name === 'Detail') detail = readFirst(reader, readDetail)
    else skipElement(reader)
  }
  return { code, reason, detail }
}

function readCode(reader: XmlReader): FaultCode {
  let [value, subcode]: [QualifiedName, FaultCode | undefined] = [{ name: '', namespace: '' }, undefined]
  while (nextElement(reader)) {
    if (reader.name === 'Value') value = readQName(reader)
    else if (reader.name === 'Subcode') subcode = readCode(reader)
    else skipElement(reader)
  }
  return { ...value, subcode }
}

/** The prefix may be declared in the element itself, so what it means is asked before its end. */
function readQName(reader: XmlReader): QualifiedName {
  const own = new Map(reader.declarations.map(({ prefix, namespace }) => [prefix, namespace]))
  const text = toText(readContent(reader)).trim()
  const colon = text.indexOf(':')
  const prefix = colon < 0 ? '' : text.slice(0, colon)
  const namespace = prefix === '' ? '' : (own.get(prefix) ?? reader.namespaceOf(prefix) ?? '')
  return { name: text.slice(colon + 1), namespace }
}

function readReason(reader: XmlReader): string {
  let reason: string | undefined
  while (nextElement(reader)) {
    if (reader.name !== 'Text' || reason !== undefined) skipElement(reader)
    else reason = toText(readContent(reader))
  }
  return reason ?? ''
}

function readFirst<T>(reader: XmlReader, read: (reader: XmlReader) => T): T | undefined {
  if (!nextElement(reader)) return undefined
  const first = read(reader)
  while (nextElement(reader)) skipElement(reader)
  return first
}
