/** What the schemas of a description declare: elements and types by their names, and which types are made of which. */
import { type ExpandedName, keyOf, type Scoped, schema } from './scoped-xml.ts'

export class Schemas {
  readonly #elements = new Map<string, Scoped>()
  readonly #types = new Map<string, Scoped>()
  readonly #derived = new Map<string, ExpandedName[]>()

  constructor(all: readonly Scoped[]) {
    for (const each of all) {
      const namespace = each.attribute('targetNamespace') ?? ''
      for (const child of each.children) this.#add(namespace, child)
    }
  }

  /** A global element; `at` is what names it. */
  element(name: ExpandedName, at: Scoped): Scoped {
    return this.#elements.get(keyOf(name)) ?? at.refuse(`no schema has the element ${name.name} of ${name.namespace}`)
  }

  type(name: ExpandedName): Scoped | undefined {
    return this.#types.get(keyOf(name))
  }

  /** The types that extend one, and those that extend them. */
  derivedFrom(name: ExpandedName): readonly ExpandedName[] {
    const direct = this.#derived.get(keyOf(name)) ?? []
    return direct.flatMap((each) => [each, ...this.derivedFrom(each)])
  }

  /** Whether one of `keys` stands in a type, however deep, or is its base. */
  reaches(key: string, keys: ReadonlySet<string>, seen = new Set<string>()): boolean {
    if (keys.has(key)) return true
    const type = this.#types.get(key)
    if (!type || seen.has(key)) return false
    seen.add(key)
    const derived = this.#derived.get(key) ?? []
    return [...typesNamedIn(type), ...derived].some((name) => this.reaches(keyOf(name), keys, seen))
  }

  #add(namespace: string, child: Scoped): void {
    const key = keyOf({ namespace, name: child.attribute('name') ?? '' })
    if (child.is(schema, 'element')) this.#elements.set(key, child)
    if (!child.is(schema, 'complexType') && !child.is(schema, 'simpleType')) return
    this.#types.set(key, child)
    const base = extensionOf(child)?.attribute('base')
    if (base === undefined) return
    const baseKey = keyOf(child.expand(base))
    const name = { namespace, name: child.required('name') }
    this.#derived.set(baseKey, [...(this.#derived.get(baseKey) ?? []), name])
  }
}

/** The types that are named in an element and below it. */
export function typesNamedIn(element: Scoped): readonly ExpandedName[] {
  return [element, ...element.below()].flatMap((each) => {
    const text = each.attribute('type') ?? each.attribute('base')
    return text === undefined ? [] : [each.expand(text)]
  })
}

export function extensionOf(type: Scoped): Scoped | undefined {
  return type.first(schema, 'complexContent')?.first(schema, 'extension')
}

export function sequenceOf(type: Scoped): readonly Scoped[] {
  return type.first(schema, 'sequence')?.all(schema, 'element') ?? []
}
