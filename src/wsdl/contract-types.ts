/** Types of XML Schema, as data contracts describe themselves, as the text of schemas of `portico/wcf`. */
import { arrayShape, dictionaryShape } from './collections.ts'
import { keyText, literal, Names } from './names.ts'
import { extensionOf, type Schemas, sequenceOf, typesNamedIn } from './schemas.ts'
import { type ExpandedName, keyOf, type Scoped, schema } from './scoped-xml.ts'
import { serialization, simpleType } from './simple-names.ts'

interface Expression {
  readonly text: string
  /** Whether .NET has null for it without Nullable<T>. */
  readonly isReference: boolean
}

export class ContractTypes {
  /** What the text needs of `portico/wcf`. */
  readonly helpers = new Set<string>()
  /** Contracts and enumerations, each behind those it is made of. */
  readonly declarations: string[] = []
  readonly #schemas: Schemas
  readonly #names = new Names()
  readonly #declared = new Set<string>()
  readonly #underWay = new Set<string>()
  /** What contains something that is under way: its turn is when that is declared. */
  readonly #later = new Map<string, () => void>()

  constructor(schemas: Schemas) {
    this.#schemas = schemas
  }

  /** The elements in the sequence of an element's own type. */
  membersOf(element: Scoped): readonly Scoped[] {
    return sequenceOf(element.first(schema, 'complexType') ?? this.#typeOf(element))
  }

  /** The type of an element, with what it may be instead: null, absent. */
  slot(element: Scoped): string {
    const { text, isReference } = this.#expression(this.nameOfType(element), element)
    const isNillable = element.attribute('nillable') === 'true'
    const mayBeAbsent = element.attribute('minOccurs') === '0'
    const leavesOut = [...element.below()].some((each) => each.attribute('EmitDefaultValue') === 'false')
    if ((isReference || isNillable) && mayBeAbsent) return `${text}.nullish()`
    if (isNillable) return `${text}.nullable()`
    return leavesOut ? `${text}.optional()` : text
  }

  nameOfType(element: Scoped): ExpandedName {
    return element.expand(element.attribute('type') ?? element.refuse(`${describe(element)} names no type`))
  }

  /** The type of a fault's detail or of an item, which is not absent. */
  plain(name: ExpandedName, at: Scoped): string {
    return this.#expression(name, at).text
  }

  #typeOf(element: Scoped): Scoped {
    const name = this.nameOfType(element)
    return this.#schemas.type(name) ?? element.refuse(`no schema has the type ${name.name} of ${name.namespace}`)
  }

