/** Bodies that are streams: bytes that go through the operation piece by piece, whatever their length. */
import type { DictionaryString } from '#encoding/dictionary-string.ts'
import { toText } from '#encoding/value-text.ts'
import { readNext, type XmlReader } from '#encoding/xml-reader.ts'
import type { XmlWriter } from '#encoding/xml-writer.ts'
import { MessageError } from '#soap/message-error.ts'

const mark: unique symbol = Symbol('a stream')

/** Use `stream` to make one. */
export interface StreamBody {
  /** The name of its element; undefined: that of the contract's convention. */
  readonly [mark]: string | undefined
}

/**
 * Instead of parameters, or of a result: one stream of bytes, as `System.IO.Stream` is in WCF. `name` is that of the
 * parameter; it counts for those who write the message, readers take any.
 */
export function stream(name?: string): StreamBody {
  return { [mark]: name }
}

export function isStream(body: object | undefined): body is StreamBody {
  return body !== undefined && mark in body
}

export const nameOfStream = (body: StreamBody): string | undefined => body[mark]

/** Bytes of one record at most: a multiple of three, so that text needs no padding, and within the quotas of every peer. */
const recordSize = 16_383

/** At `Body` of a message: the bytes in the one element within its wrapper. */
export async function* readStream(reader: XmlReader, source: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  await enter(reader, source)
  yield* readStreamInside(reader, source)
}

/** The same at the wrapper. */
export async function* readStreamInside(reader: XmlReader, source: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  const partDepth = reader.depth + 1
  await enter(reader, source)
  let digits = ''
  for (;;) {
    const node = await readNext(reader, source)
    if (node === 'element')
      throw new MessageError(`the element ${reader.name} stands where the bytes of a stream must be`)
    if (node === 'endElement' && reader.depth < partDepth) break
    if (node !== 'value') continue
    if (reader.value.kind === 'bytes') {
      if (reader.value.value.length > 0) yield reader.value.value
      continue
    }
    // A text may be cut anywhere: what is no group of four yet waits for the rest.
    digits += toText(reader.value).replace(/[ \t\r\n]/g, '')
    const whole = digits.length - (digits.length % 4)
    if (whole > 0) yield fromBase64(digits.slice(0, whole))
    digits = digits.slice(whole)
  }
  if (digits !== '') throw new MessageError('the bytes of a stream end within a group of base64')
  while (reader.node !== 'end') await readNext(reader, source)
}

async function enter(reader: XmlReader, source: AsyncIterator<Buffer>): Promise<void> {
  for (;;) {
    const node = await readNext(reader, source)
    if (node === 'element') return
    if (node === 'endElement' || node === 'end') throw new MessageError('the message has no stream in its body')
  }
}

function fromBase64(digits: string): Buffer {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(digits)) throw new MessageError('the bytes of a stream are not base64')
  return Buffer.from(digits, 'base64')
}

export interface StreamNames {
  readonly wrapper: DictionaryString
  readonly part: DictionaryString
  readonly namespace: DictionaryString
}

/** Writes the bytes in their element within the wrapper, yielding after each record. */
export async function* writeStream(
  writer: XmlWriter,
  names: StreamNames,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<void> {
  const records = new Records()
  begin(writer, names)
  for await (const chunk of chunks) {
    for (const value of records.of(chunk)) {
      writer.value({ kind: 'bytes', value })
      yield
    }
  }
  finish(writer, records)
}

/** The same with bytes that are all there. */
export function writeBytes(writer: XmlWriter, names: StreamNames, chunks: Iterable<Uint8Array>): void {
  const records = new Records()
  begin(writer, names)
  for (const chunk of chunks) for (const value of records.of(chunk)) writer.value({ kind: 'bytes', value })
  finish(writer, records)
}

function begin(writer: XmlWriter, { wrapper, part, namespace }: StreamNames): void {
  writer.startElement('', wrapper, namespace)
  writer.startElement('', part, namespace)
}

function finish(writer: XmlWriter, { rest }: Records): void {
  if (rest.length > 0) writer.value({ kind: 'bytes', value: rest })
  writer.endElement()
  writer.endElement()
}

/** Cuts bytes, in whatever pieces they come, into records. */
class Records {
  /** What makes no group of three yet. */
  rest: Buffer = Buffer.alloc(0)

  of(chunk: Uint8Array): Buffer[] {
    const bytes = Buffer.concat([this.rest, chunk])
    const end = bytes.length - (bytes.length % 3)
    this.rest = bytes.subarray(end)
    const records: Buffer[] = []
    for (let at = 0; at < end; at += recordSize) records.push(bytes.subarray(at, Math.min(at + recordSize, end)))
    return records
  }
}

/** Of a message that is all there nothing more comes. */
export async function* nothing(): AsyncGenerator<Buffer> {}
