/** Documents in tests: read whole, compared, made at random. */
import fc from 'fast-check'
import { readElement, type XmlElement, type XmlNode } from '#encoding/element-tree.ts'
import { integer, maxDateTime, maxDecimal, maxInt64, minInt64, type Value } from '#encoding/value.ts'
import { toText } from '#encoding/value-text.ts'
import { hasOnlyCharacters } from '#encoding/xml-characters.ts'
import type { XmlReader } from '#encoding/xml-reader.ts'

/** The one document of a reader; fails when anything but comments follows it. */
export function documentOf(reader: XmlReader): XmlElement {
  const element = readElement(reader)
  let node = reader.read()
  while (node === 'comment') node = reader.read()
  if (node !== 'end') throw new Error(`after the document comes ${node}`)
  return element
}

/** All that a reader says, node by node. */
export function nodesOf(reader: XmlReader, more: () => void = () => {}): unknown[] {
  const nodes: unknown[] = []
  for (let node = reader.read(); node !== 'end'; node = reader.read()) {
    if (node === 'incomplete') {
      more()
      continue
    }
    const { depth, prefix, name, namespace, attributes, declarations, value } = reader
    const isElement = node === 'element'
    nodes.push({
      node,
      depth,
      ...(node !== 'value' && node !== 'comment' ? { prefix, name, namespace } : { value }),
      ...(isElement ? { attributes: [...attributes], declarations: [...declarations] } : {}),
    })
  }
  return nodes
}

/** A document without what writing it may change: needless declarations, the width of numbers, how a text is cut into records. */
export function normal(element: XmlElement): unknown {
  const { prefix, name, namespace } = element
  const attributes = element.attributes.map((attribute) => ({ ...attribute, value: normalValue(attribute.value) }))
  return { prefix, name, namespace, attributes, children: joined(element.children) }
}

function joined(children: readonly XmlNode[]): unknown[] {
  const parts: unknown[] = []
  let values: Value[] = []
  const flush = () => {
    const content = contentOf(values)
    if (content !== undefined) parts.push(content)
    values = []
  }
  for (const child of children) {
    if (child.is === 'value') {
      if (normalValue(child.value) !== undefined) values.push(child.value)
      continue
    }
    flush()
    parts.push(child.is === 'comment' ? child : normal(child.element))
  }
  flush()
  return parts
}

function contentOf(values: readonly Value[]): unknown {
  const [first] = values
  if (first && values.length === 1) return normalValue(first)
  if (first && values.every((value) => value.kind === 'bytes')) {
    return normalValue({ kind: 'bytes', value: Buffer.concat(values.map((value) => value.value as Buffer)) })
  }
  const text = values.map((value) => toText(unsigned(value))).join('')
  return text === '' ? undefined : normalValue({ kind: 'text', value: text })
}

/** .NET's writer, and so ours, has one zero. */
function unsigned(value: Value): Value {
  return (value.kind === 'float' || value.kind === 'double') && value.value === 0 ? { ...value, value: 0 } : value
}

function normalValue(value: Value): unknown {
  switch (value.kind) {
    case 'text':
      return value.value === ''
        ? undefined
        : /^[01]$/.test(value.value)
          ? { kind: 'int', value: Number(value.value) }
          : value
    case 'float':
    case 'double': {
      const number = value.value === 0 ? 0 : value.value
      if (Number.isInteger(number) && number >= -0x8000 && number <= 0x7fff) return { kind: 'int', value: number }
      return { kind: 'number', value: number }
    }
    case 'bytes':
      return value.value.length === 0 ? undefined : { kind: 'bytes', value: value.value.toString('hex') }
    case 'qname':
      return { kind: 'text', value: toText(value) }
    case 'list':
      return { kind: 'list', items: value.items.map(normalValue) }
    default:
      return value
  }
}

const localName = fc.constantFrom('Envelope', 'Body', 'a', 'Echo', 'text', 'Größe', 'x'.repeat(130), '_1', 'Id')
const namespaceName = fc.constantFrom(
  'urn:a',
  'urn:b',
  'http://tempuri.org/',
  'http://www.w3.org/2003/05/soap-envelope',
)
const prefixName = fc.constantFrom('a', 'b', 's', 'z', 'xs', 'é')
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }).filter(hasOnlyCharacters),
  fc.constantFrom(
    '',
    '0',
    '1',
    'true',
    'x'.repeat(300),
    '日本'.repeat(90),
    '€'.repeat(200),
    'Envelope',
    ' \r\n\t ',
    '<&>"\'',
    ']]>',
    '\ufffd',
    '\ufeff',
  ),
)

