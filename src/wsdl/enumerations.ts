/** Simple types: enumerations, flags, and texts and numbers that are restricted. */
import { type QualifiedName, schemaNamespace } from '#wcf/contract-names.ts'
import type { CollectionReader } from './collections.ts'
import { complain } from './complain.ts'
import { childOf, childrenOf, type Element } from './element.ts'
import type { Type } from './model.ts'
import { numberOf } from './serialization-notes.ts'
import { unknown } from './simple-types.ts'

export function enumerationOf(declared: Element, name: QualifiedName, reader: CollectionReader): Type {
  const list = childOf(declared, 'list', schemaNamespace)
  const holder = list ? childOf(list, 'simpleType', schemaNamespace) : declared
  const restriction = childOf(holder, 'restriction', schemaNamespace)
  const members = childrenOf(restriction, 'enumeration', schemaNamespace)
  if (!restriction || (list && members.length === 0)) {
    complain(reader.report, declared, 'is a simple type that is no enumeration, which no data contract has')
    return unknown
  }
  // .NET too takes it for what it restricts.
  if (members.length === 0) return reader.named(restriction.resolve(restriction.attribute('base') ?? ''), restriction)
  const values = members.map((each) => each.attribute('value') ?? '')
  if (!list) return { is: 'enumeration', name, values }
  return {
    is: 'flags',
    name,
    members: new Map(members.map((each, at) => [values[at] ?? '', numberOf(each) ?? 2 ** at])),
  }
}
