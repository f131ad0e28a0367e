/** The bytes of a binary document that is written: they grow, and the last text record may still end its element. */
import { int31Length, writeInt31 } from '#framing/int31.ts'
import { EncodingError } from './encoding-error.ts'
import { recordType } from './record-type.ts'

const firstSize = 4096
/** A larger document keeps its bytes, and the next one gets new ones: cheaper than a copy, and nothing large stays behind. */
const keptSize = 64 * 1024
/** Below, writing the characters one by one is faster than a call into the runtime. */
const shortText = 40

export class BinaryOutput {
  bytes = Buffer.allocUnsafeSlow(firstSize)
  at = 0
  /** Where the type of the text record stands that was written last; -1 when something else was. */
  textAt = -1

  begin(): void {
    this.at = 0
    this.textAt = -1
  }

  /** The document, behind `front` bytes that are free. */
  finish(front: number): Buffer {
    const document = this.bytes.subarray(0, this.at)
    if (this.at > keptSize) {
      this.bytes = Buffer.allocUnsafeSlow(firstSize)
      if (front === 0) return document
    }
    const message = Buffer.allocUnsafe(front + document.length)
    message.set(document, front)
    return message
  }

  /** What is there so far; the document goes on behind it. */
  take(): Buffer {
    const taken = Buffer.from(this.bytes.subarray(0, this.at))
    this.begin()
    return taken
  }

  /** Makes room for `size` more bytes. */
  room(size: number): void {
    const needed = this.at + size
    if (needed <= this.bytes.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2))
    this.bytes.copy(grown, 0, 0, this.at)
    this.bytes = grown
  }

  byte(value: number): void {
    if (this.at === this.bytes.length) this.room(1)
    this.bytes[this.at++] = value
  }

  /** The type of a record that is no text. */
  node(type: number): void {
    this.byte(type)
    this.textAt = -1
  }

  /** The type of a text record. */
  text(type: number): void {
    this.textAt = this.at
    this.byte(type)
  }

  endElement(): void {
    if (this.textAt < 0) {
      this.byte(recordType.endElement)
    } else {
      this.bytes[this.textAt] = (this.bytes[this.textAt] ?? 0) + 1
      this.textAt = -1
    }
  }

  int31(value: number): void {
    this.room(5)
    this.at = writeInt31(value, this.bytes, this.at)
  }

  /** A name or other string with its size in front. */
  string(text: string): void {
    const { length } = text
    if (length < shortText) {
      this.room(1 + length * 3)
      const end = this.#ascii(text, this.at + 1)
      if (end > 0) {
        this.bytes[this.at] = length
        this.at = end
        return
      }
    }
    const size = utf8Size(text)
    this.room(int31Length(size) + size)
    this.at = writeInt31(size, this.bytes, this.at)
    this.utf8(text, size)
  }

  /** Writes a short text if it is ASCII, and returns where it ends; otherwise 0. Doesn't move. */
  #ascii(text: string, offset: number): number {
    const { bytes } = this
    const { length } = text
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index)
      if (code >= 0x80) return 0
      bytes[offset + index] = code
    }
    return offset + length
  }

  /** Tries to write a text as a record of the type, with one byte of size; false when it is long or not ASCII. */
  shortAsciiText(type: number, text: string): boolean {
    const { length } = text
    if (length >= shortText) return false
    this.room(2 + length)
    const end = this.#ascii(text, this.at + 2)
    if (end === 0) return false
    this.textAt = this.at
    this.bytes[this.at] = type
    this.bytes[this.at + 1] = length
    this.at = end
    return true
  }

  /** A text record with a size: `type` is that of the form with one byte of size; those with two and four follow it. */
  sized(type: number, size: number): void {
    this.room(5 + size)
    if (size < 0x100) {
      this.text(type)
      this.bytes[this.at++] = size
    } else if (size < 0x1_0000) {
      this.text(type + 2)
      this.at = this.bytes.writeUInt16LE(size, this.at)
    } else {
      this.text(type + 4)
      this.at = this.bytes.writeUInt32LE(size, this.at)
    }
  }

  /** The UTF-8 bytes of a text, for which there is room. */
  utf8(text: string, size: number): void {
    this.bytes.write(text, this.at, size, 'utf8')
    this.at += size
  }

  utf16(text: string): void {
    this.at += this.bytes.write(text, this.at, 'utf16le')
  }

  raw(bytes: Uint8Array): void {
    this.room(bytes.length)
    this.bytes.set(bytes, this.at)
    this.at += bytes.length
  }
}

/** The size of a text in UTF-8. Throws EncodingError for half a surrogate pair, which UTF-8 can't say. */
export function utf8Size(text: string): number {
  const size = Buffer.byteLength(text)
  if (size > text.length && !text.isWellFormed()) {
    throw new EncodingError('invalidCharacter', 'a text has half a surrogate pair')
  }
  return size
}
