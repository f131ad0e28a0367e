/** The start tag of an element in binary XML: its name, and the records of attributes that follow it. */
import type { BinaryInput } from './binary-input.ts'
import { readValue } from './binary-values.ts'
import { type NamedValue, type NamespaceScopes, resolveAttributes } from './namespaces.ts'
import { describeRecord, letters, recordType } from './record-type.ts'
import { type Attribute, type Declaration, noAttributes, noDeclarations } from './xml-reader.ts'

/** What was read last; the reader has one for all elements. */
export class BinaryStartTag {
  prefix = ''
  name = ''
  namespace = ''
  attributes: readonly Attribute[] = noAttributes
  declarations: readonly Declaration[] = noDeclarations

  /** Reads what follows the record type of an element. `start` is where that stands. */
  read(input: BinaryInput, scopes: NamespaceScopes, type: number, start: number): void {
    const prefix = readPrefix(input, type, elementForms, start)
    const name = readName(input, type, elementForms, start)
    if (name === '') input.fail('invalidName', 'an element has no name', start)
    this.attributes = noAttributes
    this.declarations = noDeclarations
    if (isAttribute(input.peek())) this.#readAttributes(input, scopes, start)
    const namespace = scopes.namespaceOf(prefix)
    if (namespace === undefined) input.fail('unboundPrefix', `the prefix ${prefix} has no namespace`, start)
    this.prefix = prefix
    this.name = name
    this.namespace = namespace
  }

  #readAttributes(input: BinaryInput, scopes: NamespaceScopes, start: number): void {
    const { mark } = scopes
    let attributes: NamedValue[] | undefined
    let declarations: Declaration[] | undefined
    for (let type = input.peek(); isAttribute(type); type = input.peek()) {
      input.at += 1
      if (type >= recordType.shortXmlns && type <= recordType.dictionaryXmlns) {
        declarations ??= []
        declarations.push(readDeclaration(input, scopes, type, mark, start))
      } else {
        attributes ??= []
        attributes.push(readAttribute(input, type, start))
      }
      input.checkTag(start, input.at)
    }
    if (declarations) this.declarations = declarations
    if (attributes) this.attributes = resolveAttributes(attributes, scopes, { offset: input.positionOf(start) })
  }
}

/** The forms that elements and attributes have, each by its first record. */
interface Forms {
  /** Without a prefix, and with any; then both with a name of a dictionary. */
  readonly short: number
  readonly letterDictionary: number
  readonly letter: number
}

const elementForms: Forms = {
  short: recordType.shortElement,
  letterDictionary: recordType.prefixDictionaryElementA,
  letter: recordType.prefixElementA,
}
const attributeForms: Forms = {
  short: recordType.shortAttribute,
  letterDictionary: recordType.prefixDictionaryAttributeA,
  letter: recordType.prefixAttributeA,
}

function isAttribute(type: number): boolean {
  return type >= recordType.shortAttribute && type <= recordType.lastAttribute
}

function readPrefix(input: BinaryInput, type: number, forms: Forms, start: number): string {
  const { short, letterDictionary, letter } = forms
  if (type >= letter) return letters[type - letter] ?? ''
  if (type >= letterDictionary) return letters[type - letterDictionary] ?? ''
  return ((type - short) & 1) === 1 ? input.name(start) : ''
}

function readName(input: BinaryInput, type: number, forms: Forms, start: number): string {
  const { short, letterDictionary, letter } = forms
  const isInline = type >= letter || (type < letterDictionary && type - short < 2)
  return isInline ? input.name(start) : input.dictionaryString()
}

function readDeclaration(
  input: BinaryInput,
  scopes: NamespaceScopes,
  type: number,
  mark: number,
  start: number,
): Declaration {
  const hasPrefix = type === recordType.xmlns || type === recordType.dictionaryXmlns
  const prefix = hasPrefix ? input.name(start) : ''
  const namespace = type <= recordType.xmlns ? input.name(start) : input.dictionaryString()
  if (prefix === 'xmlns' || prefix === 'xml') input.fail('reservedPrefix', `the prefix ${prefix} is declared`)
  if (prefix !== '' && namespace === '') input.fail('unboundPrefix', `the prefix ${prefix} is declared as nothing`)
  if (!scopes.declare(prefix, namespace, mark)) {
    input.fail('duplicateDeclaration', `the prefix "${prefix}" is declared twice in one element`)
  }
  return { prefix, namespace }
}

function readAttribute(input: BinaryInput, type: number, start: number): NamedValue {
  const prefix = readPrefix(input, type, attributeForms, start)
  const name = readName(input, type, attributeForms, start)
  if (name === '') input.fail('invalidName', 'an attribute has no name')
  const valueType = input.byte()
  const isValue = valueType >= recordType.zero && (valueType & 1) === 0 && valueType !== recordType.endList
  if (!isValue) {
    input.fail('misplacedRecord', `${describeRecord(valueType)} stands where an attribute's value must`, input.at - 1)
  }
  const value = readValue(input, valueType)
  if (valueType === recordType.startList && input.byte() !== recordType.endList) {
    input.fail('misplacedRecord', "an attribute's list ends an element", input.at - 1)
  }
  return { prefix, name, namespace: '', value }
}
