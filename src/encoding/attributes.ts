/** The attributes of one start tag: their namespaces, and that none is there twice. */
import { EncodingError } from './encoding-error.ts'
import type { NamespaceScopes } from './namespace-scopes.ts'
import type { Value } from './value.ts'
import type { Attribute } from './xml-reader.ts'

/** An attribute whose namespace isn't known before the whole tag is. */
export interface NamedValue {
  readonly prefix: string
  readonly name: string
  namespace: string
  readonly value: Value
}

/** Up to so many, comparing each with each costs less than a set. */
const few = 8

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
  if (attributes.length > few) {
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
