/** The types of XML Schema as data contracts: what DataContractSerializer makes of classes, and nothing else. */
import type { Report } from '#config/report.ts'
import { type QualifiedName, schemaNamespace } from '#wcf/contract-names.ts'
import { type CollectionReader, collectionOf } from './collections.ts'
import { complain } from './complain.ts'
import { childOf, childrenOf, type Element } from './element.ts'
import { enumerationOf } from './enumerations.ts'
import type { ContractType, NamedPlace, Place, Type } from './model.ts'
import { emitsDefault } from './serialization-notes.ts'
import { simpleTypeOf, unknown } from './simple-types.ts'

const key = ({ name, namespace }: QualifiedName) => `${namespace} ${name}`
const xs = schemaNamespace

export class SchemaTypes implements CollectionReader {
  readonly report: Report
  readonly #elements = new Map<string, Element>()
  readonly #declared = new Map<string, Element>()
  /** By the element that declares it, so that each is read, and complained about, once. */
  readonly #types = new Map<Element, Type>()
  /** Simple types that are being read, or have been. */
  readonly #restricted = new Set<Element>()
  /** What extends a type, by that type. */
  readonly #extensions = new Map<string, { readonly element: Element; readonly name: QualifiedName }[]>()

  constructor(schemas: readonly Element[], report: Report) {
    this.report = report
    for (const schema of schemas) {
      const namespace = schema.attribute('targetNamespace') ?? ''
      for (const element of schema.children) {
        const name = element.attribute('name')
        if (element.namespace !== xs || name === undefined) continue
        const itself = { name, namespace }
        if (element.name === 'element') first(this.#elements, key(itself), element)
        if (element.name !== 'complexType' && element.name !== 'simpleType') continue
        if (!first(this.#declared, key(itself), element)) continue
        const base = extensionOf(element)
        const of = base?.attribute('base')
        if (!base || of === undefined) continue
        const others = this.#extensions.get(key(base.resolve(of))) ?? []
        this.#extensions.set(key(base.resolve(of)), [...others, { element, name: itself }])
      }
      if (schema.children.some(hasName) && schema.attribute('elementFormDefault') !== 'qualified') {
        const wrong = schema.children.find((each) => each.namespace === xs && holdsElements(each))
        if (wrong) {
          complain(
            report,
            schema,
            'has elements without a namespace; those of WCF have one: elementFormDefault="qualified"',
          )
        }
      }
    }
  }

  /** A global element, as messages and faults have them. */
  element(name: QualifiedName): Element | undefined {
    return this.#elements.get(key(name))
  }

  /** The sequence of the element's own type, as the wrapper of a message has it; undefined when it isn't one. */
  wrapped(element: Element): NamedPlace[] | undefined {
    const type = childOf(element, 'complexType', xs)
    if (!type) return undefined
    return this.#members(type, type)
  }

  /** What stands in an element with a type. */
  place(element: Element): Place {
    const type = this.#typeOf(element)
    const isAbsent = element.attribute('minOccurs') === '0'
    const isNullable = element.attribute('nillable') === 'true'
    // What isn't a value type may always be null and absent; Mono says only the latter in messages.
    const isReference = isReferenceType(type)
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
    const declared = this.#declared.get(key(name))
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
    const contract = remember<ContractType>({ is: 'contract', name, members: [], base: undefined, children: [] })
    const extension = extensionOf(declared)
    const base = extension && this.named(extension.resolve(extension.attribute('base') ?? ''), extension)
    if (base?.is === 'contract') {
      contract.base = base
      if (extendsItself(contract)) return this.#refuse(declared, 'extends itself')
    } else if (base) this.#refuse(declared, 'extends what is no data contract')
    contract.members = this.#members(extension ?? declared, declared)
    for (const each of this.#extensions.get(key(name)) ?? []) {
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

export function isReferenceType(type: Type): boolean {
  if (type.is === 'simple') return !type.isValueType
  return type.is === 'contract' || type.is === 'list' || type.is === 'dictionary'
}

function first(map: Map<string, Element>, name: string, element: Element): boolean {
  if (map.has(name)) return false
  map.set(name, element)
  return true
}

function extendsItself({ base }: ContractType): boolean {
  const seen = new Set<ContractType>()
  for (let each = base; each; each = each.base) {
    if (seen.has(each)) return true
    seen.add(each)
  }
  return false
}

const hasName = (element: Element) => element.attribute('name') !== undefined

function holdsElements(element: Element): boolean {
  return element.children.some((child) => (child.namespace === xs && child.name === 'element') || holdsElements(child))
}

const childrenOfSchema = (element: Element) =>
  element.children.filter((child) => child.namespace === xs && child.name !== 'annotation')

function extensionOf(type: Element): Element | undefined {
  return childrenOf(type, 'complexContent', xs).flatMap((each) => childrenOf(each, 'extension', xs))[0]
}
