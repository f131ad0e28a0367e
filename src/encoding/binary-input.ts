/** The bytes of a binary message under a cursor: numbers, strings and dictionary ids, within the quotas. */
import { isUtf8 } from 'node:buffer'
import { EncodingError, type EncodingProblem } from './encoding-error.ts'
import { NameCount, recentName } from './names.ts'
import type { ReaderQuotas } from './reader-quotas.ts'
import { staticStrings } from './static-dictionary.ts'

/** Thrown to leave a node of which bytes are missing that may still come. */
export const moreNeeded: unique symbol = Symbol('more bytes are needed')

const replacement = '\uFFFD'

export class BinaryInput {
  readonly quotas: ReaderQuotas
  bytes: Buffer
  at: number
  /** No more bytes will come. */
  isComplete: boolean
  /** Position of `bytes[0]` in the message. */
  #base = 0
  readonly #session: readonly string[] | undefined
  readonly #fed: Buffer[] = []
  #fedLength = 0
  /** So many bytes from `at` on are needed before it makes sense to try again. */
  #needed = 0
  readonly #names: NameCount

  /** `session` holds the in-band strings so far; undefined where the encoding has none. */
  constructor(
    bytes: Buffer,
    at: number,
    isComplete: boolean,
    quotas: ReaderQuotas,
    session: readonly string[] | undefined,
  ) {
    this.bytes = bytes
    this.at = at
    this.isComplete = isComplete
    this.quotas = quotas
    this.#session = session
    this.#names = new NameCount(quotas.maxNameTableCharCount)
  }

  positionOf(at: number): number {
    return this.#base + at
  }

  feed(bytes: Buffer): void {
    this.#fed.push(bytes)
    this.#fedLength += bytes.length
  }

  /** Takes over what was fed; false while that isn't enough for another try. */
  gather(): boolean {
    const rest = this.bytes.length - this.at
    if (!this.isComplete && rest + this.#fedLength < this.#needed) return false
    if (this.#fedLength > 0) {
      const [first] = this.#fed
      const kept = this.bytes.subarray(this.at)
      this.bytes = rest === 0 && this.#fed.length === 1 && first ? first : Buffer.concat([kept, ...this.#fed])
      this.#base += this.at
      this.at = 0
      this.#fed.length = 0
      this.#fedLength = 0
    }
    this.#needed = 0
    return true
  }

  /** After `moreNeeded`: back to where the node began. */
  rewind(at: number): void {
    this.#needed += this.at - at
    this.at = at
  }

  /** Whether a byte is there; false at the end of a message that is complete. */
  hasMore(): boolean {
    if (this.at < this.bytes.length) return true
    if (!this.isComplete) this.#wait(1)
    return false
  }

  /** The next byte, which stays. */
  peek(): number {
    const byte = this.bytes[this.at]
    return byte === undefined ? this.#wait(1) : byte
  }

  byte(): number {
    const byte = this.bytes[this.at]
    if (byte === undefined) return this.#wait(1)
    this.at += 1
    return byte
  }

  /** Goes over `size` bytes and returns where they began. */
  take(size: number): number {
    const at = this.at
    if (at + size > this.bytes.length) this.#wait(size)
    this.at = at + size
    return at
  }

  #wait(size: number): never {
    if (this.isComplete) {
      this.fail('endOfDocument', 'the message ends where more must come', this.bytes.length)
    }
    this.#needed = size
    throw moreNeeded
  }

  /** A size or id: base 128, low seven bits first, at most 31 bits. */
  int31(): number {
    const first = this.byte()
    if (first < 0x80) return first
    let value = first & 0x7f
    for (let shift = 7; ; shift += 7) {
      const byte = this.byte()
      if (shift === 28 && (byte & 0xf8) !== 0) this.fail('sizeTooLarge', 'a size is over 2147483647', this.at - 1)
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }

  /** A name, prefix or namespace that stands in the message. `tagStart` is where its start tag begins. */
  name(tagStart: number): string {
    const size = this.int31()
    if (size === 0) return ''
    this.checkTag(tagStart, this.at + size)
    const at = this.take(size)
    const text = recentName(this.bytes, at, size) ?? this.#utf8(at, size)
    this.#count(text)
    return text
  }

  /** A string by its id. */
  dictionaryString(): string {
    const at = this.at
    const id = this.int31()
    if ((id & 1) === 0) {
      const text = staticStrings[id >> 1]
      if (text !== undefined) return text
      this.fail('unknownStaticString', `the static dictionary has no string with the id ${id}`, at)
    }
    const text = this.#session?.[id >> 1]
    if (text !== undefined) return text
    const has = this.#session ? `has ${this.#session.length} strings` : 'is not part of this encoding'
    this.fail('unknownSessionString', `the session dictionary ${has} and none with the id ${id}`, at)
  }

  /** Text of `size` bytes, within maxStringContentLength. */
  chars(size: number): string {
    // No character of UTF-16 takes more than three bytes.
    if (size > this.quotas.maxStringContentLength * 3) this.#failTooLong(Math.ceil(size / 3))
    const at = this.take(size)
    const text = this.#utf8(at, size)
    if (text.length > this.quotas.maxStringContentLength) this.#failTooLong(text.length)
    return text
  }

  unicodeChars(size: number): string {
    if (size % 2 !== 0) this.fail('invalidUtf16', `a text in UTF-16 has ${size} bytes`)
    if (size / 2 > this.quotas.maxStringContentLength) this.#failTooLong(size / 2)
    const at = this.take(size)
    const text = this.bytes.toString('utf16le', at, at + size)
    if (!text.isWellFormed()) this.fail('invalidUtf16', 'a text in UTF-16 has half a surrogate pair', at)
    return text
  }

  checkTag(tagStart: number, end: number): void {
    const limit = this.quotas.maxBytesPerRead
    if (end - tagStart > limit)
      this.fail('maxBytesPerRead', `a start tag is over the limit of ${limit} bytes`, tagStart)
  }

  fail(code: EncodingProblem, says: string, at = this.at): never {
    throw new EncodingError(code, says, this.positionOf(at))
  }

  #failTooLong(length: number): never {
    const limit = this.quotas.maxStringContentLength
    this.fail('maxStringContentLength', `a text of at least ${length} characters is over the limit of ${limit}`)
  }

  #utf8(at: number, size: number): string {
    const text = this.bytes.toString('utf8', at, at + size)
    // A real U+FFFD is rare enough to pay for a second look.
    if (text.includes(replacement) && !isUtf8(this.bytes.subarray(at, at + size))) {
      this.fail('invalidUtf8', 'a text is not UTF-8', at)
    }
    return text
  }

  #count(name: string): void {
    if (this.#names.add(name)) return
    const limit = this.quotas.maxNameTableCharCount
    this.fail('maxNameTableCharCount', `the names of the message are over the limit of ${limit} characters`)
  }
}
