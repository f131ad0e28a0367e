/** A configuration file's text as a tree of elements that know their lines. */
import { createRequire } from 'node:module'
import { decodeReferences } from './entities.ts'
import type { Problem } from './report.ts'

// For `require` the package has one file instead of thirty: 3 ms and 4 MB instead of 13 ms and 8 MB.
const require = createRequire(import.meta.url)
const { XMLParser, XMLValidator } = require('fast-xml-parser') as typeof import('fast-xml-parser')

export interface XmlElement {
  readonly file: string
  readonly name: string
  /** Values with their references replaced, in the order of the file. */
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly XmlElement[]
  /** Whether something other than elements, comments and white space stands between its tags. */
  readonly hasText: boolean
  /** The text directly in it, as it is written but for references; empty where those are wrong. */
  readonly text: string
  /** The line of the start tag, or of one of its attributes; the first line is 1. */
  line(attribute?: string): number
}

/** The root element, or what keeps the text from being one well-formed document. */
export type Parsed = { readonly root: XmlElement } | { readonly problem: Problem }

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  captureMetaData: true,
  trimValues: false,
  parseTagValue: false,
  processEntities: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  jPath: false,
})
const positionKey = XMLParser.getMetaDataSymbol()

/** A node as fast-xml-parser gives it: the element's name leads to its content, `:@` to its attributes. */
type Node = { readonly [name: string]: unknown }

export function parseXml(file: string, text: string): Parsed {
  const lineAt = lineCounter(text)
  const refuse = (line: number, expected: string): Parsed => ({ problem: { file, line, expected } })

  const declaration = indexOfDoctype(text)
  if (declaration >= 0) {
    return refuse(lineAt(declaration), 'DOCTYPE and entity declarations are refused; remove the declaration')
  }
  const valid = XMLValidator.validate(text)
  if (valid !== true) {
    return refuse(valid.err.line, `not well-formed XML: ${reasonOf(valid.err, text, lineAt)}`)
  }

  const wrongReferences: Problem[] = []
  try {
    const [root, second] = elementsIn(parser.parse(text) as Node[])
    if (root === undefined) return refuse(1, 'not well-formed XML: there is no element')
    if (second !== undefined) return refuse(second.line(), 'not well-formed XML: there is a second root element')
    const [wrong] = wrongReferences
    return wrong ? { problem: wrong } : { root }
  } catch {
    // What the validator lets pass and the parser refuses; it doesn't say where.
    return refuse(1, 'not readable as XML: a comment has no end, elements nest too deeply, or one has a reserved name')
  }

  function elementsIn(nodes: readonly Node[]): XmlElement[] {
    return nodes.flatMap((node) => {
      const name = Object.keys(node).find((key) => key !== ':@' && key !== '#text')
      return name === undefined ? [] : [elementOf(name, node)]
    })
  }

  function elementOf(name: string, node: Node): XmlElement {
    const content = (node[name] ?? []) as Node[]
    const position = node as unknown as { readonly [key: symbol]: { readonly startIndex?: number } | undefined }
    const start = position[positionKey as unknown as symbol]?.startIndex ?? 0
    const attributes = new Map<string, string>()
    const line = (attribute?: string) =>
      lineAt(attribute === undefined ? start : attributeIndex(text, start, attribute))
    for (const [key, written] of Object.entries((node[':@'] ?? {}) as Record<string, string>)) {
      const attribute = key.slice(1)
      const value = decodeReferences(written)
      if (value === undefined) {
        const expected = 'holds an unknown entity or a bare &; write &amp; for the character itself'
        wrongReferences.push({ file, line: line(attribute), element: name, attribute, expected })
      }
      attributes.set(attribute, value ?? '')
    }
    const texts = content.map((child) => child['#text']).filter((each) => typeof each === 'string')
    const hasText = texts.some((each) => each.trim() !== '')
    const written = hasText ? (decodeReferences(texts.join('')) ?? '') : ''
    return { file, name, attributes, children: elementsIn(content), hasText, text: written, line }
  }
}

/** What may hold the words of a declaration without declaring anything. */
const passages = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<?', '?>'],
] as const

/** Where a DOCTYPE or an entity is declared; -1 when nowhere. Looks at each character once, whatever the text. */
function indexOfDoctype(text: string): number {
  let at = text.indexOf('<')
  while (at >= 0) {
    const passage = passages.find(([opening]) => text.startsWith(opening, at))
    if (passage === undefined && /^<!(?:DOCTYPE|ENTITY)/i.test(text.slice(at, at + 9))) return at
    const end = passage ? text.indexOf(passage[1], at + passage[0].length) : at
    at = end < 0 ? -1 : text.indexOf('<', end + 1)
  }
  return -1
}

/** The validator's words, unless they could quote a password whose quotation marks are broken. */
function reasonOf(err: { msg: string; line: number }, text: string, lineAt: (index: number) => number): string {
  for (const match of text.matchAll(/pass?wor[dt]/gi)) {
    if (Math.abs(lineAt(match.index) - err.line) <= 20) return 'look for an open quotation mark or tag at this line'
  }
  return err.msg
}

/** Where `attribute` stands in the start tag that begins at `start`. */
function attributeIndex(text: string, start: number, attribute: string): number {
  const nameOrPair = /\s*([^\s=/>]+)(?:\s*=\s*(?:"[^"]*"|'[^']*'))?/y
  nameOrPair.lastIndex = start + 1
  nameOrPair.exec(text) // the element's name
  for (let match = nameOrPair.exec(text); match; match = nameOrPair.exec(text)) {
    if (match[1] === attribute) return match.index + match[0].indexOf(attribute)
  }
  return start
}

function lineCounter(text: string): (index: number) => number {
  const ends: number[] = []
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) ends.push(end)
  return (index) => {
    let low = 0
    let high = ends.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((ends[middle] ?? 0) < index) low = middle + 1
      else high = middle
    }
    return low + 1
  }
}
