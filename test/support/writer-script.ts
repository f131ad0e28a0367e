/** Calls of an XML writer as data, and the vectors that .NET's own writer made of them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { dictionaryString, type Name } from '#encoding/dictionary-string.ts'
import { toDecimal } from '#encoding/text-value.ts'
import { integer, type PrimitiveArray, type Value } from '#encoding/value.ts'
import type { XmlWriter } from '#encoding/xml-writer.ts'

/** `{ d: … }` is a name of a dictionary, the static one if that has it. */
type ScriptName = string | { readonly d: string }
type Call = readonly [string, ...unknown[]]

export interface Vector {
  readonly name: string
  /** The strings that the session took up; null where there was none. */
  readonly session: readonly string[] | null
  readonly calls: readonly Call[]
  readonly hex: string
  /** What .NET reads from those bytes. */
  readonly xml: string
}

/** Each is one document of System.Xml.XmlDictionaryWriter (.NET 10), with the static dictionary of System.ServiceModel. */
export const vectors: readonly Vector[] = readFileSync(
  join(import.meta.dirname, '../fixtures/encoding/net-writer.jsonl'),
  'utf8',
)
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line))

const name = (of: unknown): Name => (typeof of === 'string' ? of : dictionaryString((of as { d: string }).d))

export function play(writer: XmlWriter, calls: readonly Call[]): void {
  for (const [verb, ...args] of calls) {
    const [one, two, three, four] = args
    switch (verb) {
      case 'start':
        writer.startElement(String(one), name(two), name(three))
        break
      case 'end':
        writer.endElement()
        break
      case 'attr':
        writer.attribute(String(one), name(two), name(three), scriptValue(four as Call))
        break
      case 'xmlns':
        writer.declareNamespace(String(one), name(two))
        break
      case 'comment':
        writer.comment(String(one))
        break
      case 'array':
        writer.array(String(two), name(three), name(four), scriptArray(String(one), args[4] as Call[]))
        break
      case 'qname':
        writer.value({ kind: 'qname', prefix: prefixOf(calls), name: text(one as ScriptName) })
        break
      default:
        writer.value(scriptValue([verb, ...args]))
    }
  }
}

/** In the scripts the namespace of a qualified name is that of the root. */
function prefixOf(calls: readonly Call[]): string {
  return String(calls[0]?.[1])
}

const text = (of: ScriptName) => (typeof of === 'string' ? of : of.d)

function scriptValue([verb, value, more]: Call): Name | Value {
  switch (verb) {
    case 'text':
      return name(value)
    case 'bool':
      return { kind: 'bool', value: value === true }
    case 'int':
      return { kind: 'int', value: Number(value) }
    case 'int64':
    case 'uint64':
      return integer(BigInt(String(value)))
    case 'float':
    case 'double':
      return { kind: verb, value: number(verb, value) }
    case 'decimal':
      return toDecimal({ kind: 'text', value: String(value) })
    case 'dateTime':
      return dateTime(value, more)
    case 'timeSpan':
      return { kind: 'timeSpan', value: BigInt(String(value)) }
    case 'uuid':
      return { kind: 'uuid', value: String(value) }
    case 'uniqueId':
      return uniqueId(String(value))
    case 'bytes':
      return { kind: 'bytes', value: Buffer.from(String(value), 'hex') }
    case 'list':
      return { kind: 'list', items: (value as Call[]).map(scriptItem) }
    default:
      throw new Error(`the script has the call ${verb}`)
  }
}

function scriptItem(call: Call): Value {
  const value = scriptValue(call)
  return typeof value === 'string' ? { kind: 'text', value } : (value as Value)
}

function number(of: string, value: unknown): number {
  return of === 'float' ? Math.fround(Number(value)) : Number(value)
}

function dateTime(ticks: unknown, zone: unknown): Extract<Value, { kind: 'dateTime' }> {
  return { kind: 'dateTime', value: BigInt(String(ticks)), zone: zone as 'utc' }
}

function uniqueId(value: string): Value {
  const uuid = /^urn:uuid:(.*)$/.exec(value)?.[1]
  return uuid ? { kind: 'uniqueId', value: uuid } : { kind: 'text', value }
}

function scriptArray(of: string, items: readonly Call[]): PrimitiveArray {
  const raw = items.map(([, value]) => value)
  switch (of) {
    case 'bool':
      return { of, items: raw.map((value) => value === true) }
    case 'int16':
    case 'int32':
    case 'float':
    case 'double':
      return { of, items: raw.map((value) => number(of, value)) }
    case 'int64':
    case 'timeSpan':
      return { of, items: raw.map((value) => BigInt(String(value))) }
    case 'decimal':
      return { of, items: raw.map((value) => toDecimal({ kind: 'text', value: String(value) })) }
    case 'dateTime':
      return { of, items: items.map(([, value, zone]) => dateTime(value, zone)) }
    case 'uuid':
      return { of, items: raw.map(String) }
    default:
      throw new Error(`the script has an array of ${of}`)
  }
}
