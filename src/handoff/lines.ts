/** Lines out of a stream of bytes, with a bound on their length. */
import { greatestLine } from './protocol.ts'

const lineFeed = 10

/** Cuts chunks into lines. */
export class LineSplitter {
  #rest: Buffer[] = []
  #held = 0

  /** The lines that `chunk` completes, without their line feeds; undefined once a line is too long. */
  push(chunk: Buffer): string[] | undefined {
    const lines: string[] = []
    let from = 0
    for (let at = chunk.indexOf(lineFeed); at >= 0; at = chunk.indexOf(lineFeed, from)) {
      const last = chunk.subarray(from, at)
      from = at + 1
      if (this.#held + last.byteLength >= greatestLine) return undefined
      lines.push(this.#held === 0 ? last.toString('utf8') : Buffer.concat([...this.#rest, last]).toString('utf8'))
      this.#rest = []
      this.#held = 0
    }
    if (from === chunk.byteLength) return lines
    this.#held += chunk.byteLength - from
    if (this.#held >= greatestLine) return undefined
    this.#rest.push(Buffer.from(chunk.subarray(from)))
    return lines
  }

  /** Whether the last line is still incomplete. */
  get isInsideLine(): boolean {
    return this.#held > 0
  }
}