  #expression(name: ExpandedName, at: Scoped): Expression {
    const simple = simpleType(name.namespace, name.name)
    if (simple) {
      if (simple.helper) this.helpers.add(simple.helper)
      return { text: simple.text, isReference: simple.isReference === true }
    }
    const type = this.#schemas.type(name)
    if (!type || name.namespace === serialization)
      return at.refuse(`${describe(at)} is of the type ${name.name}, for which portico/wcf has no schema`)
    if (type.is(schema, 'simpleType')) return { text: this.#simple(name, type), isReference: false }
    return { text: this.#collection(name, type) ?? this.#contract(name, type), isReference: true }
  }

  #simple(name: ExpandedName, type: Scoped): string {
    const members = [...type.below()].filter((each) => each.is(schema, 'enumeration'))
    const values = members.map((each) => each.required('value'))
    const isFlags = type.first(schema, 'list') !== undefined
    if (values.length === 0) {
      const base = type.first(schema, 'restriction')?.attribute('base')
      return base === undefined
        ? type.refuse(`the type ${name.name} has no values`)
        : this.plain(type.expand(base), type)
    }
    const kind = isFlags ? 'flags' : 'enumeration'
    this.helpers.add(kind)
    // As .NET has it for those that say nothing else.
    const list = isFlags
      ? `{ ${values.map((value, n) => `${keyText(value)}: ${2 ** n}`).join(', ')} }`
      : `[${values.map(literal).join(', ')}]`
    return this.#declare(
      name,
      () => `${kind}(${literal(name.name)}, ${list}, { namespace: ${literal(name.namespace)} })`,
    )
  }

  #collection(name: ExpandedName, type: Scoped): string | undefined {
    const dictionary = dictionaryShape(type)
    if (dictionary) {
      const { key, value, meta } = dictionary
      const keyText = this.slot(key)
      const kind = keyText === 'z.string()' || keyText === 'z.string().nullable()' ? 'record' : 'map'
      const plainKey = kind === 'record' ? 'z.string()' : keyText
      return `z.${kind}(${plainKey}, ${this.slot(value)})${meta(name)}`
    }
    const array = arrayShape(type)
    if (!array) return undefined
    const { item, meta } = array
    const itemType = this.nameOfType(item)
    const isNillable = item.attribute('nillable') === 'true'
    return `z.array(${this.plain(itemType, item)}${isNillable ? '.nullable()' : ''})${meta(name, itemType)}`
  }

  /** The identifier of the contract, or of all that may stand for it. */
  #contract(name: ExpandedName, type: Scoped): string {
    const derived = this.#schemas.derivedFrom(name)
    if (derived.length === 0) return this.#declare(name, () => this.#object(name, type))
    // One schema for all places: contracts that contain each other are told by it.
    const key = `${keyOf(name)} or derived`
    const identifier = this.#names.of(key, `Any${name.name}`)
    if (this.#declared.has(key)) return identifier
    if (this.#reaches(keyOf(name))) {
      this.#later.set(key, () => this.#contract(name, type))
      return identifier
    }
    this.#declared.add(key)
    const all = [name, ...derived].map((each) => {
      const its = this.#schemas.type(each) ?? type
      return this.#declare(each, () => this.#object(each, its))
    })
    this.helpers.add('knownTypes')
    this.declarations.push(`export const ${identifier} = knownTypes(${all.join(', ')})`)
    return identifier
  }

  #object(name: ExpandedName, type: Scoped): string {
    this.helpers.add('contract')
    const extension = extensionOf(type)
    const base = extension && type.expand(extension.required('base'))
    const baseType = base && this.#schemas.type(base)
    const baseText = base && baseType && this.#declare(base, () => this.#object(base, baseType))
    const members = sequenceOf(extension ?? type)
    const lines = members.map((member) => {
      const key = keyText(member.required('name'))
      // What is declared only later, because it contains this one, is asked for when it is there; TypeScript can't infer its type.
      const text = this.slot(member)
      return this.#isLater(member) ? `  get ${key}(): z.ZodType {\n    return ${text}\n  },` : `  ${key}: ${text},`
    })
    const keys = members.map((member) => member.required('name'))
    const isByName = keys.every((key, n) => n === 0 || String(keys[n - 1]) < key)
    const settings = [
      `namespace: ${literal(name.namespace)}`,
      ...(baseText ? [`base: ${baseText}`] : []),
      ...(isByName ? [] : [`order: [${keys.map(literal).join(', ')}]`]),
    ]
    return `contract(${literal(name.name)}, {\n${lines.join('\n')}\n}, { ${settings.join(', ')} })`
  }

  #isLater(member: Scoped): boolean {
    return typesNamedIn(member).some((name) => this.#reaches(keyOf(name)))
  }

  /** Whether it contains something that is under way. */
  #reaches(key: string): boolean {
    return this.#schemas.reaches(key, this.#underWay)
  }

  #declare(name: ExpandedName, text: () => string): string {
    const key = keyOf(name)
    const identifier = this.#names.of(key, name.name)
    if (this.#declared.has(key)) return identifier
    if (this.#reaches(key)) {
      if (!this.#underWay.has(key)) this.#later.set(key, () => this.#declare(name, text))
      return identifier
    }
    this.#underWay.add(key)
    const declared = text()
    this.#underWay.delete(key)
    this.#declared.add(key)
    this.declarations.push(`export const ${identifier} = ${declared}`)
    if (this.#underWay.size === 0) {
      const later = [...this.#later.values()]
      this.#later.clear()
      for (const declare of later) declare()
    }
    return identifier
  }
}

const describe = (element: Scoped) => `the element ${element.attribute('name') ?? element.element.name}`
