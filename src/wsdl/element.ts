/** Elements of WSDL files and schemas with the names that their prefixes stand for. */
import type { XmlElement } from '#config/xml.ts'
import type { QualifiedName } from '#wcf/contract-names.ts'

export interface Element extends QualifiedName {
  /** For messages: knows file and line. */
  readonly xml: XmlElement
  readonly children: readonly Element[]
  /** The attribute of this name; without a namespace, the one without a prefix. */
  attribute(name: string, namespace?: string): string | undefined
  /** What a value such as `tns:Order` names; a prefix that nobody declares stands for itself. */
  resolve(value: string): QualifiedName
}

/** Namespaces by their prefixes; the default one has the prefix ''. */
type Scope = ReadonlyMap<string, string>

export function elementOf(xml: XmlElement, outer: Scope = new Map()): Element {
  const scope = scopeOf(xml, outer)
  const resolve = (value: string): QualifiedName => {
    const [prefix, name] = parted(value.trim())
    return { name, namespace: scope.get(prefix) ?? prefix }
  }
  return {
    ...resolve(xml.name),
    xml,
    children: xml.children.map((child) => elementOf(child, scope)),
    resolve,
    attribute(name, namespace) {
      if (namespace === undefined) return xml.attributes.get(name)
      for (const [key, value] of xml.attributes) {
        const [prefix, local] = parted(key)
        if (prefix !== '' && local === name && scope.get(prefix) === namespace) return value
      }
      return undefined
    },
  }
}

function scopeOf(xml: XmlElement, outer: Scope): Scope {
  let own: Map<string, string> | undefined
  for (const [key, value] of xml.attributes) {
    const [prefix, name] = parted(key)
    const isDefault = key === 'xmlns'
    if (!isDefault && prefix !== 'xmlns') continue
    own ??= new Map(outer)
    own.set(isDefault ? '' : name, value)
  }
  return own ?? outer
}

function parted(name: string): [prefix: string, local: string] {
  const colon = name.indexOf(':')
  return colon < 0 ? ['', name] : [name.slice(0, colon), name.slice(colon + 1)]
}

/** The children of this name and namespace. */
export function childrenOf(element: Element | undefined, name: string, namespace: string): Element[] {
  return (element?.children ?? []).filter((child) => child.name === name && child.namespace === namespace)
}

export function childOf(element: Element | undefined, name: string, namespace: string): Element | undefined {
  return childrenOf(element, name, namespace)[0]
}
