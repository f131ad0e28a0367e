/** `object` of .NET: a value of a simple type, which `i:type` says. */
import { readContent } from '#encoding/xml-reader.ts'
import type { Compilation, Content } from './content.ts'
import { ContractError, mismatch, named } from './contract-error.ts'
import { schemaNamespace } from './contract-names.ts'
import type { SimpleType } from './simple-type.ts'
import { simpleTypes } from './simple-types.ts'
import { instanceName, instancePrefix, typeAttribute } from './slot.ts'

const { boolean, byte, bytes, char, date, decimal, double, duration, float, guid, int } = simpleTypes
const { long, sbyte, short, string, uint, ulong, uri, ushort } = simpleTypes

/** Those that are read, each with the values of its helper or its schema. */
const types: readonly SimpleType[] = [
  ...[string, boolean, int, double, long, date, bytes, decimal, guid, duration, float],
  ...[byte, char, sbyte, short, uint, ulong, uri, ushort],
]

/** As what a value is written that has nothing but its type in JavaScript. */
function typeOf(value: unknown): SimpleType {
  switch (typeof value) {
    case 'string':
      return string
    case 'boolean':
      return boolean
    case 'bigint':
      return long
    case 'number':
      return value === (value | 0) ? int : double
    default:
      if (value instanceof Date) return date
      if (value instanceof Uint8Array) return bytes
      throw mismatch(value, 'a string, boolean, number, bigint, Date or Uint8Array, which is all that may stand here')
  }
}

export function anyContent(compilation: Compilation): Content {
  // The types that are written are all of XML Schema.
  const { prefix, namespace } = compilation.prefixOf(schemaNamespace)
  return {
    contractName: () => ({ name: 'anyType', namespace: schemaNamespace }),
    isValueType: false,
    write(writer, value) {
      const type = typeOf(value)
      writer.declareNamespace(prefix, namespace)
      const qualified = { kind: 'qname', prefix, name: type.name } as const
      writer.attribute(instancePrefix, typeAttribute, instanceName, qualified)
      writer.value(type.to(value))
    },
    read(reader, said) {
      if (!said) throw new ContractError('a value came without its type (i:type)')
      const type = types.find(({ name, namespace }) => name === said.name && namespace === said.namespace)
      if (!type) throw new ContractError(`the type ${named(said)} came where a simple one must stand`)
      return type.from(readContent(reader))
    },
  }
}
