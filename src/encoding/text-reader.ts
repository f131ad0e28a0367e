/** Reads a message as text: XML 1.0 in UTF-8 with namespaces, without document types, entities and instructions. */

import { EncodingError, type EncodingProblem } from './encoding-error.ts'
import { NameCount } from './names.ts'
import { type NamedValue, NamespaceScopes, resolveAttributes } from './namespaces.ts'
import type { ReaderQuotas } from './reader-quotas.ts'
import { emptyText, type PrimitiveArray, type Value } from './value.ts'
import { hasOnlyCharacters, longestReference, qualifiedName, referenced } from './xml-characters.ts'
import {
  type Attribute,
  type Declaration,
  type NodeKind,
  noAttributes,
  noDeclarations,
  type XmlReader,
} from './xml-reader.ts'

/** Thrown to leave a node of which a part is missing that may still come. */
const moreNeeded = Symbol('more text is needed')

/** So much of a text that still arrives is given out before its end is there. */
const pieceLength = 1024

const blanks = /[ \t\r\n]*/y
const xmlDeclaration =
  /<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*["']1\.\d["']([ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*["']([\w.-]+)["'])?([ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*["'](yes|no)["'])?[ \t\r\n]*\?>/y
const longestDeclaration = 200

export class TextReader implements XmlReader {
  readonly quotas: ReaderQuotas
  node: NodeKind = 'start'
  depth = 0
  prefix = ''
  name = ''
  namespace = ''
  attributes: readonly Attribute[] = noAttributes
  declarations: readonly Declaration[] = noDeclarations
  value: Value = emptyText
  /** Text has no arrays. */
  readonly arrayLength = 0
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  readonly #scopes = new NamespaceScopes()
  readonly #known: NameCount
  readonly #open: {
    readonly tag: string
    readonly prefix: string
    readonly name: string
    readonly namespace: string
  }[] = []
  readonly #marks: number[] = []
  #text = ''
  #at = 0
  #nodeAt = 0
  /** Bytes of the message in front of `#text`. */
  #base = 0
  #isComplete = false
  #atStart = true
  #hadRoot = false
  #isEmptyElement = false

  constructor(bytes: Buffer, quotas: ReaderQuotas, isComplete = true) {
    this.quotas = quotas
    this.#known = new NameCount(quotas.maxNameTableCharCount)
    this.feed(bytes)
    if (isComplete) this.endOfInput()
  }

  get offset(): number {
    return this.#positionOf(this.#nodeAt)
  }

  namespaceOf(prefix: string): string | undefined {
    return this.#scopes.namespaceOf(prefix)
  }

  takeArray(): PrimitiveArray {
    throw new RangeError('text has no arrays')
  }

  feed(bytes: Buffer): void {
    const more = this.#decode(bytes, true)
    this.#base = this.#positionOf(this.#at)
    this.#text = this.#text.slice(this.#at) + more
    this.#at = 0
  }

  endOfInput(): void {
    this.#text += this.#decode(Buffer.alloc(0), false)
    this.#isComplete = true
  }

  #decode(bytes: Buffer, stream: boolean): string {
    try {
      return this.#decoder.decode(bytes, { stream })
    } catch {
      return this.#fail('invalidUtf8', 'the message is not UTF-8', this.#text.length)
    }
  }

  read(): NodeKind {
    let at = this.#at
    const { mark } = this.#scopes
    try {
      if (this.#atStart) this.#readStart()
      at = this.#at
      this.node = this.#next()
    } catch (error) {
      if (error !== moreNeeded) throw error
      this.#at = at
      this.#scopes.rewind(mark)
      this.node = 'incomplete'
    }
    return this.node
  }

  #next(): NodeKind {
    if (this.#isEmptyElement) {
      this.#isEmptyElement = false
      return this.#leave()
    }
    if (this.depth === 0) this.#skipBlanks()
    this.#nodeAt = this.#at
    if (this.#at >= this.#text.length) {
      if (!this.#isComplete) throw moreNeeded
      if (this.depth === 0 && this.#hadRoot) return 'end'
      this.#fail('endOfDocument', 'the message ends where more must come')
    }
    if (this.#text[this.#at] !== '<') return this.#readText()
    this.#wantLength(2)
    switch (this.#text[this.#at + 1]) {
      case '/':
        return this.#readEndTag()
      case '!':
        return this.#readMarkup()
      case '?':
        return this.#fail('processingInstruction', 'a message has no processing instructions')
      default:
        return this.#readStartTag()
    }
  }

  /** A byte order mark and the declaration. */
  #readStart(): void {
    this.#wantLength(1)
    if (this.#text.startsWith('\ufeff')) this.#at = 1
    const start = this.#text.slice(this.#at, this.#at + 6)
    if (!this.#isComplete && start.length < 6 && '<?xml '.startsWith(start)) throw moreNeeded
    if (/^<\?xml[ \t\r\n]/.test(start)) {
      const found = this.#match(xmlDeclaration)
      if (!found && !this.#isComplete && this.#text.length < longestDeclaration) throw moreNeeded
      const encoding = found ? (found[2] ?? 'utf-8') : undefined
      if (encoding === undefined) this.#fail('malformedXml', 'the XML declaration is malformed')
      if (encoding?.toLowerCase() !== 'utf-8') this.#fail('malformedXml', `the message says that it is ${encoding}`)
    }
    this.#atStart = false
  }

  #readStartTag(): NodeKind {
    const start = this.#at
    if (this.depth === 0 && this.#hadRoot) this.#fail('trailingBytes', 'an element follows the end of the document')
    this.#at += 1
    const [tag, prefix, name] = this.#readName(start)
    let attributes: NamedValue[] | undefined
    let declarations: Declaration[] | undefined
    const { mark } = this.#scopes
    for (;;) {
      const before = this.#at
      this.#skipBlanks()
      this.#wantLength(2, start)
      const character = this.#text[this.#at]
      if (character === '>' || character === '/') break
      if (this.#at === before) this.#fail('malformedXml', 'a start tag is malformed')
      const attribute = this.#readAttribute(start)
      if (attribute.prefix === 'xmlns' || (attribute.prefix === '' && attribute.name === 'xmlns')) {
        declarations ??= []
        declarations.push(this.#declare(attribute, mark))
      } else {
        attributes ??= []
        attributes.push(attribute)
      }
    }
    const isEmpty = this.#text[this.#at] === '/'
    if (isEmpty && this.#text[this.#at + 1] !== '>') this.#fail('malformedXml', 'a start tag is malformed')
    this.#at += isEmpty ? 2 : 1
    this.#checkTag(start, this.#at)
    const namespace = this.#scopes.namespaceOf(prefix)
    if (namespace === undefined) return this.#fail('unboundPrefix', `the prefix ${prefix} has no namespace`, start)
    if (this.depth >= this.quotas.maxDepth) {
      this.#fail('maxDepth', `elements are nested deeper than the limit of ${this.quotas.maxDepth}`, start)
    }
    this.declarations = declarations ?? noDeclarations
    this.attributes = attributes ? resolveAttributes(attributes, this.#scopes, this) : noAttributes
    this.prefix = prefix
    this.name = name
    this.namespace = namespace
    this.#open.push({ tag, prefix, name, namespace })
    this.#marks.push(mark)
    this.depth += 1
    this.#hadRoot = true
    this.#isEmptyElement = isEmpty
    return 'element'
  }

  #readName(start: number): [tag: string, prefix: string, name: string] {
    const found = this.#match(qualifiedName)
    const [tag = '', prefix = '', name = ''] = found ?? []
    // The name may go on in what is still to come, also behind a colon.
    this.#wantLength(this.#text[this.#at] === ':' ? 2 : 1, start)
    if (!found || this.#text[this.#at] === ':') this.#fail('malformedXml', 'a name is malformed')
    this.#count(name)
    if (prefix !== '') this.#count(prefix)
    return [tag, prefix, name]
  }

  #readAttribute(start: number): NamedValue {
    const [, prefix, name] = this.#readName(start)
    this.#skipBlanks()
    this.#wantLength(1, start)
    if (this.#text[this.#at] !== '=') this.#fail('malformedXml', `the attribute ${name} has no value`)
    this.#at += 1
    this.#skipBlanks()
    this.#wantLength(1, start)
    const quote = this.#text[this.#at]
    if (quote !== '"' && quote !== "'") this.#fail('malformedXml', `the value of ${name} has no quotes`)
    const end = this.#text.indexOf(quote ?? '"', this.#at + 1)
    if (end < 0) this.#wait(start)
    const raw = this.#text.slice(this.#at + 1, end)
    this.#checkTag(start, end)
    if (raw.includes('<')) this.#fail('malformedXml', `the value of ${name} has a <`)
    const value = this.#unescape(raw.replace(/\r\n|[\t\n\r]/g, ' '))
    this.#checkLength(value.length)
    this.#at = end + 1
    return { prefix, name, namespace: '', value: { kind: 'text', value } }
  }

  #declare(attribute: NamedValue, mark: number): Declaration {
    const prefix = attribute.prefix === '' ? '' : attribute.name
    const namespace = attribute.value.kind === 'text' ? attribute.value.value : ''
    if (prefix === 'xmlns' || prefix === 'xml') this.#fail('reservedPrefix', `the prefix ${prefix} is declared`)
    if (prefix !== '' && namespace === '') this.#fail('unboundPrefix', `the prefix ${prefix} is declared as nothing`)
    this.#count(namespace)
    if (!this.#scopes.declare(prefix, namespace, mark)) {
      this.#fail('duplicateDeclaration', `the prefix "${prefix}" is declared twice in one element`)
    }
    return { prefix, namespace }
  }

  #readEndTag(): NodeKind {
    const start = this.#at
    const open = this.#open.at(-1)
    if (!open) return this.#fail('malformedXml', 'an end tag has no start tag')
    this.#at += 2
    const [tag] = this.#readName(start)
    if (tag !== open.tag) this.#fail('mismatchedEndTag', `</${open.tag}> was expected, </${tag}> came`, start)
    this.#skipBlanks()
    this.#wantLength(1, start)
    if (this.#text[this.#at] !== '>') this.#fail('malformedXml', 'an end tag is malformed')
    this.#at += 1
    return this.#leave()
  }

  #readMarkup(): NodeKind {
    const rest = this.#text.slice(this.#at, this.#at + 9)
    for (const mark of ['<!--', '<![CDATA[', '<!DOCTYPE']) {
      if (!this.#isComplete && rest.length < mark.length && mark.startsWith(rest)) throw moreNeeded
    }
    if (rest.startsWith('<!--')) return this.#readComment()
    if (rest === '<![CDATA[') return this.#readCharacterData()
    if (rest === '<!DOCTYPE') return this.#fail('doctype', 'a message has no document type')
    return this.#fail('malformedXml', 'a markup declaration is malformed')
  }

  #readComment(): NodeKind {
    const end = this.#endOf('--', this.#at + 4)
    this.#at = end + 2
    this.#wantLength(1)
    if (this.#text[this.#at] !== '>') this.#fail('malformedXml', 'a comment has a -- inside')
    this.value = { kind: 'text', value: this.#characters(this.#text.slice(this.#nodeAt + 4, end)) }
    this.#at += 1
    return 'comment'
  }

  #readCharacterData(): NodeKind {
    if (this.depth === 0) this.#fail('malformedXml', 'text stands outside of the document')
    const end = this.#endOf(']]>', this.#at + 9)
    this.value = { kind: 'text', value: this.#characters(this.#text.slice(this.#at + 9, end)) }
    this.#at = end + 3
    return 'value'
  }

  /** Where `mark` stands, looking from `from` on, for a text that must not be longer than its quota. */
  #endOf(mark: string, from: number): number {
    const end = this.#text.indexOf(mark, from)
    this.#checkLength((end < 0 ? this.#text.length : end) - from)
    if (end < 0) this.#wait()
    return end
  }

  #readText(): NodeKind {
    if (this.depth === 0) {
      const says = 'text stands outside of the document'
      this.#fail(this.#hadRoot ? 'trailingBytes' : 'malformedXml', says)
    }
    const text = this.#text
    const start = this.#at
    let end = text.indexOf('<', start)
    if (end < 0) {
      if (this.#isComplete) this.#fail('endOfDocument', 'the message ends where more must come', text.length)
      end = text.length
      // Not through a reference, a line end, or what must not be in text.
      const reference = text.lastIndexOf('&')
      if (reference >= Math.max(start, end - longestReference) && !text.includes(';', reference)) end = reference
      while (end > start && (text[end - 1] === '\r' || text[end - 1] === ']')) end -= 1
      if (end - start < pieceLength) {
        this.#checkLength(text.length - start - pieceLength)
        throw moreNeeded
      }
    }
    const raw = text.slice(start, end)
    if (raw.includes(']]>')) this.#fail('malformedXml', 'text has a ]]>')
    const value = this.#unescape(raw.includes('\r') ? raw.replace(/\r\n?/g, '\n') : raw)
    this.#checkLength(value.length)
    this.value = { kind: 'text', value }
    this.#at = end
    return 'value'
  }

  #unescape(text: string): string {
    this.#check(text)
    if (!text.includes('&')) return text
    let plain = ''
    let from = 0
    for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', from)) {
      const end = text.indexOf(';', at)
      const name = end < 0 || end - at > longestReference ? undefined : text.slice(at + 1, end)
      const character = name === undefined ? undefined : referenced(name)
      if (character === undefined) return this.#fail('unknownEntity', 'a text has an entity that XML does not have')
      plain += text.slice(from, at) + character
      from = end + 1
    }
    return plain + text.slice(from)
  }

  #characters(text: string): string {
    this.#check(text)
    return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text
  }

  #check(text: string): void {
    if (!hasOnlyCharacters(text)) this.#fail('invalidCharacter', 'a text has a character that XML does not allow')
  }

  #leave(): NodeKind {
    const open = this.#open.pop()
    this.prefix = open?.prefix ?? ''
    this.name = open?.name ?? ''
    this.namespace = open?.namespace ?? ''
    this.depth -= 1
    this.#scopes.rewind(this.#marks.pop() ?? 0)
    return 'endElement'
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)
    if (found) this.#at = pattern.lastIndex
    return found
  }

  #skipBlanks(): void {
    this.#match(blanks)
  }

  /** Sees to it that `length` characters are there; `tagStart` is where the tag to which they belong begins. */
  #wantLength(length: number, tagStart?: number): void {
    if (this.#at + length > this.#text.length) this.#wait(tagStart)
  }

  #wait(tagStart?: number): never {
    if (tagStart !== undefined) this.#checkTag(tagStart, this.#text.length)
    if (this.#isComplete) this.#fail('endOfDocument', 'the message ends where more must come', this.#text.length)
    throw moreNeeded
  }

  #checkTag(start: number, end: number): void {
    const limit = this.quotas.maxBytesPerRead
    if ((end - start) * 3 <= limit) return
    if (Buffer.byteLength(this.#text.slice(start, end)) > limit) {
      this.#fail('maxBytesPerRead', `a start tag is over the limit of ${limit} bytes`, start)
    }
  }

  #checkLength(length: number): void {
    const limit = this.quotas.maxStringContentLength
    if (length > limit) this.#fail('maxStringContentLength', `a text is over the limit of ${limit} characters`)
  }

  #count(name: string): void {
    const limit = this.quotas.maxNameTableCharCount
    if (!this.#known.add(name)) {
      this.#fail('maxNameTableCharCount', `the names of the message are over the limit of ${limit} characters`)
    }
  }

  #positionOf(at: number): number {
    return this.#base + Buffer.byteLength(this.#text.slice(0, at))
  }

  #fail(code: EncodingProblem, says: string, at = this.#at): never {
    throw new EncodingError(code, says, this.#positionOf(at))
  }
}
