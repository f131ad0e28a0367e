/** The text of a message under a cursor: decoded as it arrives, with positions in bytes, within the quotas. */
import { EncodingError, type EncodingProblem } from './encoding-error.ts'
import { NameCount } from './names.ts'
import type { ReaderQuotas } from './reader-quotas.ts'
import { hasOnlyCharacters, longestReference, referenced } from './xml-characters.ts'

/** Thrown to leave a node of which a part is missing that may still come. */
export const moreNeeded: unique symbol = Symbol('more text is needed')

const blanks = /[ \t\r\n]*/y

export class TextInput {
  readonly quotas: ReaderQuotas
  /** What was fed and not yet dropped; `at` is how far it was read. */
  text = ''
  at = 0
  /** No more will come. */
  isComplete = false
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  readonly #known: NameCount
  /** Bytes of the message in front of `text`. */
  #base = 0

  constructor(quotas: ReaderQuotas) {
    this.quotas = quotas
    this.#known = new NameCount(quotas.maxNameTableCharCount)
  }

  feed(bytes: Buffer): void {
    const more = this.#decode(bytes, true)
    this.#base = this.positionOf(this.at)
    this.text = this.text.slice(this.at) + more
    this.at = 0
  }

  endOfInput(): void {
    this.text += this.#decode(Buffer.alloc(0), false)
    this.isComplete = true
  }

  #decode(bytes: Buffer, stream: boolean): string {
    try {
      return this.#decoder.decode(bytes, { stream })
    } catch {
      return this.fail('invalidUtf8', 'the message is not UTF-8', this.text.length)
    }
  }

  /** A text with its references replaced. */
  unescape(text: string): string {
    this.#check(text)
    if (!text.includes('&')) return text
    let plain = ''
    let from = 0
    for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', from)) {
      const end = text.indexOf(';', at)
      const name = end < 0 || end - at > longestReference ? undefined : text.slice(at + 1, end)
      const character = name === undefined ? undefined : referenced(name)
      if (character === undefined) return this.fail('unknownEntity', 'a text has an entity that XML does not have')
      plain += text.slice(from, at) + character
      from = end + 1
    }
    return plain + text.slice(from)
  }

  /** A text in which nothing is a reference, with line ends as XML has them. */
  characters(text: string): string {
    this.#check(text)
    return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text
  }

  #check(text: string): void {
    if (!hasOnlyCharacters(text)) this.fail('invalidCharacter', 'a text has a character that XML does not allow')
  }

  /** Goes over what the pattern, which is sticky, finds here. */
  match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)
    if (found) this.at = pattern.lastIndex
    return found
  }

  skipBlanks(): void {
    this.match(blanks)
  }

  /** Sees to it that `length` characters are there; `tagStart` is where the tag to which they belong begins. */
  wantLength(length: number, tagStart?: number): void {
    if (this.at + length > this.text.length) this.wait(tagStart)
  }

  /** Leaves the node until there is more, unless no more will come. */
  wait(tagStart?: number): never {
    if (tagStart !== undefined) this.checkTag(tagStart, this.text.length)
    if (this.isComplete) this.fail('endOfDocument', 'the message ends where more must come', this.text.length)
    throw moreNeeded
  }

  /** Refuses a start tag, of which this much is there, when it is too long. */
  checkTag(start: number, end: number): void {
    const limit = this.quotas.maxBytesPerRead
    if ((end - start) * 3 <= limit) return
    if (Buffer.byteLength(this.text.slice(start, end)) > limit) {
      this.fail('maxBytesPerRead', `a start tag is over the limit of ${limit} bytes`, start)
    }
  }

  checkLength(length: number): void {
    const limit = this.quotas.maxStringContentLength
    if (length > limit) this.fail('maxStringContentLength', `a text is over the limit of ${limit} characters`)
  }

  /** Counts a name, prefix or namespace. */
  count(name: string): void {
    const limit = this.quotas.maxNameTableCharCount
    if (!this.#known.add(name)) {
      this.fail('maxNameTableCharCount', `the names of the message are over the limit of ${limit} characters`)
    }
  }

  /** The byte of the message at which a character stands. */
  positionOf(at: number): number {
    return this.#base + Buffer.byteLength(this.text.slice(0, at))
  }

  fail(code: EncodingProblem, says: string, at = this.at): never {
    throw new EncodingError(code, says, this.positionOf(at))
  }
}
