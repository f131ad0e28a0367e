/** What the parts of a contract are made of: contents of elements, and the places where they stand. */
import type { z } from 'zod'
import type { DictionaryString } from '#encoding/dictionary-string.ts'
import type { XmlReader } from '#encoding/xml-reader.ts'
import type { XmlWriter } from '#encoding/xml-writer.ts'
import type { QualifiedName } from './contract-names.ts'
import type { SimpleType } from './simple-type.ts'

/** The values of one type between the tags of an element. */
export interface Content {
  /** The name of its data contract: for lists, dictionaries and `i:type`. Throws ContractError where it has none. */
  contractName(): QualifiedName
  /** Whether .NET has null for it only as Nullable<T>, which has another name. */
  readonly isValueType: boolean
  /** Set if it is a text and nothing else. */
  readonly simple?: SimpleType
  /** Into the element that was just begun; `depth` counts the contents around it. */
  write(writer: XmlWriter, value: unknown, depth: number): void
  /** At the element: goes to its `endElement`. `type` is its `i:type`. */
  read(reader: XmlReader, type: QualifiedName | undefined): unknown
}

/** A place where a content stands: a parameter, a member, an item, a key. */
export interface Slot {
  readonly content: Content
  readonly isNullable: boolean
  readonly isOptional: boolean
  /** What it is when it is absent. */
  readonly whenAbsent: (() => unknown) | undefined
  /** The checks and conversions of the author that only zod knows; it then takes care of null and absence too. */
  readonly check: z.ZodType | undefined
}

/** A namespace with its prefix: the same one in a whole part, so that it is declared once where others stand inside. */
export interface PrefixedNamespace {
  readonly prefix: string
  readonly namespace: DictionaryString
  readonly text: string
}

/** What the pieces of one part have in common while they are made. */
export interface Compilation {
  /** Of contracts that have none of their own. */
  readonly contractNamespace: string
  prefixOf(namespace: string): PrefixedNamespace
  /** The slot of a schema; `isChecked` when zod checks the whole around it, so that this needs none. */
  slotOf(schema: z.core.$ZodType, isChecked: boolean): Slot
  /** The content of a schema with nothing around it. */
  contentOf(schema: z.core.$ZodType, isChecked: boolean): Content
}

/** A content that may contain itself, so that it is known before its inside is made. */
export interface RecursiveContent {
  readonly content: Content
  complete(): void
}

/** Contracts may contain themselves: a bound below what the stack has, above what WCF's peers take (32). */
export const deepest = 500
