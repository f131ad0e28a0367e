/** The strings that one direction of a session has sent so far (MC-NBFSE), for each of its two ends. */
import { isUtf8 } from 'node:buffer'
import { int31Length, writeInt31 } from '#framing/int31.ts'
import type { DictionaryString } from './dictionary-string.ts'
import { EncodingError } from './encoding-error.ts'

/** What the peer's string tables have said. */
export class IncomingSession {
  /** In the order in which they came: string n has the id 2n + 1. */
  readonly strings: string[] = []
  readonly #maxSize: number
  #left: number
  #isBroken = false

  /** `maxSize` is how many bytes the tables of all messages may have. */
  constructor(maxSize: number) {
    this.#maxSize = maxSize
    this.#left = maxSize
  }

  /**
   * Reads the string table at the start of a message and returns where its document begins. After an error the strings of
   * the two ends are no longer the same: every further message is refused.
   */
  readTable(message: Buffer): number {
    if (this.#isBroken) {
      throw new EncodingError('sessionBroken', 'an earlier string table of this session could not be read', 0)
    }
    this.#isBroken = true
    const size = readSize(message, 0, message.length)
    const end = size.next + size.value
    if (end > message.length) malformed('the string table is longer than its message', 0)
    if (size.value > this.#left) {
      throw new EncodingError('maxSessionSize', `the session's strings are over the limit of ${this.#maxSize} bytes`, 0)
    }
    this.#left -= size.value
    for (let at = size.next; at < end; ) {
      const length = readSize(message, at, end)
      at = length.next + length.value
      if (at > end) malformed('a string is longer than its table', length.next)
      const bytes = message.subarray(length.next, at)
      if (!isUtf8(bytes)) throw new EncodingError('invalidUtf8', 'a string of the session is not UTF-8', length.next)
      this.strings.push(bytes.toString())
    }
    this.#isBroken = false
    return end
  }
}

function malformed(says: string, offset: number): never {
  throw new EncodingError('stringTableMalformed', says, offset)
}

function readSize(bytes: Buffer, offset: number, end: number): { value: number; next: number } {
  let value = 0
  for (let at = offset, shift = 0; at < end; at += 1, shift += 7) {
    const byte = bytes[at] ?? 0
    if (shift === 28 && (byte & 0xf8) !== 0) malformed('a size is over 2147483647', at)
    value |= (byte & 0x7f) << shift
    if (byte < 0x80) return { value, next: at + 1 }
  }
  return malformed('the string table ends within a size', end)
}

/** What our string tables have said, and what that of the message being written will. */
export class OutgoingSession {
  readonly #ids = new Map<string, number>()
  #left: number
  #new: string[] = []
  #newSize = 0
  #leftBefore: number

  constructor(maxSize: number) {
    this.#left = maxSize
    this.#leftBefore = maxSize
  }

  /** The id of a string, taking it up when it is new; undefined when there is no room for it. */
  idOf(name: DictionaryString): number | undefined {
    const known = this.#ids.get(name.text)
    if (known !== undefined) return known
    if (this.#left === 0) return undefined
    const length = Buffer.byteLength(name.text)
    const size = length + int31Length(length)
    // As WCF does it: the first string without room ends the taking up, so that the choice is the same for all that follow.
    if (size > this.#left) {
      this.#left = 0
      return undefined
    }
    this.#left -= size
    this.#newSize += size
    const id = this.#ids.size * 2 + 1
    this.#ids.set(name.text, id)
    this.#new.push(name.text)
    return id
  }

  /** The bytes of the string table for the message just written, its size first. */
  get tableSize(): number {
    return int31Length(this.#newSize) + this.#newSize
  }

  /** Writes that table; the strings count as sent. */
  writeTable(target: Buffer, offset: number): void {
    let at = writeInt31(this.#newSize, target, offset)
    for (const text of this.#new) {
      at = writeInt31(Buffer.byteLength(text), target, at)
      at += target.write(text, at)
    }
    this.#settle()
  }

  /** The message will not be sent: neither will the strings that it took up. */
  forget(): void {
    for (const text of this.#new) this.#ids.delete(text)
    this.#left = this.#leftBefore
    this.#settle()
  }

  #settle(): void {
    this.#leftBefore = this.#left
    this.#newSize = 0
    if (this.#new.length > 0) this.#new = []
  }
}
