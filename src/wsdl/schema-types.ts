/** The types of XML Schema as data contracts: what DataContractSerializer makes of classes, and nothing else. */
import type { Report } from '#config/report.ts'
import { type QualifiedName, schemaNamespace } from '#wcf/contract-names.ts'
import { type CollectionReader, collectionOf } from './collections.ts'
import { complain } from './complain.ts'
import { childOf, type Element } from './element.ts'
import { enumerationOf } from './enumerations.ts'
import { type ContractType, isValueType, type NamedPlace, type Place, type Type } from './model.ts'
import { extensionOf, SchemaIndex } from './schema-index.ts'
import { emitsDefault, notesValueType } from './serialization-notes.ts'
import { simpleTypeOf, unknown } from './simple-types.ts'

const xs = schemaNamespace

export class SchemaTypes implements CollectionReader {
  readonly report: Report
  readonly #index: SchemaIndex
  /** By the element that declares it, so that each is read, and complained about, once. */
  readonly #types = new Map<Element, Type>()
  /** Simple types that are being read, or have been. */
  readonly #restricted = new Set<Element>()

  constructor(schemas: readonly Element[], report: Report) {
    this.report = report
    this.#index = new SchemaIndex(schemas, report)
  }

  /** A global element, as messages and faults have them. */
  element(name: QualifiedName): Element | undefined {
    return this.#index.element(name)
  }

  /** The sequence of the element's own type, as the wrapper of a message has it; undefined when it isn't one. */
  wrapped(element: Element): NamedPlace[] | undefined {
    const type = childOf(element, 'complexType', xs)
    return type && this.#members(type, type)
  }

  /** What stands in an element with a type. */
  place(element: Element): Place {
    const type = this.#typeOf(element)
    const isAbsent = element.attribute('minOccurs') === '0'
    const isNullable = element.attribute('nillable') === 'true'
    // What isn't a value type may always be null and absent; Mono says only the latter in messages.
    const isReference = !isValueType(type)
    if (isAbsent && !emitsDefault(element)) return { type, isNullable: false, isOptional: true }
    return {
      type,
      isNullable: isNullable || (isReference && isAbsent),
      isOptional: isAbsent && (isNullable || isReference),
    }
  }

  /** The type of this name; `at` names it. */
  named(name: QualifiedName, at: Element): Type {
    const simple = simpleTypeOf(name)
    if (simple) return simple
    const declared = this.#index.type(name)
    if (declared) return this.#read(declared, name)
    if (name.namespace === xs) {
      complain(this.report, at, `is of type ${name.name} of XML Schema, which no data contract has`)
    } else complain(this.report, at, `is of type ${name.name} of ${name.namespace}, which is in none of the files`)
    return unknown
  }

  #typeOf(element: Element): Type {
    const type = element.attribute('type')
    if (type !== undefined) return this.named(element.resolve(type), element)
    if (element.attribute('ref') !== undefined)
      return this.#refuse(element, 'refers to another element, as only XmlSerializer does')
    if (element.children.some((each) => each.namespace === xs && each.name !== 'annotation')) {
      return this.#refuse(element, 'has a type without a name, which no data contract has')
    }
    return unknown
  }

  #read(declared: Element, name: QualifiedName): Type {
    const known = this.#types.get(declared)
    if (known) return known
    const remember = <T extends Type>(type: T): T => {
      this.#types.set(declared, type)
      return type
    }
    if (declared.name === 'simpleType') {
      if (this.#restricted.has(declared)) return this.#refuse(declared, 'restricts itself')
      this.#restricted.add(declared)
      return remember(enumerationOf(declared, name, this))
    }
    const collection = collectionOf(declared, name, this, remember)
    if (collection) return collection
    const contract = remember<ContractType>({
      is: 'contract',
      name,
      isValueType: notesValueType(declared),
      members: [],
      base: undefined,
      children: [],
    })
    const extension = extensionOf(declared)
    const base = extension && this.named(extension.resolve(extension.attribute('base') ?? ''), extension)
    if (base?.is === 'contract') {
      contract.base = base
      if (extendsItself(contract)) return this.#refuse(declared, 'extends itself')
    } else if (base) this.#refuse(declared, 'extends what is no data contract')
    contract.members = this.#members(extension ?? declared, declared)
    for (const each of this.#index.extensionsOf(name)) {
      const derived = this.#read(each.element, each.name)
      if (derived.is === 'contract') contract.children.push(derived)
    }
    return contract
  }

  /** The elements of the one sequence of a type; whatever else is in it is refused. */
  #members(content: Element, type: Element): NamedPlace[] {
    const members: NamedPlace[] = []
    for (const child of content.children) {
      if (child.namespace !== xs || child.name === 'annotation') continue
      if (child.name === 'complexContent' && extensionOf(type)) continue
      if (child.name !== 'sequence') {
        this.#refuse(child, notOfContracts[child.name] ?? 'is not of a data contract')
        continue
      }
      for (const element of childrenOfSchema(child)) {
        const name = element.attribute('name')
        if (element.name !== 'element')
          this.#refuse(element, notOfContracts[element.name] ?? 'is not of a data contract')
        else if (name === undefined) this.#typeOf(element)
        else if (name === '__proto__') this.#refuse(element, "has a name that members of objects can't have")
        else if ((element.attribute('maxOccurs') ?? '1') !== '1')
          this.#refuse(element, 'comes several times without being a list, as only XmlSerializer has it')
        else members.push({ name, ...this.place(element) })
      }
    }
    return members
  }

  #refuse(element: Element, why: string): Type {
    complain(this.report, element, why)
    return unknown
  }
}

const notOfContracts: Readonly<Record<string, string>> = {
  any: 'may hold any element: values of such types can only be declared by hand',
  attribute: 'is an attribute, which no data contract has: of XmlSerializer, ISerializable or IsReference = true',
  anyAttribute: 'stands for attributes, which no data contract has',
  choice: 'is a choice, which no data contract has: the service uses XmlSerializer',
  all: 'has members in any order, which no data contract has: the service uses XmlSerializer',
  simpleContent: 'is a text with attributes, which no data contract has: the service uses XmlSerializer',
  complexContent: 'restricts another type, which no data contract does',
  group: 'refers to a group, which no data contract does',
}

function extendsItself({ base }: ContractType): boolean {
  const seen = new Set<ContractType>()
  for (let each = base; each; each = each.base) {
    if (seen.has(each)) return true
    seen.add(each)
  }
  return false
}

const childrenOfSchema = (element: Element) =>
  element.children.filter((child) => child.namespace === xs && child.name !== 'annotation')
