/** A message as a tree of elements: for what is small, and for what has no better form. */
import { type Name, staticName } from './dictionary-string.ts'
import { EncodingError } from './encoding-error.ts'
import type { Value } from './value.ts'
import { toText } from './value-text.ts'
import type { Attribute, Declaration, XmlReader } from './xml-reader.ts'
import type { XmlWriter } from './xml-writer.ts'

export interface XmlElement {
  readonly prefix: string
  readonly name: string
  readonly namespace: string
  readonly attributes: readonly Attribute[]
  readonly declarations: readonly Declaration[]
  readonly children: readonly XmlNode[]
}

export type XmlNode =
  | { readonly is: 'element'; readonly element: XmlElement }
  | { readonly is: 'value'; readonly value: Value }
  | { readonly is: 'comment'; readonly text: string }

/** Elements, values and comments of one tree, as WCF's `maxItemsInObjectGraph` has it. A byte of a message can become a node. */
export const defaultMaxItems = 65_536

interface OpenElement extends XmlElement {
  readonly children: XmlNode[]
}

/** At an `element`, or before the first node: reads the element whole, with the reader at its `endElement` afterwards. */
export function readElement(reader: XmlReader, maxItems = defaultMaxItems): XmlElement {
  let { node } = reader
  if (node !== 'element') node = reader.read()
  while (node === 'comment') node = reader.read()
  if (node !== 'element') throw new EncodingError('unexpectedContent', 'an element was expected', reader.offset)
  const root = opened(reader)
  const open = [root]
  for (let items = 1; ; items++) {
    if (items > maxItems) {
      throw new EncodingError(
        'maxItemsInTree',
        `the element has more than the limit of ${maxItems} parts`,
        reader.offset,
      )
    }
    node = reader.read()
    const innermost = open.at(-1) ?? root
    if (node === 'element') {
      const element = opened(reader)
      innermost.children.push({ is: 'element', element })
      open.push(element)
    } else if (node === 'value') {
      innermost.children.push({ is: 'value', value: reader.value })
    } else if (node === 'comment') {
      innermost.children.push({ is: 'comment', text: toText(reader.value) })
    } else if (node === 'endElement') {
      open.pop()
      if (open.length === 0) return root
    } else {
      throw new EncodingError('unexpectedContent', 'the element is not all there', reader.offset)
    }
  }
}

function opened({ prefix, name, namespace, attributes, declarations }: XmlReader): OpenElement {
  return { prefix, name, namespace, attributes, declarations, children: [] }
}

/** What a name is written as, given its text. */
export type Naming = (text: string) => Name

/** Writes an element. `naming` says which names may become numbers; unless given, those of the static dictionary. */
export function writeElement(writer: XmlWriter, element: XmlElement, naming: Naming = staticName): void {
  const { prefix, name, namespace, attributes, declarations, children } = element
  writer.startElement(prefix, naming(name), naming(namespace))
  for (const declaration of declarations) writer.declareNamespace(declaration.prefix, naming(declaration.namespace))
  for (const attribute of attributes) {
    writer.attribute(attribute.prefix, naming(attribute.name), naming(attribute.namespace), attribute.value)
  }
  for (const child of children) {
    if (child.is === 'element') writeElement(writer, child.element, naming)
    else if (child.is === 'value') writer.value(child.value)
    else writer.comment(child.text)
  }
  writer.endElement()
}
