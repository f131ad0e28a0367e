/** Dictionaries: an element for each pair, with one for the key and one for the value. */
import { dictionaryString } from '#encoding/dictionary-string.ts'
import { nextElement, skipElement, type XmlReader } from '#encoding/xml-reader.ts'
import type { Compilation, Content, Slot } from './content.ts'
import { ContractError, mismatch, named, shown, within } from './contract-error.ts'
import type { ContractInfo } from './contract-info.ts'
import { arraysNamespace, pairName, type QualifiedName } from './contract-names.ts'
import { absentValue, checkType, mayBeAbsent, nameOf, readSlot, writeElement } from './slot.ts'

/** How a dictionary of JavaScript comes from pairs, and gives them. */
export interface DictionaryKind {
  of(pairs: ReadonlyMap<unknown, unknown>): unknown
  pairsOf(value: unknown): Iterable<readonly [unknown, unknown]>
}

export const maps: DictionaryKind = {
  of: (pairs) => pairs,
  pairsOf(value) {
    if (!(value instanceof Map)) throw mismatch(value, 'a Map')
    return value
  },
}

/** Objects, whose keys are always strings. */
export function records(areKeysNumbers: boolean): DictionaryKind {
  return {
    // Not by assignment: a key may be called __proto__.
    of: (pairs) => Object.fromEntries(pairs),
    pairsOf(value) {
      if (typeof value !== 'object' || value === null) throw mismatch(value, 'an object')
      const pairs = Object.entries(value)
      return areKeysNumbers ? pairs.map(([key, item]) => [Number(key), item] as const) : pairs
    },
  }
}

export function dictionaryContent(
  key: Slot,
  value: Slot,
  kind: DictionaryKind,
  info: ContractInfo,
  compilation: Compilation,
): Content {
  const pair = () => pairName(nameOf(key), nameOf(value))
  const contract: QualifiedName =
    info.name === undefined
      ? { name: `ArrayOf${pair()}`, namespace: arraysNamespace }
      : { name: info.name, namespace: info.namespace ?? compilation.contractNamespace }
  const texts = { item: info.itemName ?? pair(), key: info.keyName ?? 'Key', value: info.valueName ?? 'Value' }
  const itemName = dictionaryString(texts.item)
  const keyName = dictionaryString(texts.key)
  const valueName = dictionaryString(texts.value)
  const { prefix, namespace, text } = compilation.prefixOf(contract.namespace)

  function readPair(reader: XmlReader, pairs: Map<unknown, unknown>): void {
    if (reader.name !== texts.item || reader.namespace !== text) {
      throw new ContractError(`an item ${named(reader)} came where items ${texts.item} of ${text} must stand`)
    }
    let [hasKey, hasValue] = [false, false]
    let [itsKey, itsValue]: unknown[] = []
    while (nextElement(reader)) {
      const isHere = reader.namespace === text
      if (isHere && reader.name === texts.key) {
        if (hasKey) throw new ContractError('the element came twice', texts.key)
        itsKey = readPart(key, reader, texts.key)
        hasKey = true
      } else if (isHere && reader.name === texts.value) {
        if (hasValue) throw new ContractError('the element came twice', texts.value)
        itsValue = readPart(value, reader, texts.value)
        hasValue = true
      } else {
        skipElement(reader)
      }
    }
    if (!hasKey) throw new ContractError('the element is missing: a pair needs its key', texts.key)
    if (!hasValue && !mayBeAbsent(value)) throw new ContractError('the element is missing', texts.value)
    if (pairs.has(itsKey)) throw new ContractError(`the key ${shown(itsKey)} came twice`)
    pairs.set(itsKey, hasValue ? itsValue : absentValue(value))
  }

  return {
    contractName: () => contract,
    isValueType: false,
    write(writer, dictionary, depth) {
      const pairs = kind.pairsOf(dictionary)
      writer.declareNamespace(prefix, namespace)
      for (const [itsKey, itsValue] of pairs) {
        writer.startElement(prefix, itemName, namespace)
        try {
          writeElement(key, writer, prefix, keyName, namespace, itsKey, depth)
          writeElement(value, writer, prefix, valueName, namespace, itsValue, depth)
        } catch (error) {
          throw within(error, `[${shown(itsKey)}]`)
        }
        writer.endElement()
      }
    },
    read(reader, type) {
      checkType(type, () => contract)
      const pairs = new Map<unknown, unknown>()
      while (nextElement(reader)) {
        try {
          readPair(reader, pairs)
        } catch (error) {
          throw within(error, `[${pairs.size}]`)
        }
      }
      return kind.of(pairs)
    },
  }
}

function readPart(slot: Slot, reader: XmlReader, name: string): unknown {
  try {
    return readSlot(slot, reader)
  } catch (error) {
    throw within(error, name)
  }
}
