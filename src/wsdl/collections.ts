/** Lists and dictionaries: types whose one element comes any number of times. */
import type { Report } from '#config/report.ts'
import {
  arraysNamespace,
  listName,
  nullableName,
  pairName,
  type QualifiedName,
  schemaNamespace,
} from '#wcf/contract-names.ts'
import { complain } from './complain.ts'
import { childOf, childrenOf, type Element } from './element.ts'
import { type DictionaryType, isValueType, type ListType, type OwnNames, type Place, type Type } from './model.ts'
import { isDictionary } from './serialization-notes.ts'
import { unknown } from './simple-types.ts'

/** What reads the types inside. */
export interface CollectionReader {
  readonly report: Report
  place(element: Element): Place
  named(name: QualifiedName, at: Element): Type
}

type Remember = <T extends Type>(type: T) => T

/** Undefined for a type that is no collection. `remember` is called before its inside is read, which may contain itself. */
export function collectionOf(
  declared: Element,
  name: QualifiedName,
  reader: CollectionReader,
  remember: Remember,
): ListType | DictionaryType | undefined {
  const sequence = childOf(declared, 'sequence', schemaNamespace)
  const [item, ...others] = sequence?.children ?? []
  if (!item || others.length > 0 || item.name !== 'element' || (item.attribute('maxOccurs') ?? '1') === '1') return
  const itemName = item.attribute('name')
  if (itemName === undefined) return undefined
  const pair = childOf(childOf(item, 'complexType', schemaNamespace), 'sequence', schemaNamespace)
  const nothing: Place = { type: unknown, isNullable: false, isOptional: false }
  if (isDictionary(declared) && pair) {
    const [key, value] = childrenOf(pair, 'element', schemaNamespace)
    if (!key || !value || pair.children.length !== 2) {
      complain(reader.report, item, 'is the pair of a dictionary and must have two elements, a key and a value')
      return remember({ is: 'dictionary', name, own: undefined, key: nothing, value: nothing })
    }
    const dictionary: DictionaryType = { is: 'dictionary', name, own: undefined, key: nothing, value: nothing }
    remember(dictionary)
    // A key is never null, whatever its type allows.
    dictionary.key = { ...inCollection(reader.place(key)), isNullable: false }
    dictionary.value = inCollection(reader.place(value))
    const names = { itemName, keyName: key.attribute('name') ?? '', valueName: value.attribute('name') ?? '' }
    dictionary.own = ownNamesOfDictionary(dictionary, names)
    return dictionary
  }
  const list: ListType = { is: 'list', name, own: undefined, item: nothing }
  remember(list)
  list.item = inCollection(reader.place(item))
  list.own = ownNamesOfList(list, itemName)
  return list
}

/** An item is there or isn't one. */
const inCollection = ({ type, isNullable }: Place): Place => ({ type, isNullable, isOptional: false })

/** As the types say it; streams have none. */
function contractName(type: Type): QualifiedName {
  return type.is === 'stream' ? { name: '', namespace: '' } : type.name
}

function nameOf({ type, isNullable }: Place): QualifiedName {
  return isNullable && isValueType(type) ? nullableName(contractName(type)) : contractName(type)
}

function ownNamesOfList({ name, item }: ListType, itemName: string): OwnNames | undefined {
  const expected = listName(nameOf(item))
  const isExpectedItem = itemName === contractName(item.type).name
  if (isExpectedItem && name.name === expected.name && name.namespace === expected.namespace) return undefined
  return { name: name.name, namespace: name.namespace, itemName }
}

function ownNamesOfDictionary(
  { name, key, value }: DictionaryType,
  names: { readonly itemName: string; readonly keyName: string; readonly valueName: string },
): OwnNames | undefined {
  const pair = pairName(nameOf(key), nameOf(value))
  const isExpected =
    name.name === `ArrayOf${pair}` &&
    name.namespace === arraysNamespace &&
    names.itemName === pair &&
    names.keyName === 'Key' &&
    names.valueName === 'Value'
  return isExpected ? undefined : { name: name.name, namespace: name.namespace, ...names }
}
