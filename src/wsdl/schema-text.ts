/** Types as schemas of zod, and as the types of their values. */

import type { Declaration } from './declarations.ts'
import { keyOf, quoted } from './identifiers.ts'
import { call, callWithObject, type Layout } from './layout.ts'
import type { OwnNames, Place, Type } from './model.ts'

/** What the text of a type needs to know of the file around it. */
export interface Surroundings {
  /** The declaration that stands for a type, with its name. */
  declared(type: Type): { readonly name: string; readonly declaration: Declaration } | undefined
  /** The name of the type of its values, where it has one: contracts that contain themselves do. */
  valueName(declaration: Declaration): string | undefined
  /** Remembers that the file needs it of portico/wcf. */
  use(helper: string): void
  /** The namespace as the file writes it. */
  namespace(namespace: string): string
}

/** The schema with what surrounds it. `ofStream`: the name that a stream is given. */
export function placeText(place: Place, file: Surroundings, ofStream?: string): Layout {
  const { isNullable, isOptional, type } = place
  const text = typeText(type, file, ofStream)
  // unknown() takes null by itself.
  const isNullableHere = isNullable && !isUnknown(type)
  if (isNullableHere && isOptional) return [text, '.nullish()']
  return isNullableHere ? [text, '.nullable()'] : isOptional ? [text, '.optional()'] : text
}

export function typeText(type: Type, file: Surroundings, ofStream?: string): Layout {
  const declared = file.declared(type)
  return declared ? declared.name : ownText(type, file, ofStream)
}

/** A type that isn't declared, or the value of the declaration of one that is. */
export function ownText(
  type: Type,
  file: Surroundings,
  ofStream?: string,
  itemText = (place: Place): Layout => placeText(place, file),
): Layout {
  switch (type.is) {
    case 'simple':
      file.use(type.from === 'z' ? 'z' : type.schema)
      return type.from === 'z' ? `z.${type.schema}()` : `${type.schema}()`
    case 'stream':
      file.use('stream')
      return call('stream', ofStream === undefined ? [] : [quoted(ofStream)])
    case 'list':
      return collection('array', [itemText(type.item)], type.own, file)
    case 'dictionary':
      return collection(
        isText(type.key.type) ? 'record' : 'map',
        [itemText(type.key), itemText(type.value)],
        type.own,
        file,
      )
    default:
      throw new RangeError(`a type that is ${type.is} is declared on its own`)
  }
}

function collection(of: string, args: readonly Layout[], own: OwnNames | undefined, file: Surroundings): Layout {
  file.use('z')
  const schema = call(`z.${of}`, args)
  if (!own) return schema
  const names = Object.entries(own).map(([key, text]) =>
    key === 'namespace' ? namespaceEntry(file.namespace(text)) : `${key}: ${quoted(text)}`,
  )
  return callWithObject([schema, '.meta'], [], names)
}

/** As a property, in short if it is called so. */
export const namespaceEntry = (written: string): string => (written === 'namespace' ? written : `namespace: ${written}`)

/** The type of the values in TypeScript. */
export function valueText(place: Place, file: Surroundings): string {
  const text = valueOfType(place.type, file)
  const alternatives = [text, ...(place.isNullable && text !== 'unknown' ? ['null'] : [])]
  return [...alternatives, ...(place.isOptional && text !== 'unknown' ? ['undefined'] : [])].join(' | ')
}

function valueOfType(type: Type, file: Surroundings): string {
  const declared = file.declared(type)
  if (declared) {
    const named = file.valueName(declared.declaration)
    if (named !== undefined) return named
    if (type.is !== 'list' && type.is !== 'dictionary') {
      file.use('z')
      return `z.infer<typeof ${declared.name}>`
    }
  }
  switch (type.is) {
    case 'simple':
      return type.value
    case 'list': {
      const item = valueText(type.item, file)
      return item.includes(' | ') ? `(${item})[]` : `${item}[]`
    }
    case 'dictionary': {
      const value = valueText(type.value, file)
      if (isText(type.key.type)) return `Record<string, ${value}>`
      return `Map<${valueText(type.key, file)}, ${value}>`
    }
    default:
      return 'unknown'
  }
}

/** A member of the type of values. */
export const memberText = (name: string, place: Place, file: Surroundings): string =>
  `${keyOf(name)}${place.isOptional ? '?' : ''}: ${valueText(place, file)}`

export const isUnknown = (type: Type): boolean => type.is === 'simple' && type.schema === 'unknown'
const isText = (type: Type): boolean => type.is === 'simple' && type.schema === 'string'
