/** Writes a message as text (application/soap+xml; charset=utf-8). */

import { DictionaryString, type Name, textOf } from './dictionary-string.ts'
import { EncodingError } from './encoding-error.ts'
import { DeclaredNamespaces } from './namespaces.ts'
import { type PrimitiveArray, type Value, valuesOf } from './value.ts'
import { toText } from './value-text.ts'
import { escapeAttribute, escapeText, hasOnlyCharacters, isName } from './xml-characters.ts'
import type { XmlWriter } from './xml-writer.ts'

export class TextWriter implements XmlWriter {
  readonly #namespaces = new DeclaredNamespaces()
  readonly #names: string[] = []
  #text = ''
  #inStartTag = false

  begin(): void {
    this.#namespaces.reset()
    this.#names.length = 0
    this.#text = ''
    this.#inStartTag = false
  }

  startElement(prefix: string, name: Name, namespace: Name): void {
    this.#closeStartTag('>')
    if (this.#names.length === 0 && this.#text.includes('</')) throw new RangeError('a document has one root element')
    const qualified = qualifiedName(prefix, name)
    this.#text += `<${qualified}`
    this.#names.push(qualified)
    this.#namespaces.enter()
    this.#namespaces.need(prefix, namespace)
    this.#inStartTag = true
  }

  attribute(prefix: string, name: Name, namespace: Name, value: Name | Value): void {
    if (!this.#inStartTag) throw new RangeError('an attribute can stand only in a start tag')
    if (prefix === '' && textOf(namespace) !== '') throw new RangeError('an attribute of a namespace needs a prefix')
    if (prefix !== '') this.#namespaces.need(prefix, namespace)
    this.#text += ` ${qualifiedName(prefix, name)}="${escapeAttribute(checked(plain(value)))}"`
  }

  declareNamespace(prefix: string, namespace: Name): void {
    if (!this.#inStartTag) throw new RangeError('a declaration can stand only in a start tag')
    this.#namespaces.need(prefix, namespace)
  }

  value(value: Name | Value): void {
    if (this.#names.length === 0) throw new RangeError('a value can stand only in an element')
    this.#closeStartTag('>')
    this.#text += escapeText(checked(plain(value)))
  }

  array(prefix: string, name: Name, namespace: Name, array: PrimitiveArray): void {
    for (const value of valuesOf(array)) {
      this.startElement(prefix, name, namespace)
      this.value(value)
      this.endElement()
    }
  }

  comment(text: string): void {
    this.#closeStartTag('>')
    if (text.includes('--') || text.endsWith('-')) throw new EncodingError('invalidCharacter', 'a comment has a --')
    this.#text += `<!--${checked(text)}-->`
  }

  endElement(): void {
    this.#closeStartTag('>')
    this.#namespaces.leave()
    this.#text += `</${this.#names.pop()}>`
  }

  take(): Buffer {
    this.#closeStartTag('>')
    const taken = Buffer.from(this.#text)
    this.#text = ''
    return taken
  }

  finish(): Buffer {
    if (this.#names.length > 0 || this.#text === '') throw new RangeError('the document is not finished')
    return Buffer.from(this.#text)
  }

  #closeStartTag(end: string): void {
    if (!this.#inStartTag) return
    this.#inStartTag = false
    for (const { prefix, namespace } of this.#namespaces.pending) {
      if (prefix !== '' && !isName(prefix)) throw invalidName(prefix)
      this.#text += ` xmlns${prefix === '' ? '' : `:${prefix}`}="${escapeAttribute(checked(textOf(namespace)))}"`
    }
    this.#namespaces.pending.length = 0
    this.#text += end
  }
}

function qualifiedName(prefix: string, name: Name): string {
  const local = textOf(name)
  if (!isName(local)) throw invalidName(local)
  if (prefix === '') return local
  if (!isName(prefix)) throw invalidName(prefix)
  return `${prefix}:${local}`
}

function invalidName(name: string): EncodingError {
  return new EncodingError('invalidName', `${JSON.stringify(name)} can't be a name in XML`)
}

function plain(value: Name | Value): string {
  if (typeof value === 'string') return value
  return value instanceof DictionaryString ? value.text : toText(value)
}

function checked(text: string): string {
  if (hasOnlyCharacters(text)) return text
  throw new EncodingError('invalidCharacter', 'a text has a character that XML does not allow')
}
