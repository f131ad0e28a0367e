/** Messages that are nearly right: those of real peers and of .NET's writer, changed at random, and what reading them may do. */
import { BinaryReader } from '#encoding/binary-reader.ts'
import { readElement } from '#encoding/element-tree.ts'
import { EncodingError } from '#encoding/encoding-error.ts'
import { defaultQuotas, greatestQuotas } from '#encoding/reader-quotas.ts'
import { IncomingSession } from '#encoding/session-dictionary.ts'
import { TextReader } from '#encoding/text-reader.ts'
import type { XmlReader } from '#encoding/xml-reader.ts'
import { messages } from './envelopes.ts'
import { vectors } from './writer-script.ts'

/** Numbers that are the same for the same seed. */
export function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let bits = Math.imul(state ^ (state >>> 15), state | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) % below
  }
}

interface Seed {
  readonly bytes: Buffer
  readonly read: (bytes: Buffer, isComplete: boolean) => XmlReader
}

const documents: readonly Seed[] = [
  ...messages.map(({ bytes, session, documentAt }) => ({ bytes: bytes.subarray(documentAt), session })),
  ...vectors.map(({ hex, session }) => ({ bytes: Buffer.from(hex, 'hex'), session: session ?? undefined })),
].map(({ bytes, session }, index) => ({
  bytes,
  read: (changed, isComplete) =>
    new BinaryReader(changed, index % 2 === 0 ? defaultQuotas : greatestQuotas, session, 0, isComplete),
}))

const sessions: readonly Seed[] = messages.flatMap(({ bytes, session }) =>
  session ? [{ bytes, read: (changed) => readWithTable(changed) }] : [],
)

function readWithTable(message: Buffer): XmlReader {
  const session = new IncomingSession(2048)
  const documentAt = session.readTable(message)
  return new BinaryReader(message, defaultQuotas, session.strings, documentAt)
}

const texts: readonly Seed[] = vectors.map(({ xml }) => ({
  bytes: Buffer.from(xml),
  read: (changed, isComplete) => new TextReader(changed, defaultQuotas, isComplete),
}))

export const seeds: readonly Seed[] = [...documents, ...documents, ...sessions, ...texts]

/** Bytes that mean much: sizes that lie, ids, the ends of ranges of records. */
const meaningful = [
  0, 1, 2, 3, 4, 9, 0x0b, 0x3f, 0x40, 0x5e, 0x77, 0x7f, 0x80, 0x98, 0x9c, 0xa2, 0xa4, 0xa6, 0xaa, 0xbc, 0xbd, 0xff,
]

export function mutated(original: Buffer, random: (below: number) => number): Buffer {
  const bytes = [...original]
  for (let changes = 1 + random(4); changes > 0; changes--) {
    const at = random(bytes.length + 1)
    const value = random(2) === 0 ? random(256) : (meaningful[random(meaningful.length)] ?? 0)
    switch (random(7)) {
      case 0:
        bytes[Math.min(at, bytes.length - 1)] = value
        break
      case 1:
        bytes.splice(at, 0, value)
        break
      case 2:
        bytes.splice(at, 1 + random(3))
        break
      case 3:
        bytes.length = at
        break
      case 4:
        bytes.splice(at, 0, ...bytes.slice(random(bytes.length + 1)).slice(0, random(60)))
        break
      case 5: {
        const other = seeds[random(seeds.length)]?.bytes ?? Buffer.alloc(0)
        const from = random(other.length + 1)
        bytes.splice(at, 0, ...other.subarray(from, from + random(40)))
        break
      }
      default:
        bytes.splice(at, 0, ...new Array<number>(random(50)).fill(value))
    }
  }
  return Buffer.from(bytes)
}

/** How a message went: it was read, or the code of its error. Anything else is thrown. */
export function readHostile(seed: Seed, bytes: Buffer, random: (below: number) => number): string {
  try {
    const isStreamed = random(4) === 0
    const reader = seed.read(isStreamed ? Buffer.alloc(0) : bytes, !isStreamed)
    if (random(3) === 0 && !isStreamed) readElement(reader, 1000)
    // An item of an array takes a byte at least, and is three nodes.
    const most = bytes.length * 3 + 10
    let at = 0
    for (let nodes = 0; reader.node !== 'end'; nodes++) {
      if (nodes > most + bytes.length) throw new Error(`${bytes.length} bytes gave more than ${nodes} nodes`)
      if (reader.read() === 'incomplete') {
        if (at >= bytes.length) reader.endOfInput()
        const size = 1 + random(20)
        reader.feed(bytes.subarray(at, at + size))
        at += size
      } else if (reader.arrayLength > 0 && !isStreamed && random(2) === 0) {
        reader.takeArray()
      }
    }
    return 'read'
  } catch (error) {
    if (!(error instanceof EncodingError)) throw error
    if (error.offset > bytes.length) throw new Error(`the error is at byte ${error.offset} of ${bytes.length}`)
    return error.code
  }
}
