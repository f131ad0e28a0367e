/** Types of zod as contents. */
import type { z } from 'zod'
import { anyContent } from './any-content.ts'
import type { Compilation, Content } from './content.ts'
import { ContractError } from './contract-error.ts'
import { contractInfo, helperInfo } from './contract-info.ts'
import type { QualifiedName } from './contract-names.ts'
import { dictionaryContent, maps, records } from './dictionary-content.ts'
import { enumContent, flagsContent } from './enum-content.ts'
import { arrays, listContent, sets } from './list-content.ts'
import { formatOf } from './schema-checks.ts'
import { contentOfType } from './simple-content.ts'
import type { SimpleTypeName } from './simple-types.ts'

type Schema = z.core.$ZodTypes

/** The content of every type but objects and known types, which may contain themselves. */
export function plainContent(schema: Schema, compilation: Compilation, isChecked: boolean): Content {
  const helper = helperInfo(schema)
  if (helper.simple) return contentOfType(helper.simple)
  if (helper.flags) return flagsContent(helper.flags, () => nameOfEnum(schema, compilation))
  const { def } = schema._zod
  switch (def.type) {
    case 'string':
      return contentOfType(stringTypes[String('format' in def && def.format)] ?? 'string')
    case 'template_literal':
      return contentOfType('string')
    case 'number':
      return contentOfType(numberTypes[formatOf(schema as z.core.$ZodNumber) ?? ''] ?? 'finiteDouble')
    case 'bigint':
      return contentOfType(formatOf(schema as z.core.$ZodBigInt) === 'uint64' ? 'ulong' : 'long')
    case 'boolean':
      return contentOfType('boolean')
    case 'date':
      return contentOfType('date')
    case 'any':
    case 'unknown':
      return anyContent(compilation)
    case 'literal':
      return literalContent(def.values)
    case 'enum':
      return enumContent(def.entries as Readonly<Record<string, string | number>>, () =>
        nameOfEnum(schema, compilation),
      )
    case 'custom':
      if (isBytes(schema._zod.bag.Class)) return contentOfType('bytes')
      break
    case 'array':
      return listContent(compilation.slotOf(def.element, isChecked), arrays, contractInfo(schema), compilation)
    case 'set':
      return listContent(compilation.slotOf(def.valueType, isChecked), sets, contractInfo(schema), compilation)
    case 'map': {
      const [key, value] = [compilation.slotOf(def.keyType, isChecked), compilation.slotOf(def.valueType, isChecked)]
      return dictionaryContent(key, value, maps, contractInfo(schema), compilation)
    }
    case 'record': {
      const [key, value] = [compilation.slotOf(def.keyType, isChecked), compilation.slotOf(def.valueType, isChecked)]
      const kind = records((def.keyType as Schema)._zod.def.type === 'number')
      return dictionaryContent(key, value, kind, contractInfo(schema), compilation)
    }
    default:
  }
  throw new ContractError(`z.${def.type}() has no data contract${remedies[def.type] ?? ''}`)
}

const stringTypes: Readonly<Record<string, SimpleTypeName>> = {
  uuid: 'guid',
  guid: 'guid',
  url: 'uri',
  datetime: 'dateTimeText',
  duration: 'durationText',
}

const numberTypes: Readonly<Record<string, SimpleTypeName>> = {
  int32: 'int',
  uint32: 'uint',
  safeint: 'safeLong',
  float32: 'finiteFloat',
}

const remedies: Readonly<Record<string, string>> = {
  union: ': use knownTypes(Base, Derived, …) for contracts, enumeration(…) for names, z.nullable(…) for null',
  intersection: ': use contract(…, { base }) or z.object(…).extend(…)',
  tuple: ': use z.array(…) or z.object(…)',
  transform: ': let it follow the type that comes, in z.pipe(…) or .transform(…)',
  custom: ': only z.instanceof(Uint8Array) and the helpers of portico/wcf have one',
}

function isBytes(type: unknown): boolean {
  return type === Uint8Array || type === Buffer
}

function literalContent(values: readonly unknown[]): Content {
  const types = new Set(values.map((value) => typeof value))
  const [type = ''] = types
  const simple = ({ string: 'string', number: 'finiteDouble', boolean: 'boolean', bigint: 'long' } as const)[
    type as 'string'
  ]
  if (types.size === 1 && simple) return contentOfType(simple)
  throw new ContractError(
    'z.literal(…) has a data contract only with strings, numbers, booleans or bigints, of one type',
  )
}

function nameOfEnum(schema: Schema, { contractNamespace }: Compilation): QualifiedName {
  const { name, namespace = contractNamespace } = contractInfo(schema)
  if (name !== undefined) return { name, namespace }
  throw new ContractError(
    "an enumeration needs a name, since it stands in a list or dictionary: make it with enumeration('Name', …) or give it .meta({ name: 'Name' })",
  )
}
