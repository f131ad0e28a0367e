/** Reads and writes what stands in a slot: null, references and types that are said, and then the content. */
import type { z } from 'zod'
import { dictionaryString, type Name } from '#encoding/dictionary-string.ts'
import { toBoolean } from '#encoding/text-value.ts'
import { toText } from '#encoding/value-text.ts'
import { attributeOf, skipElement, type XmlReader } from '#encoding/xml-reader.ts'
import type { XmlWriter } from '#encoding/xml-writer.ts'
import { deepest, type Slot } from './content.ts'
import { ContractError, named, shown } from './contract-error.ts'
import { instanceNamespace, nullableName, type QualifiedName, serializationNamespace } from './contract-names.ts'

export const instancePrefix = 'i'
export const instanceName = dictionaryString(instanceNamespace)
export const typeAttribute = dictionaryString('type')
const nil = dictionaryString('nil')

/** The name that generic types and lists use for what stands in the slot. */
export function nameOf({ content, isNullable }: Slot): QualifiedName {
  const name = content.contractName()
  return isNullable && content.isValueType ? nullableName(name) : name
}

export function mayBeAbsent({ isNullable, isOptional }: Slot): boolean {
  return isNullable || isOptional
}

/** Writes an element with the value. */
export function writeElement(
  slot: Slot,
  writer: XmlWriter,
  prefix: string,
  name: Name,
  namespace: Name,
  value: unknown,
  depth: number,
): void {
  // Where null is allowed and absence isn't, undefined can mean only that.
  const given = value === undefined && slot.isNullable && !slot.isOptional ? null : value
  const written = slot.check ? encoded(slot.check, given) : given
  writer.startElement(prefix, name, namespace)
  if (written === null || written === undefined) {
    if (!mayBeAbsent(slot)) throw new ContractError(`${written} can't be written: the contract doesn't allow null`)
    writer.attribute(instancePrefix, nil, instanceName, 'true')
  } else {
    if (depth > deepest) throw new ContractError(`it is nested deeper than ${deepest}, perhaps for ever`)
    slot.content.write(writer, written, depth + 1)
  }
  writer.endElement()
}

/** Reads the element at which the reader stands, to its `endElement`. */
export function readSlot(slot: Slot, reader: XmlReader): unknown {
  // The most have no attributes.
  const value = reader.attributes.length === 0 ? contentOf(slot, reader, undefined) : readWithAttributes(slot, reader)
  return slot.check ? checked(slot.check, value) : value
}

/** What an absent element means; throws ContractError if it must be there. */
export function absentValue(slot: Slot): unknown {
  if (slot.check) return checked(slot.check, slot.isOptional || !slot.isNullable ? undefined : null)
  return slot.whenAbsent ? slot.whenAbsent() : slot.isOptional ? undefined : null
}

function contentOf(slot: Slot, reader: XmlReader, type: QualifiedName | undefined): unknown {
  if (reader.depth > deepest) throw new ContractError(`it is nested deeper than ${deepest}`)
  return slot.content.read(reader, type)
}

function readWithAttributes(slot: Slot, reader: XmlReader): unknown {
  // First, since a reference may be marked as null, too.
  if (attributeOf(reader, 'Ref', serializationNamespace)) {
    throw new ContractError(
      'a reference to another object (z:Ref) came, which is not supported: contracts must not have IsReference = true',
    )
  }
  const isNil = attributeOf(reader, 'nil', instanceNamespace)
  if (isNil && toBoolean(isNil)) {
    skipElement(reader)
    return nullOf(slot)
  }
  const type = attributeOf(reader, 'type', instanceNamespace)
  return contentOf(slot, reader, type && typeName(reader, toText(type)))
}

function nullOf(slot: Slot): unknown {
  if (slot.isNullable) return null
  if (slot.isOptional) return slot.whenAbsent && !slot.check ? slot.whenAbsent() : undefined
  throw new ContractError("null came (i:nil), which the contract doesn't allow")
}

function typeName(reader: XmlReader, text: string): QualifiedName {
  const trimmed = text.trim()
  const colon = trimmed.indexOf(':')
  const namespace = reader.namespaceOf(colon < 0 ? '' : trimmed.slice(0, colon))
  if (namespace === undefined) throw new ContractError(`the prefix of the type ${shown(text)} has no namespace`)
  return { name: trimmed.slice(colon + 1), namespace }
}

/** For contents of one type only: an `i:type` may say that type, and no other. */
export function checkType(type: QualifiedName | undefined, name: () => QualifiedName): void {
  if (!type) return
  const expected = name()
  if (type.name === expected.name && type.namespace === expected.namespace) return
  throw new ContractError(`the type ${named(type)} came where ${named(expected)} must stand`)
}

function checked(schema: z.ZodType, value: unknown): unknown {
  return resultOf(() => schema.safeParse(value))
}

function encoded(schema: z.ZodType, value: unknown): unknown {
  return resultOf(() => schema.safeEncode(value))
}

/** What zod throws because a schema can't be used this way: it goes in one direction only, or needs to wait. */
const misuses: Readonly<Record<string, string>> = {
  ZodEncodeError: 'it has a transform, which goes in one direction only: use z.codec(…) for values that are written',
  $ZodAsyncError: 'it has a check or transform that must be waited for, which is not supported',
}

function resultOf(run: () => z.ZodSafeParseResult<unknown>): unknown {
  let result: z.ZodSafeParseResult<unknown>
  try {
    result = run()
  } catch (error) {
    const misuse = error instanceof Error ? (misuses[error.name] ?? misuses[error.constructor.name]) : undefined
    throw misuse ? new ContractError(misuse, '', error) : error
  }
  if (result.success) return result.data
  const [issue] = result.error.issues
  let path = ''
  for (const step of issue?.path ?? []) path += typeof step === 'number' ? `[${step}]` : `${path && '/'}${String(step)}`
  throw new ContractError(issue?.message ?? 'the value is refused', path, result.error)
}
