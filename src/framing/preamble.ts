/** The preamble of a connection: read from whatever of its beginning has arrived, and written. */
import { int31Length, readInt31, writeInt31 } from './int31.ts'
import { type DecoderState, type FramingProblem, looksLike, type ProblemKind, unexpectedRecord } from './problem.ts'
import {
  contentTypeOf,
  encodingCodeOf,
  type Mode,
  maxContentTypeSize,
  maxViaSize,
  modeByte,
  modeOf,
  recordType,
  type ServedMode,
} from './records.ts'
import { parseVia, type Via } from './via.ts'

/** What a client says before anything else, up to and including its encoding. */
export interface Preamble {
  readonly mode: ServedMode
  readonly minorVersion: number
  /** The URI asked for, as the client wrote it. */
  readonly via: string
  /** The same, canonical and in its parts. */
  readonly uri: Via
  readonly contentType: string
  /** Bytes up to and including the encoding record. */
  readonly length: number
}

export type PreambleReading =
  | { readonly is: 'complete'; readonly preamble: Preamble }
  | { readonly is: 'incomplete'; readonly state: DecoderState }
  | { readonly is: 'invalid'; readonly problem: FramingProblem }

/** The longest preamble, with five-byte sizes; so many bytes always decide. */
export const maxPreambleSize = 3 + 2 + (1 + 5 + maxViaSize) + (1 + 5 + maxContentTypeSize)

type TextState = 'ReadingViaString' | 'ReadingContentTypeString'

// Made once: while a preamble trickles in, reading it again takes no memory.
const incompleteIn = {
  ReadingVersionRecord: { is: 'incomplete', state: 'ReadingVersionRecord' },
  ReadingMajorVersion: { is: 'incomplete', state: 'ReadingMajorVersion' },
  ReadingMinorVersion: { is: 'incomplete', state: 'ReadingMinorVersion' },
  ReadingModeRecord: { is: 'incomplete', state: 'ReadingModeRecord' },
  ReadingModeValue: { is: 'incomplete', state: 'ReadingModeValue' },
  ReadingViaRecord: { is: 'incomplete', state: 'ReadingViaRecord' },
  ReadingViaString: { is: 'incomplete', state: 'ReadingViaString' },
  ReadingContentTypeRecord: { is: 'incomplete', state: 'ReadingContentTypeRecord' },
  ReadingContentTypeByte: { is: 'incomplete', state: 'ReadingContentTypeByte' },
  ReadingContentTypeString: { is: 'incomplete', state: 'ReadingContentTypeString' },
} as const

/**
 * Reads the preamble at the beginning of a connection. Nothing is kept between calls: call again with a longer buffer.
 * It is complete with the last byte of the encoding record, because a client that asks for an upgrade sends nothing more
 * until it is answered.
 */
export function readPreamble(bytes: Uint8Array): PreambleReading {
  const version = bytes[0]
  if (version === undefined) return incompleteIn.ReadingVersionRecord
  if (version !== recordType.version) return notFraming(bytes, version)
  const major = bytes[1]
  if (major === undefined) return incompleteIn.ReadingMajorVersion
  if (major !== 1) {
    return invalid('majorVersion', `framing version ${major} is not supported, only 1`, 1, 'ReadingMajorVersion')
  }
  const minorVersion = bytes[2]
  if (minorVersion === undefined) return incompleteIn.ReadingMinorVersion

  const modeRecord = bytes[3]
  if (modeRecord === undefined) return incompleteIn.ReadingModeRecord
  if (modeRecord !== recordType.mode) return unexpected([recordType.mode], modeRecord, 3, 'ReadingModeRecord')
  const modeCode = bytes[4]
  if (modeCode === undefined) return incompleteIn.ReadingModeValue
  const mode = modeOf(modeCode)
  if (mode === undefined) return invalid('mode', `the mode ${modeCode} does not exist`, 4, 'ReadingModeValue')
  if (mode === 'simplex' || mode === 'singletonSized') {
    return invalid('modeNotServed', `the mode ${mode} is not served over TCP`, 4, 'ReadingModeValue')
  }

  const viaRecord = bytes[5]
  if (viaRecord === undefined) return incompleteIn.ReadingViaRecord
  if (viaRecord !== recordType.via) return unexpected([recordType.via], viaRecord, 5, 'ReadingViaRecord')
  const viaText = readText(bytes, 6, maxViaSize, 'viaTooLong', 'ReadingViaString')
  if (viaText.is !== 'value') return viaText
  const { value: via, next: encodingAt } = viaText
  const uri = parseVia(via)
  if (!uri) {
    const position = via === '' ? encodingAt : encodingAt - 1
    return invalid('viaNotUri', `the via ${quoted(via)} is no absolute URI`, position, 'ReadingViaString')
  }

  const encoding = bytes[encodingAt]
  if (encoding === undefined) return incompleteIn.ReadingContentTypeRecord
  if (encoding === recordType.knownEncoding) {
    const code = bytes[encodingAt + 1]
    if (code === undefined) return incompleteIn.ReadingContentTypeByte
    return complete({ mode, minorVersion, via, uri, contentType: contentTypeOf(code), length: encodingAt + 2 })
  }
  if (encoding !== recordType.extensibleEncoding) {
    const expected = [recordType.knownEncoding, recordType.extensibleEncoding]
    return unexpected(expected, encoding, encodingAt, 'ReadingContentTypeRecord')
  }
  const type = readText(bytes, encodingAt + 1, maxContentTypeSize, 'contentTypeTooLong', 'ReadingContentTypeString')
  if (type.is !== 'value') return type
  return complete({ mode, minorVersion, via, uri, contentType: type.value, length: type.next })
}

