/** What follows the preamble, as bytes: control records, envelopes and the chunks of a streamed one. */
import { int31Length, writeInt31 } from './int31.ts'
import { recordType } from './records.ts'

/** Records of one byte. They are shared: never write into them. */
export const preambleEnd = Buffer.from([recordType.preambleEnd])
export const preambleAck = Buffer.from([recordType.preambleAck])
export const upgradeResponse = Buffer.from([recordType.upgradeResponse])
export const end = Buffer.from([recordType.end])

/** Begins a streamed envelope; chunks follow, then `unsizedEnvelopeEnd`. */
export const unsizedEnvelopeStart = Buffer.from([recordType.unsizedEnvelope])
export const unsizedEnvelopeEnd = Buffer.from([0])

/** What stands before the `size` bytes of an envelope. */
export function sizedEnvelopeHeader(size: number): Buffer {
  const header = Buffer.allocUnsafe(1 + int31Length(size))
  header[0] = recordType.sizedEnvelope
  writeInt31(size, header, 1)
  return header
}

/** A whole envelope in one buffer. */
export function encodeSizedEnvelope(content: Uint8Array): Buffer {
  const size = content.length
  const record = Buffer.allocUnsafe(1 + int31Length(size) + size)
  record[0] = recordType.sizedEnvelope
  record.set(content, writeInt31(size, record, 1))
  return record
}

/** What stands before the `size` bytes of a chunk. An empty chunk would end the envelope. */
export function chunkHeader(size: number): Buffer {
  if (size === 0) throw new RangeError('a chunk has at least one byte')
  const header = Buffer.allocUnsafe(int31Length(size))
  writeInt31(size, header, 0)
  return header
}

/** Asks to secure the connection. */
export function encodeUpgradeRequest(contentType: string): Buffer {
  const size = Buffer.byteLength(contentType)
  const record = Buffer.allocUnsafe(1 + int31Length(size) + size)
  record[0] = recordType.upgradeRequest
  record.write(contentType, writeInt31(size, record, 1))
  return record
}
