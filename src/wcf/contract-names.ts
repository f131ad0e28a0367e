/** Names and namespaces of data contracts where nobody gives them any: how .NET makes them from the types. */
import { createHash } from 'node:crypto'

export interface QualifiedName {
  readonly name: string
  readonly namespace: string
}

export const schemaNamespace = 'http://www.w3.org/2001/XMLSchema'
export const instanceNamespace = 'http://www.w3.org/2001/XMLSchema-instance'
/** Of the types of .NET that XML Schema lacks, and of the attributes for references. */
export const serializationNamespace = 'http://schemas.microsoft.com/2003/10/Serialization/'
/** Of collections of types that are in one of the two. */
export const arraysNamespace = 'http://schemas.microsoft.com/2003/10/Serialization/Arrays'
export const systemNamespace = clrNamespace('System')

/** The namespace of the contracts in a namespace of .NET, where they say no other: `clrNamespace('Shop.Orders')`. */
export function clrNamespace(name: string): string {
  return `http://schemas.datacontract.org/2004/07/${name}`
}

function isBuiltIn(namespace: string): boolean {
  return namespace === schemaNamespace || namespace === serializationNamespace
}

/** The namespace of a collection, and of its items, by that of the items' contract. */
export function collectionNamespace(namespace: string): string {
  return isBuiltIn(namespace) ? arraysNamespace : namespace
}

/** The name of a list by that of its items. */
export function listName({ name, namespace }: QualifiedName): QualifiedName {
  return { name: `ArrayOf${name}`, namespace: collectionNamespace(namespace) }
}

/** The name of a value type that may be null. */
export function nullableName(of: QualifiedName): QualifiedName {
  return { name: `NullableOf${genericArguments(of)}`, namespace: systemNamespace }
}

/** The name of the pairs of a dictionary. */
export function pairName(key: QualifiedName, value: QualifiedName): string {
  return `KeyValueOf${genericArguments(key, value)}`
}

/** The names of the arguments of a generic type, and a digest of their namespaces if one is not among the built-in ones. */
function genericArguments(...types: readonly QualifiedName[]): string {
  const names = types.map(({ name }) => name).join('')
  if (types.every(({ namespace }) => isBuiltIn(namespace))) return names
  const namespaces = types.map(({ namespace }) => ` ${namespace}`).join('')
  // Six bytes are eight characters in base64; names have neither + nor /.
  const digest = createHash('md5').update(` ${types.length}${namespaces}`).digest().subarray(0, 6).toString('base64')
  return names + digest.replaceAll('/', '_S').replaceAll('+', '_P')
}