/** The preamble as a client writes it, up to and including the encoding record. Sizes are the caller's business. */
export function encodePreamble(preamble: { mode: Mode; via: string; contentType: string }): Buffer {
  const code = encodingCodeOf(preamble.contentType)
  const viaSize = Buffer.byteLength(preamble.via)
  const typeSize = Buffer.byteLength(preamble.contentType)
  const encodingSize = code === undefined ? 1 + int31Length(typeSize) + typeSize : 2
  const target = Buffer.allocUnsafe(6 + int31Length(viaSize) + viaSize + encodingSize)
  target.set([recordType.version, 1, 0, recordType.mode, modeByte[preamble.mode], recordType.via])
  let at = writeInt31(viaSize, target, 6)
  at += target.write(preamble.via, at)
  if (code !== undefined) {
    target.set([recordType.knownEncoding, code], at)
  } else {
    target[at] = recordType.extensibleEncoding
    target.write(preamble.contentType, writeInt31(typeSize, target, at + 1))
  }
  return target
}

function complete(preamble: Preamble): PreambleReading {
  return { is: 'complete', preamble }
}

function invalid(kind: ProblemKind, says: string, position: number, state: DecoderState) {
  return { is: 'invalid', problem: { kind, says, position, state } } as const
}

function unexpected(expected: readonly number[], found: number, position: number, state: DecoderState) {
  return invalid('unexpectedRecord', unexpectedRecord(expected, found), position, state)
}

function notFraming(bytes: Uint8Array, found: number): PreambleReading {
  const like = looksLike(bytes)
  const hint = like ? `; it looks like ${like}` : ''
  const says = unexpectedRecord([recordType.version], found) + hint
  const problem = { kind: 'unexpectedRecord', says, position: 0, state: 'ReadingVersionRecord' } as const
  return { is: 'invalid', problem: like ? { ...problem, looksLike: like } : problem }
}

/** A size and so much text. The size is judged before any of the text is needed. */
function readText(bytes: Uint8Array, at: number, limit: number, tooLong: ProblemKind, state: TextState) {
  const size = readInt31(bytes, at)
  if (size.is === 'incomplete') return incompleteIn[state]
  if (size.is === 'tooLarge') return invalid('sizeTooLarge', 'a size is over 2147483647', size.at, state)
  if (size.value > limit) {
    return invalid(tooLong, `a text of ${size.value} bytes is over the limit of ${limit}`, size.next - 1, state)
  }
  const next = size.next + size.value
  // Peers step their decoders only with bytes at hand, so an empty text is complete with the byte behind it.
  if (bytes.length < next || (size.value === 0 && bytes.length === next)) return incompleteIn[state]
  const value = Buffer.from(bytes.buffer, bytes.byteOffset + size.next, size.value).toString('utf8')
  return { is: 'value', value, next } as const
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text)
}
