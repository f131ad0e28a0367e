/** The names of a message: found again by their bytes, and counted. */

export class NameCount {
  readonly #limit: number
  #chars = 0
  /** The names so far; until their sum is over the limit, nobody needs to know which of them are the same. */
  #names: string[] | Set<string> = []

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Counts a name; false when the message has too many. */
  add(name: string): boolean {
    if (Array.isArray(this.#names)) {
      this.#names.push(name)
      this.#chars += name.length
      if (this.#chars <= this.#limit) return true
      this.#names = new Set(this.#names)
      this.#chars = 0
      for (const different of this.#names) this.#chars += different.length
    } else if (!this.#names.has(name)) {
      this.#names.add(name)
      this.#chars += name.length
    }
    return this.#chars <= this.#limit
  }
}

/** Longer ones are mostly not names. */
const longest = 64
const slots = 512

const bytesOf: (Uint8Array | undefined)[] = new Array(slots).fill(undefined)
const textOf: string[] = new Array(slots).fill('')

/** The name of these bytes; undefined when it is too long or not ASCII. A sender who varies names only takes the slots. */
export function recentName(bytes: Buffer, at: number, size: number): string | undefined {
  if (size > longest) return undefined
  let hash = size
  const end = at + size
  for (let index = at; index < end; index++) hash = (hash * 31 + (bytes[index] ?? 0)) | 0
  const slot = (hash ^ (hash >>> 15)) & (slots - 1)
  const known = bytesOf[slot]
  if (known && isSame(known, bytes, at, size)) return textOf[slot]
  for (let index = at; index < end; index++) if ((bytes[index] ?? 0) >= 0x80) return undefined
  const text = bytes.toString('latin1', at, end)
  // Not a view, nor a part of Node's pool: nothing but the name must live as long as the name.
  bytesOf[slot] = new Uint8Array(bytes.subarray(at, end))
  textOf[slot] = text
  return text
}

function isSame(known: Uint8Array, bytes: Buffer, at: number, size: number): boolean {
  if (known.length !== size) return false
  for (let index = 0; index < size; index++) if (known[index] !== bytes[at + index]) return false
  return true
}
