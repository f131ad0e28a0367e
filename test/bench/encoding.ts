/** How fast are messages decoded and encoded, against JSON.parse and JSON.stringify of the same content? */
import { BinaryReader } from '#encoding/binary-reader.ts'
import { BinaryWriter } from '#encoding/binary-writer.ts'
import { dictionaryString } from '#encoding/dictionary-string.ts'
import { readElement, type XmlElement } from '#encoding/element-tree.ts'
import { defaultQuotas } from '#encoding/reader-quotas.ts'
import { OutgoingSession } from '#encoding/session-dictionary.ts'
import { toText } from '#encoding/value-text.ts'
import type { XmlWriter } from '#encoding/xml-writer.ts'
import { type CapturedMessage, messages } from '../support/envelopes.ts'
import { type Comparison, question } from './support/bench.ts'

const rounds = 15
const passes = 400

/** The messages by what they are: small ones as most are, and one with 3,000 bytes of content. */
const kinds: Readonly<Record<string, readonly CapturedMessage[]>> = {
  'small messages': messages.filter(({ bytes }) => bytes.length < 1000),
  'a message with 3,000 bytes': messages.filter(({ bytes }) => bytes.length > 3000),
}

const reader = ({ bytes, session, documentAt }: CapturedMessage) =>
  new BinaryReader(bytes, defaultQuotas, session, documentAt)

/** What somebody would send as JSON instead: without namespaces, bytes as base64. */
function plain(element: XmlElement): unknown {
  const elements = element.children.filter((child) => child.is === 'element')
  if (elements.length > 0)
    return Object.fromEntries(elements.map((child) => [child.element.name, plain(child.element)]))
  const values = element.children.flatMap((child) => (child.is === 'value' ? [child.value] : []))
  const [value] = values
  if (values.length === 1 && (value?.kind === 'int' || value?.kind === 'bool')) return value.value
  return values.map(toText).join('')
}

function readAll(message: CapturedMessage): number {
  const from = reader(message)
  let nodes = 0
  while (from.read() !== 'end') nodes += 1
  return nodes
}

type Call = (writer: XmlWriter) => void

/** The calls that write a document, with their names made beforehand: as somebody writes who knows his contract. */
function callsOf({ prefix, name, namespace, attributes, declarations, children }: XmlElement): Call[] {
  const [own, uri] = [dictionaryString(name), dictionaryString(namespace)]
  const calls: Call[] = [(writer) => writer.startElement(prefix, own, uri)]
  for (const declared of declarations) {
    const of = dictionaryString(declared.namespace)
    calls.push((writer) => writer.declareNamespace(declared.prefix, of))
  }
  for (const { prefix: letter, name: text, namespace: of, value } of attributes) {
    const [attribute, attributeUri] = [dictionaryString(text), dictionaryString(of)]
    calls.push((writer) => writer.attribute(letter, attribute, attributeUri, value))
  }
  for (const child of children) {
    if (child.is === 'element') calls.push(...callsOf(child.element))
    else if (child.is === 'value') calls.push((writer) => writer.value(child.value))
  }
  calls.push((writer) => writer.endElement())
  return calls
}

/** Runs it for each of the messages, `passes` times; returns messages a second. */
function perSecond<T>(of: readonly T[], run: (one: T) => unknown): number {
  const begin = performance.now()
  for (let pass = 0; pass < passes; pass++) for (const one of of) run(one)
  return ((passes * of.length) / (performance.now() - begin)) * 1000
}

await question('encoding: binary XML against JSON of the same content, messages a second and MB/s', async () => {
  const comparisons: Comparison[] = []
  for (const [kind, some] of Object.entries(kinds)) {
    const trees = some.map((message) => readElement(reader(message)))
    const objects = trees.map(plain)
    const json = objects.map((object) => Buffer.from(JSON.stringify(object)))
    const writer = new BinaryWriter(new OutgoingSession(2048))
    const documents = trees.map(callsOf)
    const encode = (calls: readonly Call[]) => {
      writer.begin()
      for (const call of calls) call(writer)
      return writer.finish()
    }
    const parse = (bytes: Buffer) => JSON.parse(bytes.toString())
    const stringify = (object: unknown) => Buffer.from(JSON.stringify(object))
    const tasks: [string, () => number, () => number][] = [
      ['decoded node by node', () => perSecond(some, readAll), () => perSecond(json, parse)],
      ['decoded into a tree', () => perSecond(some, (one) => readElement(reader(one))), () => perSecond(json, parse)],
      ['encoded', () => perSecond(documents, encode), () => perSecond(objects, stringify)],
    ]
    const size = some.reduce((sum, { bytes }) => sum + bytes.length, 0) / some.length / 1e6
    const jsonSize = json.reduce((sum, bytes) => sum + bytes.length, 0) / some.length / 1e6
    for (const [task, ours, theirs] of tasks) {
      const results = { portico: [] as number[], baseline: [] as number[] }
      for (let round = -5; round < rounds; round++) {
        const [one, other] = [ours(), theirs()]
        if (round < 0) continue
        results.portico.push(one)
        results.baseline.push(other)
      }
      const name = `${kind}, ${task}`
      const against = 'JSON of the same content'
      comparisons.push({ name, unit: '1/s', ...results, against })
      comparisons.push({
        name,
        unit: 'MB/s',
        portico: results.portico.map((rate) => rate * size),
        baseline: results.baseline.map((rate) => rate * jsonSize),
        against,
      })
    }
  }
  return comparisons
})
