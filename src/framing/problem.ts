/** What is wrong with bytes that should be net.tcp framing: its kind, a sentence, the byte and the decoder's state. */
import { PorticoError } from '#base/errors.ts'
import { describeRecord } from './records.ts'

export type ProblemKind =
  | 'unexpectedRecord'
  | 'majorVersion'
  | 'mode'
  | 'modeNotServed'
  | 'sizeTooLarge'
  | 'viaTooLong'
  | 'viaNotUri'
  | 'contentTypeTooLong'
  | 'upgradeTypeTooLong'
  | 'faultTooLong'
  | 'endOfStream'
  | 'afterEnd'

/** Where a decoder stands; the names are those that .NET peers log. */
export type DecoderState =
  | 'ReadingVersionRecord'
  | 'ReadingMajorVersion'
  | 'ReadingMinorVersion'
  | 'ReadingModeRecord'
  | 'ReadingModeValue'
  | 'ReadingViaRecord'
  | 'ReadingViaString'
  | 'ReadingContentTypeRecord'
  | 'ReadingContentTypeByte'
  | 'ReadingContentTypeString'
  | 'ReadingUpgradeRecord'
  | 'ReadingUpgradeString'
  | 'ReadingUpgradeMode'
  | 'ReadingAckRecord'
  | 'ReadingFaultString'
  | 'ReadingEnvelopeRecord'
  | 'ReadingEnvelopeSize'
  | 'ReadingEnvelopeBytes'
  | 'ReadingEnvelopeChunkSize'
  | 'ReadingEndRecord'
  | 'End'

export interface FramingProblem {
  readonly kind: ProblemKind
  /** A sentence without its end, for logs: `a Via record (02) was expected, the byte 47 came`. */
  readonly says: string
  /** Offset of the byte that decided, counted from the first byte of the stream. */
  readonly position: number
  readonly state: DecoderState
  /** The protocol that the peer seems to speak instead. */
  readonly looksLike?: 'HTTP' | 'TLS'
}

export function framingError(problem: FramingProblem, cause?: unknown): PorticoError<'FRAMING_INVALID'> {
  const { says, position, state } = problem
  return new PorticoError('FRAMING_INVALID', { problem: says, position, state }, { cause })
}

/** The problem of a stream that ends where more must come. */
export function endOfStream(position: number, state: DecoderState): FramingProblem {
  return { kind: 'endOfStream', says: 'the stream ended, more bytes were expected', position, state }
}

/** The sentence for a record that isn't the one expected. */
export function unexpectedRecord(expected: readonly number[], found: number): string {
  return `${expected.map(describeRecord).join(' or ')} was expected, ${describeRecord(found)} came`
}

const httpMethods = ['GET ', 'POST ', 'HEAD ', 'PUT ', 'DELETE ', 'OPTIONS ', 'CONNECT ', 'TRACE ', 'PATCH ', 'PRI ']

/** Guesses what speaks: an HTTP request (or the part of its method that is there), or the first record of TLS. */
export function looksLike(bytes: Uint8Array): 'HTTP' | 'TLS' | undefined {
  if (bytes[0] === 0x16 && (bytes[1] ?? 3) === 3) return 'TLS'
  const start = String.fromCharCode(...bytes.subarray(0, 8))
  return httpMethods.some((method) => start.startsWith(method.slice(0, start.length))) ? 'HTTP' : undefined
}
