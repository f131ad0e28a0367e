/** Data contracts: members in the order of .NET, each an element. */
import type { z } from 'zod'
import { type DictionaryString, dictionaryString } from '#encoding/dictionary-string.ts'
import { isName } from '#encoding/xml-characters.ts'
import { nextElement, skipElement, type XmlReader } from '#encoding/xml-reader.ts'
import type { Compilation, Content, PrefixedNamespace, RecursiveContent, Slot } from './content.ts'
import { ContractError, mismatch, named, within } from './contract-error.ts'
import { type ContractInfo, contractInfo, helperInfo } from './contract-info.ts'
import type { QualifiedName } from './contract-names.ts'
import { absentValue, checkType, mayBeAbsent, readSlot, writeElement } from './slot.ts'

interface Member {
  readonly key: string
  readonly text: string
  readonly name: DictionaryString
  readonly namespace: PrefixedNamespace
  readonly slot: Slot
}

export function objectContent(
  schema: z.core.$ZodObject,
  compilation: Compilation,
  isChecked: boolean,
): RecursiveContent {
  let members: readonly Member[] = []
  let namespaces: readonly PrefixedNamespace[] = []
  const name = () => nameOfObject(schema, compilation)
  const content: Content = {
    contractName: name,
    isValueType: false,
    write(writer, value, depth) {
      if (typeof value !== 'object' || value === null) throw mismatch(value, 'an object')
      for (const { prefix, namespace } of namespaces) writer.declareNamespace(prefix, namespace)
      for (const member of members) {
        const { key, namespace, slot } = member
        const own = (value as Record<string, unknown>)[key]
        if (own === undefined && slot.isOptional) continue
        try {
          writeElement(slot, writer, namespace.prefix, member.name, namespace.namespace, own, depth)
        } catch (error) {
          throw within(error, member.text)
        }
      }
    },
    read(reader, type) {
      checkType(type, name)
      return readMembers(reader, members)
    },
  }
  return {
    content,
    complete() {
      members = membersOf(schema, compilation, isChecked)
      namespaces = [...new Set(members.map(({ namespace }) => namespace))]
    },
  }
}

function readMembers(reader: XmlReader, members: readonly Member[]): unknown {
  const value: Record<string, unknown> = {}
  const seen: boolean[] = []
  let misnamed: Misnamed | undefined
  // Peers keep the order, so that the next one is mostly the right one; but any order will do.
  let next = 0
  while (nextElement(reader)) {
    const index = find(members, reader, next)
    const member = members[index]
    if (!member) {
      misnamed ??= { name: reader.name, namespace: reader.namespace }
      skipElement(reader)
      continue
    }
    if (seen[index]) throw new ContractError(`the element came twice`, member.text)
    seen[index] = true
    next = index + 1
    try {
      value[member.key] = readSlot(member.slot, reader)
    } catch (error) {
      throw within(error, member.text)
    }
  }
  for (let index = 0; index < members.length; index++) {
    if (seen[index]) continue
    const member = members[index]
    if (member) readAbsent(member, value, misnamed)
  }
  return value
}

/** The first element that nobody knows. */
type Misnamed = QualifiedName

function find(members: readonly Member[], reader: XmlReader, next: number): number {
  const { name, namespace } = reader
  for (let index = next; index < members.length; index++) {
    const member = members[index]
    if (member && member.text === name && member.namespace.text === namespace) return index
  }
  for (let index = 0; index < next; index++) {
    const member = members[index]
    if (member && member.text === name && member.namespace.text === namespace) return index
  }
  return -1
}

function readAbsent({ key, text, slot, namespace }: Member, value: Record<string, unknown>, misnamed?: Misnamed): void {
  if (!mayBeAbsent(slot)) {
    const instead = misnamed ? `; an unknown element ${named(misnamed)} came` : ''
    throw new ContractError(`the element is missing: it must be there, in ${namespace.text}${instead}`, text)
  }
  try {
    const absent = absentValue(slot)
    if (absent !== undefined) value[key] = absent
  } catch (error) {
    throw within(error, text)
  }
}

export function nameOfObject(schema: z.core.$ZodObject, { contractNamespace }: Compilation): QualifiedName {
  const { name, namespace = contractNamespace } = contractInfo(schema)
  if (name !== undefined) return { name, namespace }
  const keys = Object.keys(schema._zod.def.shape).slice(0, 5).join(', ')
  throw new ContractError(
    `the object with the members ${keys} needs a name, since it stands in a list or dictionary or has a type said: make it with contract('Name', …) or give it .meta({ name: 'Name' })`,
  )
}

function membersOf(schema: z.core.$ZodObject, compilation: Compilation, isChecked: boolean): Member[] {
  const { base } = helperInfo(schema)
  const inherited = base ? membersOf(base, compilation, isChecked) : []
  const known = new Set(inherited.map(({ key }) => key))
  const info = contractInfo(schema)
  const namespace = compilation.prefixOf(info.namespace ?? compilation.contractNamespace)
  const own = Object.entries(schema._zod.def.shape)
    .filter(([key]) => !known.has(key))
    .map(([key, member]): Member => {
      const text = info.names?.[key] ?? key
      if (!isName(text) || key === '__proto__') {
        throw new ContractError(`a member can't be called ${JSON.stringify(text)} in XML: say another in \`names\``)
      }
      try {
        return { key, text, name: dictionaryString(text), namespace, slot: compilation.slotOf(member, isChecked) }
      } catch (error) {
        throw within(error, text)
      }
    })
  const members = [...inherited, ...sorted(own, info)]
  const twice = members.find(({ text, namespace }, index) =>
    members.slice(0, index).some((other) => other.text === text && other.namespace === namespace),
  )
  if (twice) throw new ContractError(`two members are called ${twice.text} in XML`)
  return members
}

/** By their place in `order`, then by name, in the order of UTF-16 units. */
function sorted(members: Member[], { order = [] }: ContractInfo): Member[] {
  const unknown = order.find((key) => !members.some((member) => member.key === key))
  if (unknown !== undefined) throw new ContractError(`the order names ${unknown}, which is no member of the contract`)
  const placeOf = ({ key }: Member) => order.indexOf(key)
  return members.sort((one, other) => placeOf(one) - placeOf(other) || (one.text < other.text ? -1 : 1))
}
