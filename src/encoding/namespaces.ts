/** Which prefix means which namespace: in a document that is read, and in one that is written. */
import { type Name, textOf } from './dictionary-string.ts'
import { EncodingError } from './encoding-error.ts'
import type { Value } from './value.ts'
import type { Attribute } from './xml-reader.ts'

export const xmlNamespace = 'http://www.w3.org/XML/1998/namespace'

/** With more declarations in force, a map finds a prefix faster than a look at each; most messages have three. */
const few = 12

export class NamespaceScopes {
  // What is declared, in order: prefix, namespace, the mark of the element, and the declaration that it hides or -1.
  readonly #prefixes: string[] = []
  readonly #namespaces: string[] = []
  readonly #marks: number[] = []
  readonly #hidden: number[] = []
  /** The declaration in force of each prefix, once there are more than a few. */
  #latest: Map<string, number> | undefined

  /** The scope as it is now, for `rewind`. Between two elements that declare something it is never the same. */
  get mark(): number {
    return this.#prefixes.length
  }

  namespaceOf(prefix: string): string | undefined {
    const index = this.#find(prefix)
    if (index >= 0) return this.#namespaces[index]
    if (prefix === '') return ''
    return prefix === 'xml' ? xmlNamespace : undefined
  }

  /** Declares a prefix for the element whose scope began at `mark`; false when that has declared it already. */
  declare(prefix: string, namespace: string, mark: number): boolean {
    const before = this.#find(prefix)
    if (before >= 0 && this.#marks[before] === mark) return false
    const index = this.#prefixes.push(prefix) - 1
    this.#namespaces.push(namespace)
    this.#marks.push(mark)
    this.#hidden.push(before)
    if (this.#latest) this.#latest.set(prefix, index)
    else if (index >= few) this.#latest = new Map(this.#prefixes.map((declared, place) => [declared, place]))
    return true
  }

  /** Forgets what was declared since `mark`. */
  rewind(mark: number): void {
    while (this.#prefixes.length > mark) {
      const prefix = this.#prefixes.pop() ?? ''
      const before = this.#hidden.pop() ?? -1
      this.#namespaces.pop()
      this.#marks.pop()
      if (before >= 0) this.#latest?.set(prefix, before)
      else this.#latest?.delete(prefix)
    }
  }

  #find(prefix: string): number {
    if (this.#latest) return this.#latest.get(prefix) ?? -1
    let index = this.#prefixes.length - 1
    while (index >= 0 && this.#prefixes[index] !== prefix) index -= 1
    return index
  }
}

/** An attribute whose namespace isn't known before the whole tag is. */
export interface NamedValue {
  readonly prefix: string
  readonly name: string
  namespace: string
  readonly value: Value
}

/** Up to so many, comparing each with each costs less than a set. */
const fewAttributes = 8

/** Gives the attributes their namespaces. `tag` knows where it begins, which not every reader knows without counting. */
export function resolveAttributes(
  attributes: NamedValue[],
  scopes: NamespaceScopes,
  tag: { readonly offset: number },
): readonly Attribute[] {
  for (const attribute of attributes) {
    const { prefix } = attribute
    // Attributes without a prefix are in no namespace, whatever the default one is.
    if (prefix === '') continue
    const namespace = scopes.namespaceOf(prefix)
    if (namespace === undefined) {
      throw new EncodingError('unboundPrefix', `the prefix ${prefix} has no namespace`, tag.offset)
    }
    attribute.namespace = namespace
  }
  if (attributes.length > 1) checkDuplicates(attributes, tag)
  return attributes
}

function checkDuplicates(attributes: readonly NamedValue[], tag: { readonly offset: number }): void {
  if (attributes.length > fewAttributes) {
    const different = new Set(attributes.map(({ name, namespace }) => `${name}\n${namespace}`))
    if (different.size < attributes.length) {
      throw new EncodingError('duplicateAttribute', 'an element has the same attribute twice', tag.offset)
    }
    return
  }
  for (let one = 1; one < attributes.length; one++) {
    for (let other = 0; other < one; other++) {
      const [a, b] = [attributes[one], attributes[other]]
      if (a?.name !== b?.name || a?.namespace !== b?.namespace) continue
      throw new EncodingError('duplicateAttribute', `an element has the attribute ${a?.name} twice`, tag.offset)
    }
  }
}

export class DeclaredNamespaces {
  readonly #scopes = new NamespaceScopes()
  readonly #marks: number[] = []
  /** What the open start tag declares, in order: written behind its attributes, as .NET peers do. */
  readonly pending: { readonly prefix: string; readonly namespace: Name }[] = []

  get depth(): number {
    return this.#marks.length
  }

  enter(): void {
    this.#marks.push(this.#scopes.mark)
  }

  leave(): void {
    const mark = this.#marks.pop()
    if (mark === undefined) throw new RangeError('no element is open')
    this.#scopes.rewind(mark)
  }

  /** Declares a prefix in the element entered last, unless it means the namespace already. */
  need(prefix: string, namespace: Name): void {
    const text = textOf(namespace)
    const meant = this.#scopes.namespaceOf(prefix)
    if (meant === text) return
    if (prefix === 'xml' || prefix === 'xmlns' || text === xmlNamespace) {
      throw new EncodingError('reservedPrefix', `the prefix ${prefix} can't stand for ${text}`)
    }
    if (prefix !== '' && text === '') {
      throw new EncodingError('unboundPrefix', `the prefix ${prefix} can't stand for no namespace`)
    }
    if (!this.#scopes.declare(prefix, text, this.#marks.at(-1) ?? 0)) {
      const says = `the prefix "${prefix}" can't stand for ${text} and for ${meant} in one start tag`
      throw new EncodingError('duplicateDeclaration', says)
    }
    this.pending.push({ prefix, namespace })
  }

  /** Forgets everything: for a document that was left unfinished. */
  reset(): void {
    this.#scopes.rewind(0)
    this.#marks.length = 0
    this.pending.length = 0
  }
}
