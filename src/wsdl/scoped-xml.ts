/** Elements whose names and values are resolved with the namespaces that are in scope where they stand. */
import { PorticoError } from '#base/errors.ts'
import type { XmlElement } from '#config/xml.ts'

export const wsdl = 'http://schemas.xmlsoap.org/wsdl/'
export const schema = 'http://www.w3.org/2001/XMLSchema'

export interface ExpandedName {
  readonly namespace: string
  readonly name: string
}

export const keyOf = ({ namespace, name }: ExpandedName) => `{${namespace}}${name}`

export class Scoped {
  readonly element: XmlElement
  readonly name: ExpandedName
  readonly #prefixes: ReadonlyMap<string, string>
  #children: readonly Scoped[] | undefined

  constructor(element: XmlElement, around: ReadonlyMap<string, string> = new Map()) {
    this.element = element
    const declared = [...element.attributes].filter(([name]) => /^xmlns(:|$)/.test(name))
    this.#prefixes = new Map([...around, ...declared.map(([name, uri]) => [name.slice('xmlns:'.length), uri] as const)])
    this.name = this.expand(element.name)
  }

  get children(): readonly Scoped[] {
    this.#children ??= this.element.children.map((child) => new Scoped(child, this.#prefixes))
    return this.#children
  }

  is(namespace: string, name: string): boolean {
    return this.name.namespace === namespace && this.name.name === name
  }

  all(namespace: string, name: string): readonly Scoped[] {
    return this.children.filter((child) => child.is(namespace, name))
  }

  first(namespace: string, name: string): Scoped | undefined {
    return this.children.find((child) => child.is(namespace, name))
  }

  /** Every element below, at any depth. */
  *below(): Generator<Scoped> {
    for (const child of this.children) {
      yield child
      yield* child.below()
    }
  }

  /** An attribute by its local name, whatever its prefix. */
  attribute(name: string): string | undefined {
    const { attributes } = this.element
    return attributes.get(name) ?? [...attributes].find(([key]) => key.endsWith(`:${name}`))?.[1]
  }

  /** An attribute that must be there. */
  required(name: string): string {
    return this.attribute(name) ?? this.refuse(`<${this.element.name}> has no attribute ${name}`)
  }

  /** `prefix:name` as it is meant here. */
  expand(text: string): ExpandedName {
    const [first = '', second] = text.split(':')
    const prefix = second === undefined ? '' : first
    const namespace = this.#prefixes.get(prefix)
    if (namespace === undefined && prefix !== '') this.refuse(`the prefix ${prefix} is not declared`)
    return { namespace: namespace ?? '', name: second ?? first }
  }

  refuse(wrong: string): never {
    throw new PorticoError('WSDL_INVALID', { file: this.element.file, line: this.element.line(), wrong })
  }
}
