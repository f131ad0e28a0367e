/** What a service declares, as it is read from its files and written as TypeScript. */
import type { QualifiedName } from '#wcf/contract-names.ts'

/** A place where a type stands: a parameter, a member, an item. */
export interface Place {
  readonly type: Type
  /** i:nil may stand there. */
  readonly isNullable: boolean
  /** It may be absent, and mostly is where it has its default. */
  readonly isOptional: boolean
}

export interface NamedPlace extends Place {
  readonly name: string
}

/** A type that a schema of zod or a helper says in one call. */
export interface SimpleType {
  readonly is: 'simple'
  /** As `int32` of `z`, or a helper of portico/wcf. */
  readonly from: 'z' | 'helper'
  readonly schema: string
  /** The type of its values in TypeScript. */
  readonly value: string
  /** Of its data contract. */
  readonly name: QualifiedName
  /** Whether null of it is a Nullable<T>. */
  readonly isValueType: boolean
}

export interface StreamType {
  readonly is: 'stream'
}

/** Names of its own, where they aren't those that the types would give it. */
export type OwnNames = Readonly<Record<string, string>>

export interface ListType {
  readonly is: 'list'
  readonly name: QualifiedName
  own: OwnNames | undefined
  item: Place
}

export interface DictionaryType {
  readonly is: 'dictionary'
  readonly name: QualifiedName
  own: OwnNames | undefined
  key: Place
  value: Place
}

export interface EnumerationType {
  readonly is: 'enumeration'
  readonly name: QualifiedName
  readonly values: readonly string[]
}

export interface FlagsType {
  readonly is: 'flags'
  readonly name: QualifiedName
  readonly members: ReadonlyMap<string, number>
}

export interface ContractType {
  readonly is: 'contract'
  readonly name: QualifiedName
  /** A struct. */
  readonly isValueType: boolean
  members: readonly NamedPlace[]
  base: ContractType | undefined
  /** Those whose base it is. */
  readonly children: ContractType[]
}

export type Type = SimpleType | StreamType | ListType | DictionaryType | EnumerationType | FlagsType | ContractType

/** Whether .NET has null of it only as Nullable<T>. */
export function isValueType(type: Type): boolean {
  if (type.is === 'simple' || type.is === 'contract') return type.isValueType
  return type.is !== 'list' && type.is !== 'dictionary'
}

export interface Fault {
  /** The name of the C# type, mostly. */
  readonly key: string
  readonly detail: Place
  /** What isn't as it would be unless said: `action`, `name`, `namespace`. */
  readonly differs: OwnNames
}

export interface Operation {
  readonly name: string
  readonly in: readonly NamedPlace[]
  readonly out: Place | undefined
  readonly isOneWay: boolean
  /** Where they aren't made of the names. */
  readonly action: string | undefined
  readonly replyAction: string | undefined
  readonly faults: readonly Fault[]
}

export interface ServiceModel {
  readonly name: string
  readonly namespace: string
  readonly operations: readonly Operation[]
  readonly callbacks: readonly Operation[]
}
