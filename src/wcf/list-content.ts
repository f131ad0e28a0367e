/** Lists: an element for each item, or one record for many of them. */
import { dictionaryString } from '#encoding/dictionary-string.ts'
import { type PrimitiveArray, valuesOf } from '#encoding/value.ts'
import { nextElement, type XmlReader } from '#encoding/xml-reader.ts'
import type { XmlWriter } from '#encoding/xml-writer.ts'
import type { Compilation, Content, Slot } from './content.ts'
import { ContractError, mismatch, named, within } from './contract-error.ts'
import type { ContractInfo } from './contract-info.ts'
import { listName, type QualifiedName } from './contract-names.ts'
import type { SimpleType } from './simple-type.ts'
import { checkType, nameOf, readSlot, writeElement } from './slot.ts'

/** How a list of JavaScript comes from items, and gives them. */
export interface ListKind {
  of(items: unknown[]): unknown
  itemsOf(value: unknown): readonly unknown[]
}

export const arrays: ListKind = {
  of: (items) => items,
  itemsOf(value) {
    if (!Array.isArray(value)) throw mismatch(value, 'an array')
    return value
  },
}

export const sets: ListKind = {
  of: (items) => new Set(items),
  itemsOf(value) {
    if (!(value instanceof Set)) throw mismatch(value, 'a Set')
    return [...value]
  },
}

/** The items for one record; undefined where there is none, also because of an item: one by one it is known which. */
function arrayOf(simple: SimpleType | undefined, items: readonly unknown[]): PrimitiveArray | undefined {
  try {
    return simple?.toArray?.(items)
  } catch {
    return undefined
  }
}

export function listContent(slot: Slot, kind: ListKind, info: ContractInfo, compilation: Compilation): Content {
  const contract: QualifiedName =
    info.name === undefined
      ? listName(nameOf(slot))
      : { name: info.name, namespace: info.namespace ?? compilation.contractNamespace }
  const itemName = info.itemName ?? slot.content.contractName().name
  const name = dictionaryString(itemName)
  const { prefix, namespace, text } = compilation.prefixOf(contract.namespace)
  // Only what can't be null and needs no zod goes in one record.
  const simple = slot.isNullable || slot.isOptional || slot.check ? undefined : slot.content.simple

  function writeItems(writer: XmlWriter, items: readonly unknown[], depth: number): void {
    const array = items.length > 0 && arrayOf(simple, items)
    if (array) {
      writer.array(prefix, name, namespace, array)
      return
    }
    for (let index = 0; index < items.length; index++) {
      try {
        writeElement(slot, writer, prefix, name, namespace, items[index], depth)
      } catch (error) {
        throw within(error, `[${index}]`)
      }
    }
  }

  function readItem(reader: XmlReader, items: unknown[]): void {
    if (reader.name !== itemName || reader.namespace !== text) {
      throw new ContractError(`an item ${named(reader)} came where items ${itemName} of ${text} must stand`)
    }
    if (reader.arrayLength > 1 && simple)
      for (const value of valuesOf(reader.takeArray())) items.push(simple.from(value))
    else items.push(readSlot(slot, reader))
  }

  return {
    contractName: () => contract,
    isValueType: false,
    write(writer, value, depth) {
      const items = kind.itemsOf(value)
      writer.declareNamespace(prefix, namespace)
      writeItems(writer, items, depth)
    },
    read(reader, type) {
      checkType(type, () => contract)
      const items: unknown[] = []
      while (nextElement(reader)) {
        try {
          readItem(reader, items)
        } catch (error) {
          throw within(error, `[${items.length}]`)
        }
      }
      return kind.of(items)
    },
  }
}
