/** The content of one record whose bytes arrive in pieces: memory follows what has arrived, not what was announced. */

const firstCapacity = 8192

export class PartialRecord {
  readonly #size: number
  #bytes: Buffer
  #length = 0

  constructor(size: number) {
    this.#size = size
    this.#bytes = Buffer.allocUnsafe(Math.min(size, firstCapacity))
  }

  /** How many bytes are still to come. */
  get missing(): number {
    return this.#size - this.#length
  }

  /** Adds a copy of `piece`, which is at most as long as what is missing. */
  add(piece: Uint8Array): void {
    const length = this.#length + piece.length
    if (length > this.#bytes.length) {
      // Four times what has arrived: few copies for a large record, no gift of memory to who only announces one.
      const grown = Buffer.allocUnsafe(Math.min(this.#size, Math.max(length, this.#bytes.length * 4)))
      grown.set(this.#bytes.subarray(0, this.#length))
      this.#bytes = grown
    }
    this.#bytes.set(piece, this.#length)
    this.#length = length
  }

  /** The content; whole when nothing is missing. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }
}
