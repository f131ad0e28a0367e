/** A contract, or one derived from it: which one, `i:type` says in XML and `$type` in the value. */
import type { z } from 'zod'
import type { Compilation, Content, PrefixedNamespace, RecursiveContent } from './content.ts'
import { ContractError, mismatch, named, shown } from './contract-error.ts'
import type { QualifiedName } from './contract-names.ts'
import { nameOfObject } from './object-content.ts'
import { instanceName, instancePrefix, typeAttribute } from './slot.ts'

/** `contracts` are what may stand there, the declared one first. */
export function knownTypesContent(
  contracts: readonly z.ZodObject[],
  compilation: Compilation,
  isChecked: boolean,
): RecursiveContent {
  const names = contracts.map((contract) => nameOfObject(contract, compilation))
  const known = names.map(({ name }) => name).join(', ')
  if (new Set(names.map(({ name }) => name)).size < names.length) {
    throw new ContractError(`two of the known types ${known} have the same name, which $type could not tell apart`)
  }
  let types: readonly KnownType[] = []
  const content: Content = {
    contractName: () => nameOfObject(contracts[0] as z.ZodObject, compilation),
    isValueType: false,
    write(writer, value, depth) {
      if (typeof value !== 'object' || value === null) throw mismatch(value, 'an object')
      const { $type } = value as { readonly $type?: unknown }
      const type = $type === undefined ? types[0] : types.find(({ contract }) => contract.name === $type)
      if (!type) throw new ContractError(`the value's $type ${shown($type)} is none of ${known}`)
      if (type !== types[0]) {
        const { prefix, namespace } = type.namespace
        writer.declareNamespace(prefix, namespace)
        const qualified = { kind: 'qname', prefix, name: type.contract.name } as const
        writer.attribute(instancePrefix, typeAttribute, instanceName, qualified)
      }
      type.content.write(writer, value, depth)
    },
    read(reader, said) {
      const type = said ? types.find(({ contract }) => isSame(contract, said)) : types[0]
      if (!type) {
        throw new ContractError(`the type ${said && named(said)} came, which is none of the known types ${known}`)
      }
      const value = type.content.read(reader, undefined)
      return Object.assign(value as object, { $type: type.contract.name })
    },
  }
  return {
    content,
    complete() {
      types = contracts.map((schema, index) => {
        const contract = names[index] as QualifiedName
        const namespace = compilation.prefixOf(contract.namespace)
        return { content: compilation.contentOf(schema, isChecked), contract, namespace }
      })
    },
  }
}

interface KnownType {
  readonly content: Content
  readonly contract: QualifiedName
  readonly namespace: PrefixedNamespace
}

function isSame(one: QualifiedName, other: QualifiedName): boolean {
  return one.name === other.name && one.namespace === other.namespace
}