const singleValue: fc.Arbitrary<Value> = fc.oneof(
  text.map((value): Value => ({ kind: 'text', value })),
  fc.boolean().map((value): Value => ({ kind: 'bool', value })),
  fc.integer().map((value): Value => ({ kind: 'int', value })),
  fc.bigInt({ min: minInt64, max: 2n ** 64n - 1n }).map(integer),
  fc.float().map((value): Value => ({ kind: 'float', value })),
  fc.double().map((value): Value => ({ kind: 'double', value })),
  fc
    .record({ value: fc.bigInt({ min: -maxDecimal, max: maxDecimal }), scale: fc.integer({ min: 0, max: 28 }) })
    .map((decimal): Value => ({ kind: 'decimal', ...decimal })),
  fc
    .record({
      value: fc.bigInt({ min: 0n, max: maxDateTime }),
      zone: fc.constantFrom<'utc' | 'local' | 'unspecified'>('utc', 'local', 'unspecified'),
    })
    .map((dateTime): Value => ({ kind: 'dateTime', ...dateTime })),
  fc.bigInt({ min: minInt64, max: maxInt64 }).map((value): Value => ({ kind: 'timeSpan', value })),
  fc.uuid().map((value): Value => ({ kind: 'uuid', value })),
  fc.uuid().map((value): Value => ({ kind: 'uniqueId', value })),
  fc.uint8Array({ maxLength: 400 }).map((value): Value => ({ kind: 'bytes', value: Buffer.from(value) })),
  fc.record({ prefix: prefixName, name: localName }).map((name): Value => ({ kind: 'qname', ...name })),
)

const value: fc.Arbitrary<Value> = fc.oneof(
  { weight: 8, arbitrary: singleValue },
  { weight: 1, arbitrary: fc.array(singleValue, { maxLength: 5 }).map((items): Value => ({ kind: 'list', items })) },
)

const child = (element: fc.Arbitrary<XmlElement>): fc.Arbitrary<XmlNode> =>
  fc.oneof(
    { maxDepth: 5 },
    value.map((one): XmlNode => ({ is: 'value', value: one })),
    fc.constantFrom('', 'a comment', 'ü').map((one): XmlNode => ({ is: 'comment', text: one })),
    element.map((one): XmlNode => ({ is: 'element', element: one })),
  )

/** Documents whose prefixes are all declared where they are used. */
export const documents: fc.Arbitrary<XmlElement> = fc.letrec<{ element: XmlElement }>((tie) => ({
  element: fc
    .record({
      bindings: fc.uniqueArray(fc.record({ prefix: prefixName, namespace: namespaceName }), {
        minLength: 1,
        maxLength: 3,
        selector: ({ prefix }) => prefix,
      }),
      defaultNamespace: fc.option(namespaceName),
      name: localName,
      isPrefixed: fc.boolean(),
      attributes: fc.uniqueArray(fc.record({ name: localName, value, isPrefixed: fc.boolean() }), {
        maxLength: 3,
        selector: ({ name, isPrefixed }) => `${name} ${isPrefixed}`,
      }),
      children: fc.array(child(tie('element')), { maxLength: 4 }),
    })
    .map(({ bindings, defaultNamespace, name, isPrefixed, attributes, children }): XmlElement => {
      const [first = { prefix: 'a', namespace: 'urn:a' }] = bindings
      const ownDefault = isPrefixed ? defaultNamespace : (defaultNamespace ?? 'urn:default')
      return {
        prefix: isPrefixed ? first.prefix : '',
        name,
        namespace: isPrefixed ? first.namespace : (ownDefault ?? ''),
        attributes: attributes.map(({ isPrefixed: hasPrefix, ...attribute }) => ({
          ...attribute,
          ...(hasPrefix ? first : { prefix: '', namespace: '' }),
        })),
        declarations: [...bindings, ...(ownDefault === null ? [] : [{ prefix: '', namespace: ownDefault }])],
        children,
      }
    }),
})).element
