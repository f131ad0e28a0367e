/** Writes one SOAP 1.2 request in the binary session encoding, as the first message of a WCF client looks. */
import { int31Length, writeInt31 } from '#framing/int31.ts'

export interface ProbeRequest {
  readonly action: string
  /** A UUID in its usual text. */
  readonly messageId: string
  /** The address in the To header; services drop messages for others. */
  readonly to: string
  /** The element in the body, with one parameter in it. */
  readonly operation: string
  readonly namespace: string
  readonly parameter: string
  readonly value: string
}

const anonymous = 'http://www.w3.org/2005/08/addressing/anonymous'

/** Record types of the binary format; a text record with its low bit set ends its element too. */
const record = {
  end: 0x01,
  xmlns: 0x08,
  dictionaryXmlns: 0x0b,
  /** Attribute with the prefix s and a name of the dictionary. */
  attributeS: 0x1e,
  element: 0x40,
  dictionaryElement: 0x42,
  /** Elements with the prefixes a and s, and a name of the dictionary. */
  elementA: 0x44,
  elementS: 0x56,
  /** Element with the prefix a, and its name. */
  namedElementA: 0x5e,
  one: 0x82,
  chars8AndEnd: 0x99,
  chars16AndEnd: 0x9b,
  chars32AndEnd: 0x9d,
  uniqueIdAndEnd: 0xad,
} as const

/** Names that both sides know: twice their number in the dictionary of SOAP messages. */
const known = {
  mustUnderstand: 0x00,
  envelope: 0x02,
  soap12: 0x04,
  addressing10: 0x06,
  header: 0x08,
  action: 0x0a,
  to: 0x0c,
  body: 0x0e,
  messageId: 0x1a,
  replyTo: 0x2c,
} as const

/** The first string that the message itself brings: 2 × 0 + 1. */
const firstOwnString = 0x01

const mustUnderstand = Buffer.from([record.attributeS, known.mustUnderstand, record.one])

/** The content of a sized envelope for encoding 8. Only valid as the first message of a connection: it brings its string. */
export function encodeProbeRequest(request: ProbeRequest): Buffer {
  const table = sized(request.parameter)
  return Buffer.concat([
    sizeOf(table.length),
    table,
    Buffer.from([record.elementS, known.envelope]),
    Buffer.from([record.dictionaryXmlns, 1, 0x73, known.soap12]),
    Buffer.from([record.dictionaryXmlns, 1, 0x61, known.addressing10]),
    Buffer.from([record.elementS, known.header]),
    Buffer.from([record.elementA, known.action]),
    mustUnderstand,
    textAndEnd(request.action),
    Buffer.from([record.elementA, known.messageId, record.uniqueIdAndEnd]),
    guid(request.messageId),
    Buffer.from([record.elementA, known.replyTo, record.namedElementA]),
    sized('Address'),
    textAndEnd(anonymous),
    Buffer.from([record.end, record.elementA, known.to]),
    mustUnderstand,
    textAndEnd(request.to),
    Buffer.from([record.end, record.elementS, known.body, record.element]),
    sized(request.operation),
    Buffer.from([record.xmlns]),
    sized(request.namespace),
    Buffer.from([record.dictionaryElement, firstOwnString]),
    textAndEnd(request.value),
    Buffer.from([record.end, record.end, record.end]),
  ])
}

function sizeOf(size: number): Buffer {
  const bytes = Buffer.alloc(int31Length(size))
  writeInt31(size, bytes, 0)
  return bytes
}

function sized(text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([sizeOf(bytes.length), bytes])
}

/** Text in the shortest record that holds it. */
function textAndEnd(text: string): Buffer {
  const bytes = Buffer.from(text)
  const head = Buffer.alloc(bytes.length < 0x100 ? 2 : bytes.length < 0x1_0000 ? 3 : 5)
  head[0] = { 2: record.chars8AndEnd, 3: record.chars16AndEnd, 5: record.chars32AndEnd }[head.length] ?? 0
  head.writeUIntLE(bytes.length, 1, head.length - 1)
  return Buffer.concat([head, bytes])
}

/** As .NET keeps a Guid: the first three groups low byte first. */
function guid(text: string): Buffer {
  const bytes = Buffer.from(text.replaceAll('-', ''), 'hex')
  bytes.subarray(0, 4).reverse()
  bytes.subarray(4, 6).reverse()
  bytes.subarray(6, 8).reverse()
  return bytes
}
