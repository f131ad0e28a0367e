/** Reads binary XML (MC-NBFX), from a message that is there or that still arrives. */

import { BinaryInput, moreNeeded } from './binary-input.ts'
import { BinaryStartTag } from './binary-start-tag.ts'
import { readArrayItem, readValue, takePrimitiveArray } from './binary-values.ts'
import { NamespaceScopes } from './namespaces.ts'
import type { ReaderQuotas } from './reader-quotas.ts'
import { describeRecord, recordType } from './record-type.ts'
import { emptyText, type PrimitiveArray, type Value } from './value.ts'
import {
  type Attribute,
  type Declaration,
  type NodeKind,
  noAttributes,
  noDeclarations,
  type XmlReader,
} from './xml-reader.ts'

/** The records of which there are arrays. */
const arrayTypes = new Set<number>([
  recordType.bool,
  recordType.int16,
  recordType.int32,
  recordType.int64,
  recordType.float,
  recordType.double,
  recordType.decimal,
  recordType.dateTime,
  recordType.timeSpan,
  recordType.uuid,
])

/** What comes next of an item of an array. */
type ItemStep = 'none' | 'element' | 'value' | 'endElement'

export class BinaryReader implements XmlReader {
  node: NodeKind = 'start'
  depth = 0
  prefix = ''
  name = ''
  namespace = ''
  attributes: readonly Attribute[] = noAttributes
  declarations: readonly Declaration[] = noDeclarations
  value: Value = emptyText
  arrayLength = 0
  readonly #input: BinaryInput
  readonly #scopes = new NamespaceScopes()
  readonly #tag = new BinaryStartTag()
  // The open elements, by depth.
  readonly #prefixes: string[] = []
  readonly #names: string[] = []
  readonly #namespaces: string[] = []
  readonly #marks: number[] = []
  #nodeAt: number
  #hadRoot = false
  #endsWithValue = false
  #itemStep: ItemStep = 'none'
  #itemType = 0
  #itemsLeft = 0

  /**
   * `bytes` is the whole message, or its beginning when `isComplete` is false; the document begins at `at`. `session`
   * holds the in-band strings of this direction, where the encoding has them.
   */
  constructor(bytes: Buffer, quotas: ReaderQuotas, session?: readonly string[], at = 0, isComplete = true) {
    this.#input = new BinaryInput(bytes, at, isComplete, quotas, session)
    this.#nodeAt = at
  }

  get quotas(): ReaderQuotas {
    return this.#input.quotas
  }

  get offset(): number {
    return this.#input.positionOf(this.#nodeAt)
  }

  namespaceOf(prefix: string): string | undefined {
    return this.#scopes.namespaceOf(prefix)
  }

  feed(bytes: Buffer): void {
    this.#input.feed(bytes)
  }

  endOfInput(): void {
    this.#input.isComplete = true
  }

  read(): NodeKind {
    if (!this.#input.gather()) {
      this.node = 'incomplete'
    } else if (this.#input.isComplete) {
      this.#nodeAt = this.#input.at
      this.node = this.#next()
    } else {
      this.node = this.#nextOrRewind()
    }
    return this.node
  }

