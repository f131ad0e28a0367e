/** The messages of the captured exchanges between real WCF peers, as each end read them. */
import { IncomingSession } from '#encoding/session-dictionary.ts'
import { capture, exchanges } from './bytes.ts'

export interface CapturedMessage {
  /** The exchange, who sent it, and which of its messages it is. */
  readonly title: string
  readonly bytes: Buffer
  /** Where its document begins: behind the string table, where there is one. */
  readonly documentAt: number
  /** The in-band strings that its direction had sent with it, where the encoding has them. */
  readonly session: readonly string[] | undefined
}

function envelopeOf(bytes: Buffer, record: string): Buffer {
  let at = 1
  const size = () => {
    for (let value = 0, shift = 0; ; shift += 7) {
      const byte = bytes[at++] ?? 0
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }
  if (record === 'SizedEnvelope') return bytes.subarray(bytes.length - size())
  const chunks: Buffer[] = []
  for (let length = size(); length > 0; length = size()) {
    chunks.push(bytes.subarray(at, at + length))
    at += length
  }
  return Buffer.concat(chunks)
}

export const messages: readonly CapturedMessage[] = exchanges.flatMap((exchange) => {
  const sessions = { client: new IncomingSession(2048), server: new IncomingSession(2048) }
  const counts = { client: 0, server: 0 }
  return capture(exchange).flatMap(({ from, record, bytes }) => {
    if (!record.endsWith('Envelope')) return []
    const envelope = envelopeOf(bytes, record)
    const hasSession = record === 'SizedEnvelope'
    const documentAt = hasSession ? sessions[from].readTable(envelope) : 0
    counts[from] += 1
    const title = `${exchange}, ${from} ${counts[from]}`
    return [{ title, bytes: envelope, documentAt, session: hasSession ? [...sessions[from].strings] : undefined }]
  })
})
