/** What the application sends, as the parts of few writes: small envelopes are copied behind their header, large ones not. */
import {
  chunkHeader,
  encodeSizedEnvelope,
  sizedEnvelopeHeader,
  unsizedEnvelopeEnd,
  unsizedEnvelopeStart,
} from '#framing/envelopes.ts'

/** Up to this size a copy costs less than a write of two parts. */
const copiedUpTo = 16_384

export function envelopeParts(envelope: Uint8Array): Uint8Array[] {
  if (envelope.length <= copiedUpTo) return [encodeSizedEnvelope(envelope)]
  return [sizedEnvelopeHeader(envelope.length), envelope]
}

/** The writes of a streamed envelope, one for each chunk and one for its end; one for all when it is there as a whole. */
export async function* streamParts(envelope: Uint8Array | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array[]> {
  if (envelope instanceof Uint8Array) {
    yield [unsizedEnvelopeStart, ...chunkParts(envelope), unsizedEnvelopeEnd]
    return
  }
  yield [unsizedEnvelopeStart]
  for await (const chunk of envelope) yield chunkParts(chunk)
  yield [unsizedEnvelopeEnd]
}

/** An empty chunk would end the envelope, so it is left out. */
function chunkParts(chunk: Uint8Array): Uint8Array[] {
  return chunk.length === 0 ? [] : [chunkHeader(chunk.length), chunk]
}