  #nextOrRewind(): NodeKind {
    const { at } = this.#input
    const { mark } = this.#scopes
    this.#nodeAt = at
    try {
      return this.#next()
    } catch (error) {
      if (error !== moreNeeded) throw error
      this.#input.rewind(at)
      this.#scopes.rewind(mark)
      return 'incomplete'
    }
  }

  #next(): NodeKind {
    if (this.#endsWithValue) {
      this.#endsWithValue = false
      return this.#leave()
    }
    if (this.#itemStep !== 'none') return this.#nextOfItem()
    const input = this.#input
    if (this.depth === 0 && this.#hadRoot && !input.hasMore()) return 'end'
    const type = input.byte()
    if (type >= recordType.zero) return this.#readText(type)
    if (type >= recordType.shortElement && type <= recordType.lastElement) {
      if (this.depth === 0 && this.#hadRoot) {
        input.fail('trailingBytes', 'bytes follow the end of the document', input.at - 1)
      }
      return this.#readElement(type, this.#nodeAt)
    }
    switch (type) {
      case recordType.endElement:
        if (this.depth === 0) this.#failMisplaced(type)
        return this.#leave()
      case recordType.comment:
        this.value = { kind: 'text', value: input.chars(input.int31()) }
        return 'comment'
      case recordType.array:
        if (this.depth === 0) this.#failMisplaced(type)
        return this.#readArray()
      default:
        return this.#failMisplaced(type)
    }
  }

  #readText(type: number): NodeKind {
    if (this.depth === 0) this.#failMisplaced(type)
    const even = type & 0xfe
    if (even === recordType.endList || type > recordType.lastText) this.#failMisplaced(type)
    this.value = readValue(this.#input, even)
    let ends = type & 1
    if (even === recordType.startList) ends |= this.#input.byte() & 1
    this.#endsWithValue = ends === 1
    return 'value'
  }

  #readElement(type: number, tagStart: number): NodeKind {
    const { mark } = this.#scopes
    const tag = this.#tag
    tag.read(this.#input, this.#scopes, type, tagStart)
    this.prefix = tag.prefix
    this.name = tag.name
    this.namespace = tag.namespace
    this.attributes = tag.attributes
    this.declarations = tag.declarations
    this.#enter(mark)
    return 'element'
  }

  #readArray(): NodeKind {
    const input = this.#input
    const type = input.byte()
    if (type < recordType.shortElement || type > recordType.lastElement) this.#failMisplaced(type)
    const { mark } = this.#scopes
    this.#readElement(type, input.at - 1)
    // Not entered for good before its count is there.
    this.depth -= 1
    const end = input.byte()
    if (end !== recordType.endElement) this.#failMisplaced(end)
    const itemType = input.byte()
    if ((itemType & 1) === 0 || !arrayTypes.has(itemType - 1)) {
      input.fail('misplacedRecord', `${describeRecord(itemType)} can't be the type of an array`, input.at - 1)
    }
    const count = input.int31()
    const limit = input.quotas.maxArrayLength
    if (count > limit) input.fail('maxArrayLength', `an array of ${count} items is over the limit of ${limit}`)
    if (count === 0) input.fail('invalidValue', 'an array has no item', input.at - 1)
    this.#itemType = itemType - 1
    this.#itemsLeft = count
    this.#enter(mark)
    return this.#beginItem()
  }

  #beginItem(): NodeKind {
    this.arrayLength = this.#itemsLeft
    this.#itemStep = 'value'
    return 'element'
  }

  #nextOfItem(): NodeKind {
    if (this.#itemStep === 'value') {
      this.value = readArrayItem(this.#input, this.#itemType)
      this.arrayLength = 0
      this.#itemsLeft -= 1
      this.#itemStep = 'endElement'
      return 'value'
    }
    if (this.#itemStep === 'endElement') {
      if (this.#itemsLeft === 0) {
        this.#itemStep = 'none'
        return this.#leave()
      }
      this.depth -= 1
      this.#itemStep = 'element'
      return 'endElement'
    }
    this.depth += 1
    return this.#beginItem()
  }

  takeArray(): PrimitiveArray {
    if (this.arrayLength === 0) throw new RangeError('the reader is not at an item of an array')
    if (!this.#input.isComplete) throw new RangeError('an array can be taken only from a message that is all there')
    const array = takePrimitiveArray(this.#input, this.#itemType, this.arrayLength)
    this.arrayLength = 0
    this.#itemStep = 'none'
    this.node = this.#leave()
    return array
  }

  /** Makes the element that was read the innermost open one; its scope began at `mark`. */
  #enter(mark: number): void {
    const { depth } = this
    const { maxDepth } = this.#input.quotas
    if (depth >= maxDepth) {
      this.#input.fail('maxDepth', `elements are nested deeper than the limit of ${maxDepth}`, this.#nodeAt)
    }
    this.#prefixes[depth] = this.prefix
    this.#names[depth] = this.name
    this.#namespaces[depth] = this.namespace
    this.#marks[depth] = mark
    this.depth = depth + 1
    this.#hadRoot = true
  }

  #leave(): NodeKind {
    const depth = this.depth - 1
    this.depth = depth
    this.prefix = this.#prefixes[depth] ?? ''
    this.name = this.#names[depth] ?? ''
    this.namespace = this.#namespaces[depth] ?? ''
    this.#scopes.rewind(this.#marks[depth] ?? 0)
    return 'endElement'
  }

  #failMisplaced(type: number): never {
    const at = this.#input.at - 1
    if (type === 0 || type > recordType.lastText || (type > recordType.lastElement && type < recordType.zero)) {
      this.#input.fail('unknownRecord', `${describeRecord(type)} is unknown`, at)
    }
    if (this.depth === 0 && this.#hadRoot) this.#input.fail('trailingBytes', 'bytes follow the end of the document', at)
    this.#input.fail('misplacedRecord', `${describeRecord(type)} can't stand here`, at)
  }
}
