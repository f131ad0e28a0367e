/** Reads a message as text: XML 1.0 in UTF-8 with namespaces, without document types, entities and instructions. */

import { type NamedValue, NamespaceScopes, resolveAttributes } from './namespaces.ts'
import type { ReaderQuotas } from './reader-quotas.ts'
import { moreNeeded, TextInput } from './text-input.ts'
import { emptyText, type PrimitiveArray, type Value } from './value.ts'
import { longestReference, qualifiedName } from './xml-characters.ts'
import {
  type Attribute,
  type Declaration,
  type NodeKind,
  noAttributes,
  noDeclarations,
  type XmlReader,
} from './xml-reader.ts'

/** So much of a text that still arrives is given out before its end is there. */
const pieceLength = 1024

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
  readonly #scopes = new NamespaceScopes()
  readonly #input: TextInput
  readonly #open: {
    readonly tag: string
    readonly prefix: string
    readonly name: string
    readonly namespace: string
  }[] = []
  readonly #marks: number[] = []
  #nodeAt = 0
  #atStart = true
  #hadRoot = false
  #isEmptyElement = false

  constructor(bytes: Buffer, quotas: ReaderQuotas, isComplete = true) {
    this.quotas = quotas
    this.#input = new TextInput(quotas)
    this.feed(bytes)
    if (isComplete) this.endOfInput()
  }

  get offset(): number {
    return this.#input.positionOf(this.#nodeAt)
  }

  namespaceOf(prefix: string): string | undefined {
    return this.#scopes.namespaceOf(prefix)
  }

  takeArray(): PrimitiveArray {
    throw new RangeError('text has no arrays')
  }

  feed(bytes: Buffer): void {
    this.#input.feed(bytes)
  }

  endOfInput(): void {
    this.#input.endOfInput()
  }

  read(): NodeKind {
    let at = this.#input.at
    const { mark } = this.#scopes
    try {
      if (this.#atStart) this.#readStart()
      at = this.#input.at
      this.node = this.#next()
    } catch (error) {
      if (error !== moreNeeded) throw error
      this.#input.at = at
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
    if (this.depth === 0) this.#input.skipBlanks()
    this.#nodeAt = this.#input.at
    if (this.#input.at >= this.#input.text.length) {
      if (!this.#input.isComplete) throw moreNeeded
      if (this.depth === 0 && this.#hadRoot) return 'end'
      this.#input.fail('endOfDocument', 'the message ends where more must come')
    }
    if (this.#input.text[this.#input.at] !== '<') return this.#readText()
    this.#input.wantLength(2)
    switch (this.#input.text[this.#input.at + 1]) {
      case '/':
        return this.#readEndTag()
      case '!':
        return this.#readMarkup()
      case '?':
        return this.#input.fail('processingInstruction', 'a message has no processing instructions')
      default:
        return this.#readStartTag()
    }
  }

  /** A byte order mark and the declaration. */
  #readStart(): void {
    this.#input.wantLength(1)
    if (this.#input.text.startsWith('\ufeff')) this.#input.at = 1
    const start = this.#input.text.slice(this.#input.at, this.#input.at + 6)
    if (!this.#input.isComplete && start.length < 6 && '<?xml '.startsWith(start)) throw moreNeeded
    if (/^<\?xml[ \t\r\n]/.test(start)) {
      const found = this.#input.match(xmlDeclaration)
      if (!found && !this.#input.isComplete && this.#input.text.length < longestDeclaration) throw moreNeeded
      const encoding = found ? (found[2] ?? 'utf-8') : undefined
      if (encoding === undefined) this.#input.fail('malformedXml', 'the XML declaration is malformed')
      if (encoding?.toLowerCase() !== 'utf-8')
        this.#input.fail('malformedXml', `the message says that it is ${encoding}`)
    }
    this.#atStart = false
  }

  #readStartTag(): NodeKind {
    const start = this.#input.at
    if (this.depth === 0 && this.#hadRoot)
      this.#input.fail('trailingBytes', 'an element follows the end of the document')
    this.#input.at += 1
    const [tag, prefix, name] = this.#readName(start)
    let attributes: NamedValue[] | undefined
    let declarations: Declaration[] | undefined
    const { mark } = this.#scopes
    for (;;) {
      const before = this.#input.at
      this.#input.skipBlanks()
      this.#input.wantLength(2, start)
      const character = this.#input.text[this.#input.at]
      if (character === '>' || character === '/') break
      if (this.#input.at === before) this.#input.fail('malformedXml', 'a start tag is malformed')
      const attribute = this.#readAttribute(start)
      if (attribute.prefix === 'xmlns' || (attribute.prefix === '' && attribute.name === 'xmlns')) {
        declarations ??= []
        declarations.push(this.#declare(attribute, mark))
      } else {
        attributes ??= []
        attributes.push(attribute)
      }
    }
    const isEmpty = this.#input.text[this.#input.at] === '/'
    if (isEmpty && this.#input.text[this.#input.at + 1] !== '>')
      this.#input.fail('malformedXml', 'a start tag is malformed')
    this.#input.at += isEmpty ? 2 : 1
    this.#input.checkTag(start, this.#input.at)
    const namespace = this.#scopes.namespaceOf(prefix)
    if (namespace === undefined)
      return this.#input.fail('unboundPrefix', `the prefix ${prefix} has no namespace`, start)
    if (this.depth >= this.quotas.maxDepth) {
      this.#input.fail('maxDepth', `elements are nested deeper than the limit of ${this.quotas.maxDepth}`, start)
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
    const found = this.#input.match(qualifiedName)
    const [tag = '', prefix = '', name = ''] = found ?? []
    // The name may go on in what is still to come, also behind a colon.
    this.#input.wantLength(this.#input.text[this.#input.at] === ':' ? 2 : 1, start)
    if (!found || this.#input.text[this.#input.at] === ':') this.#input.fail('malformedXml', 'a name is malformed')
    this.#input.count(name)
    if (prefix !== '') this.#input.count(prefix)
    return [tag, prefix, name]
  }

  #readAttribute(start: number): NamedValue {
    const [, prefix, name] = this.#readName(start)
    this.#input.skipBlanks()
    this.#input.wantLength(1, start)
    if (this.#input.text[this.#input.at] !== '=') this.#input.fail('malformedXml', `the attribute ${name} has no value`)
    this.#input.at += 1
    this.#input.skipBlanks()
    this.#input.wantLength(1, start)
    const quote = this.#input.text[this.#input.at]
    if (quote !== '"' && quote !== "'") this.#input.fail('malformedXml', `the value of ${name} has no quotes`)
    const end = this.#input.text.indexOf(quote ?? '"', this.#input.at + 1)
    if (end < 0) this.#input.wait(start)
    const raw = this.#input.text.slice(this.#input.at + 1, end)
    this.#input.checkTag(start, end)
    if (raw.includes('<')) this.#input.fail('malformedXml', `the value of ${name} has a <`)
    const value = this.#input.unescape(raw.replace(/\r\n|[\t\n\r]/g, ' '))
    this.#input.checkLength(value.length)
    this.#input.at = end + 1
    return { prefix, name, namespace: '', value: { kind: 'text', value } }
  }

  #declare(attribute: NamedValue, mark: number): Declaration {
    const prefix = attribute.prefix === '' ? '' : attribute.name
    const namespace = attribute.value.kind === 'text' ? attribute.value.value : ''
    if (prefix === 'xmlns' || prefix === 'xml') this.#input.fail('reservedPrefix', `the prefix ${prefix} is declared`)
    if (prefix !== '' && namespace === '')
      this.#input.fail('unboundPrefix', `the prefix ${prefix} is declared as nothing`)
    this.#input.count(namespace)
    if (!this.#scopes.declare(prefix, namespace, mark)) {
      this.#input.fail('duplicateDeclaration', `the prefix "${prefix}" is declared twice in one element`)
    }
    return { prefix, namespace }
  }

  #readEndTag(): NodeKind {
    const start = this.#input.at
    const open = this.#open.at(-1)
    if (!open) return this.#input.fail('malformedXml', 'an end tag has no start tag')
    this.#input.at += 2
    const [tag] = this.#readName(start)
    if (tag !== open.tag) this.#input.fail('mismatchedEndTag', `</${open.tag}> was expected, </${tag}> came`, start)
    this.#input.skipBlanks()
    this.#input.wantLength(1, start)
    if (this.#input.text[this.#input.at] !== '>') this.#input.fail('malformedXml', 'an end tag is malformed')
    this.#input.at += 1
    return this.#leave()
  }

  #readMarkup(): NodeKind {
    const rest = this.#input.text.slice(this.#input.at, this.#input.at + 9)
    for (const mark of ['<!--', '<![CDATA[', '<!DOCTYPE']) {
      if (!this.#input.isComplete && rest.length < mark.length && mark.startsWith(rest)) throw moreNeeded
    }
    if (rest.startsWith('<!--')) return this.#readComment()
    if (rest === '<![CDATA[') return this.#readCharacterData()
    if (rest === '<!DOCTYPE') return this.#input.fail('doctype', 'a message has no document type')
    return this.#input.fail('malformedXml', 'a markup declaration is malformed')
  }

  #readComment(): NodeKind {
    const end = this.#endOf('--', this.#input.at + 4)
    this.#input.at = end + 2
    this.#input.wantLength(1)
    if (this.#input.text[this.#input.at] !== '>') this.#input.fail('malformedXml', 'a comment has a -- inside')
    this.value = { kind: 'text', value: this.#input.characters(this.#input.text.slice(this.#nodeAt + 4, end)) }
    this.#input.at += 1
    return 'comment'
  }

  #readCharacterData(): NodeKind {
    if (this.depth === 0) this.#input.fail('malformedXml', 'text stands outside of the document')
    const end = this.#endOf(']]>', this.#input.at + 9)
    this.value = { kind: 'text', value: this.#input.characters(this.#input.text.slice(this.#input.at + 9, end)) }
    this.#input.at = end + 3
    return 'value'
  }

  /** Where `mark` stands, looking from `from` on, for a text that must not be longer than its quota. */
  #endOf(mark: string, from: number): number {
    const end = this.#input.text.indexOf(mark, from)
    this.#input.checkLength((end < 0 ? this.#input.text.length : end) - from)
    if (end < 0) this.#input.wait()
    return end
  }

  #readText(): NodeKind {
    if (this.depth === 0) {
      const says = 'text stands outside of the document'
      this.#input.fail(this.#hadRoot ? 'trailingBytes' : 'malformedXml', says)
    }
    const text = this.#input.text
    const start = this.#input.at
    let end = text.indexOf('<', start)
    if (end < 0) {
      if (this.#input.isComplete)
        this.#input.fail('endOfDocument', 'the message ends where more must come', text.length)
      end = text.length
      // Not through a reference, a line end, or what must not be in text.
      const reference = text.lastIndexOf('&')
      if (reference >= Math.max(start, end - longestReference) && !text.includes(';', reference)) end = reference
      while (end > start && (text[end - 1] === '\r' || text[end - 1] === ']')) end -= 1
      if (end - start < pieceLength) {
        this.#input.checkLength(text.length - start - pieceLength)
        throw moreNeeded
      }
    }
    const raw = text.slice(start, end)
    if (raw.includes(']]>')) this.#input.fail('malformedXml', 'text has a ]]>')
    const value = this.#input.unescape(raw.includes('\r') ? raw.replace(/\r\n?/g, '\n') : raw)
    this.#input.checkLength(value.length)
    this.value = { kind: 'text', value }
    this.#input.at = end
    return 'value'
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
}
