/** The declarations of data contracts, enumerations and collections, as a file has them. */
import { type Declaration, derivedFrom } from './declarations.ts'
import { keyOf, quoted } from './identifiers.ts'
import { array, call, callWithObject, type Layout, object } from './layout.ts'
import type { ContractType, NamedPlace, Place } from './model.ts'
import { memberText, namespaceEntry, ownText, placeText, type Surroundings, valueText } from './schema-text.ts'

export interface DeclarationsFile extends Surroundings {
  nameOf(declaration: Declaration): string
  /** Whether the schema of the place needs what is declared further down than `of`. */
  isLater(place: Place, of: Declaration): boolean
}

/** What stands behind `const <name> = `. */
export function declarationText(declaration: Declaration, file: DeclarationsFile): Layout {
  switch (declaration.is) {
    case 'contract':
      file.use('contract')
      return call('contract', [
        quoted(declaration.name.name),
        object(declaration.members.map((each) => memberOf(each, declaration, file))),
        object(settingsOf(declaration, file)),
      ])
    case 'family':
      file.use('knownTypes')
      return call(
        'knownTypes',
        [declaration.of, ...derivedFrom(declaration.of)].map((each) => file.nameOf(each)),
      )
    case 'enumeration':
      file.use('enumeration')
      return callWithObject(
        'enumeration',
        [quoted(declaration.name.name), array(declaration.values.map(quoted))],
        [namespaceEntry(file.namespace(declaration.name.namespace))],
      )
    case 'flags': {
      file.use('flags')
      const members = [...declaration.members].map(([name, value]) => `${keyOf(name)}: ${value}`)
      const settings = [namespaceEntry(file.namespace(declaration.name.namespace))]
      return call('flags', [quoted(declaration.name.name), object(members), object(settings)])
    }
    case 'list':
    case 'dictionary':
      return ownText(declaration, file, undefined, (place) => itemText(place, declaration, file))
  }
}

/** A collection may contain itself, through contracts in it. */
function itemText(place: Place, of: Declaration, file: DeclarationsFile): Layout {
  const text = placeText(place, file)
  if (!file.isLater(place, of)) return text
  return ['z.lazy((): ', schemaType(place, file), ' => ', text, ')']
}

function memberOf(member: NamedPlace, of: Declaration, file: DeclarationsFile): Layout {
  const text = placeText(member, file)
  if (!file.isLater(member, of)) return [keyOf(member.name), ': ', text]
  file.use('z')
  const body: Layout = ['{', { indented: [{ line: ' ' }, 'return ', text] }, { line: ' ' }, '}']
  return [`get ${keyOf(member.name)}(): ${schemaType(member, file)} `, { group: body, mustBreak: true }]
}

/** The type of a schema in words, where TypeScript would go round in circles. */
function schemaType({ isNullable, isOptional, type }: Place, file: Surroundings): string {
  const inner = `SchemaOf<${valueText({ type, isNullable: false, isOptional: false }, file)}>`
  const nullable = isNullable ? `z.ZodNullable<${inner}>` : inner
  return isOptional ? `z.ZodOptional<${nullable}>` : nullable
}

function settingsOf({ name, members, base }: ContractType, file: DeclarationsFile): Layout[] {
  const keys = members.map((each) => each.name)
  const isSorted = keys.every((key, index) => index === 0 || (keys[index - 1] ?? '') < key)
  return [
    namespaceEntry(file.namespace(name.namespace)),
    ...(isSorted ? [] : [['order: ', array(keys.map(quoted))] satisfies Layout]),
    ...(base ? [`base: ${file.nameOf(base)}`] : []),
  ]
}

/** The type of the values of a contract that contains itself. */
export function valueDeclaration(declaration: ContractType, name: string, file: DeclarationsFile): string {
  const { base, members } = declaration
  const parent = base && (file.valueName(base) ?? `z.infer<typeof ${file.nameOf(base)}>`)
  const lines = members.map((each) => `  ${memberText(each.name, each, file)}\n`)
  return `interface ${name}${parent ? ` extends ${parent}` : ''} {${lines.length > 0 ? `\n${lines.join('')}` : ''}}`
}
