/** A type that is one text in XML: how values of JavaScript become those of a message, and back. */
import type { PrimitiveArray, Value } from '#encoding/value.ts'

export interface SimpleType {
  /** That of its data contract. */
  readonly name: string
  readonly namespace: string
  /** Whether .NET has null for it only as Nullable<T>. */
  readonly isValueType: boolean
  /** Throws EncodingError or ContractError for what isn't one. */
  from(value: Value): unknown
  /** Throws EncodingError or ContractError for what isn't one. */
  to(value: unknown): string | Value
  /** For those of which .NET makes one record for a whole list. */
  toArray?(items: readonly unknown[]): PrimitiveArray
}

/** The items as they are, each of them looked at. */
export function checkedItems<T>(type: Pick<SimpleType, 'to'>, items: readonly unknown[]): readonly T[] {
  for (const item of items) type.to(item)
  return items as readonly T[]
}
