/** Names come again with every message: those seen lately are kept as strings, found by their bytes. */

/** Longer ones are mostly not names. */
const longest = 64
const slots = 512

const bytesOf: (Buffer | undefined)[] = new Array(slots).fill(undefined)
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
  // Not a view: the message must not live as long as the name.
  bytesOf[slot] = Buffer.from(bytes.subarray(at, end))
  textOf[slot] = text
  return text
}

function isSame(known: Buffer, bytes: Buffer, at: number, size: number): boolean {
  if (known.length !== size) return false
  for (let index = 0; index < size; index++) if (known[index] !== bytes[at + index]) return false
  return true
}
