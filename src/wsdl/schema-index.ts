/** What schemas declare, by name. */
import type { Report } from '#config/report.ts'
import { type QualifiedName, schemaNamespace as xs } from '#wcf/contract-names.ts'
import { complain } from './complain.ts'
import { childrenOf, type Element } from './element.ts'

interface Extension {
  readonly element: Element
  readonly name: QualifiedName
}

const key = ({ name, namespace }: QualifiedName) => `${namespace} ${name}`

export class SchemaIndex {
  readonly #elements = new Map<string, Element>()
  readonly #types = new Map<string, Element>()
  /** By what they extend. */
  readonly #extensions = new Map<string, Extension[]>()

  /** Of what is declared twice, the first counts. Reports schemas whose elements have no namespace. */
  constructor(schemas: readonly Element[], report: Report) {
    for (const schema of schemas) {
      const namespace = schema.attribute('targetNamespace') ?? ''
      for (const element of schema.children) {
        const name = element.attribute('name')
        if (element.namespace === xs && name !== undefined) this.#add(element, { name, namespace })
      }
      if (schema.attribute('elementFormDefault') !== 'qualified' && holdsElements(schema)) {
        complain(
          report,
          schema,
          'has elements without a namespace; in WCF they have one: elementFormDefault="qualified"',
        )
      }
    }
  }

  element(name: QualifiedName): Element | undefined {
    return this.#elements.get(key(name))
  }

  type(name: QualifiedName): Element | undefined {
    return this.#types.get(key(name))
  }

  extensionsOf(name: QualifiedName): readonly Extension[] {
    return this.#extensions.get(key(name)) ?? []
  }

  #add(element: Element, name: QualifiedName): void {
    const own = key(name)
    if (element.name === 'element' && !this.#elements.has(own)) this.#elements.set(own, element)
    const isType = element.name === 'complexType' || element.name === 'simpleType'
    if (!isType || this.#types.has(own)) return
    this.#types.set(own, element)
    const extension = extensionOf(element)
    const base = extension?.attribute('base')
    if (!extension || base === undefined) return
    const extended = key(extension.resolve(base))
    this.#extensions.set(extended, [...(this.#extensions.get(extended) ?? []), { element, name }])
  }
}

/** What a complex type adds to another one. */
export function extensionOf(type: Element): Element | undefined {
  return childrenOf(type, 'complexContent', xs).flatMap((each) => childrenOf(each, 'extension', xs))[0]
}

/** Whether elements stand in its types: those of the schema itself always have its namespace. */
function holdsElements(schema: Element): boolean {
  const holds = (element: Element): boolean =>
    element.children.some((child) => (child.namespace === xs && child.name === 'element') || holds(child))
  return schema.children.some((child) => child.namespace === xs && holds(child))
}
