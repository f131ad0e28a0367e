/** Writes binary XML (MC-NBFX) with the records that .NET's writer would choose. */
import { BinaryOutput } from './binary-output.ts'
import { writeArrayItems, writeText, writeTyped } from './binary-records.ts'
import { DictionaryString, type Name, textOf } from './dictionary-string.ts'
import { EncodingError } from './encoding-error.ts'
import { DeclaredNamespaces } from './namespaces.ts'
import { recordType } from './record-type.ts'
import type { OutgoingSession } from './session-dictionary.ts'
import type { PrimitiveArray, Value } from './value.ts'
import type { XmlWriter } from './xml-writer.ts'

export class BinaryWriter implements XmlWriter {
  readonly #output = new BinaryOutput()
  readonly #session: OutgoingSession | undefined
  readonly #namespaces = new DeclaredNamespaces()
  #inStartTag = false
  #hasRoot = false

  /**
   * `session` takes up the names that are DictionaryStrings, in an encoding that has in-band strings; a string table then
   * stands in front of each document.
   */
  constructor(session?: OutgoingSession) {
    this.#session = session
  }

  begin(): void {
    this.#output.begin()
    this.#session?.forget()
    this.#namespaces.reset()
    this.#inStartTag = false
    this.#hasRoot = false
  }

  startElement(prefix: string, name: Name, namespace: Name): void {
    this.#closeStartTag()
    if (this.#namespaces.depth === 0) {
      if (this.#hasRoot) throw new RangeError('a document has one root element')
      this.#hasRoot = true
    }
    this.#writeName(recordType.shortElement, recordType.prefixDictionaryElementA, prefix, name)
    this.#namespaces.enter()
    this.#namespaces.need(prefix, namespace)
    this.#inStartTag = true
  }

  attribute(prefix: string, name: Name, namespace: Name, value: Name | Value): void {
    if (!this.#inStartTag) throw new RangeError('an attribute can stand only in a start tag')
    if (prefix === '' && textOf(namespace) !== '') throw new RangeError('an attribute of a namespace needs a prefix')
    this.#writeName(recordType.shortAttribute, recordType.prefixDictionaryAttributeA, prefix, name)
    if (prefix !== '') this.#namespaces.need(prefix, namespace)
    this.#writeValue(value, true)
    this.#output.textAt = -1
  }

  declareNamespace(prefix: string, namespace: Name): void {
    if (!this.#inStartTag) throw new RangeError('a declaration can stand only in a start tag')
    this.#namespaces.need(prefix, namespace)
  }

  value(value: Name | Value): void {
    if (this.#namespaces.depth === 0) throw new RangeError('a value can stand only in an element')
    this.#closeStartTag()
    // Nothing: what .NET's writer does, and what every reader takes as the empty text.
    if (value !== '') this.#writeValue(value, false)
  }

  array(prefix: string, name: Name, namespace: Name, array: PrimitiveArray): void {
    if (array.items.length === 0) return
    if (this.#namespaces.depth === 0) throw new RangeError('an array can stand only in an element')
    this.#closeStartTag()
    this.#output.node(recordType.array)
    this.startElement(prefix, name, namespace)
    this.endElement()
    writeArrayItems(this.#output, array)
  }

  comment(text: string): void {
    this.#closeStartTag()
    this.#output.node(recordType.comment)
    this.#output.string(text)
  }

  endElement(): void {
    this.#closeStartTag()
    this.#namespaces.leave()
    this.#output.endElement()
  }

  take(): Buffer {
    if (this.#session) throw new RangeError('a message of a session is written as a whole')
    this.#closeStartTag()
    return this.#output.take()
  }

  finish(): Buffer {
    if (this.#namespaces.depth > 0 || !this.#hasRoot) throw new RangeError('the document is not finished')
    const session = this.#session
    if (!session) return this.#output.finish(0)
    const message = this.#output.finish(session.tableSize)
    session.writeTable(message, 0)
    return message
  }

  #closeStartTag(): void {
    if (!this.#inStartTag) return
    this.#inStartTag = false
    const { pending } = this.#namespaces
    for (const { prefix, namespace } of pending) {
      const id = typeof namespace === 'string' ? undefined : this.#idOf(namespace)
      const type = id === undefined ? recordType.shortXmlns : recordType.shortDictionaryXmlns
      this.#output.node(prefix === '' ? type : type + 1)
      if (prefix !== '') this.#output.string(prefix)
      if (id === undefined) this.#output.string(typeof namespace === 'string' ? namespace : namespace.text)
      else this.#output.int31(id)
    }
    pending.length = 0
  }

  /** The record of an element or attribute up to its name. Both kinds have their forms in the same order. */
  #writeName(short: number, prefixDictionaryA: number, prefix: string, name: Name): void {
    const output = this.#output
    const id = typeof name === 'string' ? undefined : this.#idOf(name)
    const text = typeof name === 'string' ? name : name.text
    if (text === '') throw new EncodingError('invalidName', 'an element or attribute has no name')
    const letter = prefix.length === 1 ? prefix.charCodeAt(0) - 0x61 : -1
    if (letter >= 0 && letter < 26) {
      output.node(prefixDictionaryA + letter + (id === undefined ? 26 : 0))
    } else {
      output.node(short + (prefix === '' ? 0 : 1) + (id === undefined ? 0 : 2))
      if (prefix !== '') output.string(prefix)
    }
    if (id === undefined) output.string(text)
    else output.int31(id)
  }

  #writeValue(value: Name | Value, isSingle: boolean): void {
    if (typeof value === 'string') {
      writeText(this.#output, value)
    } else if (!(value instanceof DictionaryString)) {
      if (value.kind === 'qname') this.#writeQName(value.prefix, value.name, isSingle)
      else writeTyped(this.#output, value, isSingle)
    } else {
      const id = this.#idOf(value)
      if (id === undefined) {
        writeText(this.#output, value.text)
      } else {
        this.#output.text(recordType.dictionary)
        this.#output.int31(id)
      }
    }
  }

  #writeQName(prefix: string, name: string, isSingle: boolean): void {
    const local = new DictionaryString(name)
    const letter = prefix.length === 1 ? prefix.charCodeAt(0) - 0x61 : -1
    const id = letter >= 0 && letter < 26 ? this.#idOf(local) : undefined
    if (id !== undefined) {
      this.#output.text(recordType.qnameDictionary)
      this.#output.byte(letter)
      this.#output.int31(id)
    } else if (prefix === '') {
      this.#writeValue(local, isSingle)
    } else if (isSingle) {
      writeText(this.#output, `${prefix}:${name}`)
    } else {
      writeText(this.#output, prefix)
      writeText(this.#output, ':')
      this.#writeValue(local, isSingle)
    }
  }

  #idOf(name: DictionaryString): number | undefined {
    return name.staticId ?? this.#session?.idOf(name)
  }
}
