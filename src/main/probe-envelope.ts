/** One SOAP request in the binary session encoding, built by hand: what `portico probe` says to a service. */
import { randomBytes } from 'node:crypto'
import { writeInt31 } from '#framing/int31.ts'

/** What a request says. Names in the body are written in place; there is no in-band dictionary to speak of. */
export interface ProbeRequest {
  readonly action: string
  /** The URI of the service. */
  readonly to: string
  /** 16 bytes of a UUID, as .NET orders them. */
  readonly messageId: Uint8Array
  /** The one element of the body, empty, and its namespace. */
  readonly element: string
  readonly namespace: string
}

const anonymous = 'http://www.w3.org/2005/08/addressing/anonymous'
/** Elements and attributes of the static dictionary, with the prefixes s and a. Source: MC-NBFX, MC-NBFS. */
const envelopeStart = Buffer.from('56020b0173040b016106', 'hex') // <s:Envelope xmlns:s xmlns:a>
const headerStart = Buffer.from('5608', 'hex')
const actionStart = Buffer.from('440a1e0082', 'hex') // <a:Action s:mustUnderstand="1">
const messageIdStart = Buffer.from('441aad', 'hex') // <a:MessageID>, a unique id and the end of the element
const replyToStart = Buffer.from('442c5e0741646472657373', 'hex') // <a:ReplyTo><a:Address>
const toStart = Buffer.from('440c1e0082', 'hex') // <a:To s:mustUnderstand="1">
const bodyStart = Buffer.from('560e', 'hex')
const endElement = Buffer.of(0x01)

/** A request without content; a service that doesn't know the action answers it with a SOAP fault. */
export function probeRequest(to: string): ProbeRequest {
  return {
    action: 'urn:portico:probe',
    to,
    messageId: randomBytes(16),
    element: 'Probe',
    namespace: 'urn:portico',
  }
}

/** The envelope's bytes: an empty string table, and the document. */
export function encodeRequest({ action, to, messageId, element, namespace }: ProbeRequest): Buffer {
  return Buffer.concat([
    Buffer.of(0x00),
    envelopeStart,
    headerStart,
    actionStart,
    textAndEnd(action),
    messageIdStart,
    messageId,
    replyToStart,
    textAndEnd(anonymous),
    endElement,
    toStart,
    textAndEnd(to),
    endElement, // header
    bodyStart,
    Buffer.of(0x40),
    sized(element),
    Buffer.of(0x08),
    sized(namespace),
    endElement,
    endElement,
    endElement,
  ])
}

/** Characters, and the end of the element they stand in: with a size of one or of two bytes. */
function textAndEnd(text: string): Buffer {
  const bytes = Buffer.from(text)
  const size = bytes.byteLength
  return Buffer.concat([size < 256 ? Buffer.of(0x99, size) : Buffer.of(0x9b, size & 0xff, size >> 8), bytes])
}

/** A name with its size in base 128. */
function sized(text: string): Buffer {
  const bytes = Buffer.from(text)
  const size = Buffer.alloc(5)
  return Buffer.concat([size.subarray(0, writeInt31(bytes.byteLength, size, 0)), bytes])
}
