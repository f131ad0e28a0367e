/** Lists and dictionaries among the types of a schema, and the names by which they differ from .NET's own. */
import { literal } from './names.ts'
import { type ExpandedName, type Scoped, schema } from './scoped-xml.ts'

interface ArrayShape {
  readonly item: Scoped
  /** `.meta(…)` with the names that .NET wouldn't have chosen. */
  meta(name: ExpandedName, itemType: ExpandedName): string
}

interface DictionaryShape {
  readonly key: Scoped
  readonly value: Scoped
  meta(name: ExpandedName): string
}

export function arrayShape(type: Scoped): ArrayShape | undefined {
  const item = onlyRepeated(type)
  if (!item || item.attribute('type') === undefined) return undefined
  const itemName = item.required('name')
  return {
    item,
    meta(name, itemType) {
      if (name.name === `ArrayOf${itemType.name}` && itemName === itemType.name) return ''
      return metaText({ name: name.name, namespace: name.namespace, itemName })
    },
  }
}

export function dictionaryShape(type: Scoped): DictionaryShape | undefined {
  const pair = onlyRepeated(type)
  const isSaid = [...type.below()].some((each) => each.name.name === 'IsDictionary')
  const [key, value] = pair?.first(schema, 'complexType')?.first(schema, 'sequence')?.all(schema, 'element') ?? []
  if (!isSaid || !pair || !key || !value) return undefined
  const names = { itemName: pair.required('name'), keyName: key.required('name'), valueName: value.required('name') }
  return {
    key,
    value,
    meta(name) {
      const isUsual = name.name === `ArrayOf${names.itemName}` && names.itemName.startsWith('KeyValueOf')
      if (isUsual && names.keyName === 'Key' && names.valueName === 'Value') return ''
      return metaText({ name: name.name, namespace: name.namespace, ...names })
    },
  }
}

function onlyRepeated(type: Scoped): Scoped | undefined {
  const [only, other] = type.first(schema, 'sequence')?.all(schema, 'element') ?? []
  return only?.attribute('maxOccurs') === 'unbounded' && !other ? only : undefined
}

function metaText(names: Readonly<Record<string, string>>): string {
  const parts = Object.entries(names).map(([key, value]) => `${key}: ${literal(value)}`)
  return `.meta({ ${parts.join(', ')} })`
}
