/** The encodings of messages, by the content type that a connection announces. */
import { BinaryReader } from './binary-reader.ts'
import { BinaryWriter } from './binary-writer.ts'
import { EncodingError } from './encoding-error.ts'
import { defaultMaxSessionSize, defaultQuotas, type ReaderQuotas } from './reader-quotas.ts'
import { IncomingSession, OutgoingSession } from './session-dictionary.ts'
import type { XmlReader } from './xml-reader.ts'
import type { XmlWriter } from './xml-writer.ts'

export interface EncodingSettings {
  readonly quotas: ReaderQuotas
  /** Bytes of in-band strings, for each direction. */
  readonly maxSessionSize: number
}

export const defaultEncodingSettings: EncodingSettings = {
  quotas: defaultQuotas,
  maxSessionSize: defaultMaxSessionSize,
}

/** One end of one connection: what it reads and writes may depend on what it has read and written. */
export interface MessageEncoding {
  /** As the content type of framing says it, exactly. */
  readonly contentType: string
  /** A message that is all there. */
  read(message: Buffer): XmlReader
  /** A message of which `bytes` are the beginning; the rest is fed. */
  readStreamed(bytes: Buffer): XmlReader
  /** The message that `build` writes. When it throws, nothing has happened. */
  write(build: (writer: XmlWriter) => void): Buffer
  /** The message that `build` writes, in pieces: one each time that it yields. */
  writeStreamed(build: (writer: XmlWriter) => AsyncIterable<void>): AsyncIterable<Buffer>
}

export const textContentType = 'application/soap+xml; charset=utf-8'
export const binaryContentType = 'application/soap+msbin1'
export const sessionContentType = 'application/soap+msbinsession1'

/** The encoding that a content type names, for one connection. Throws EncodingError for those that Portico doesn't have. */
export async function openEncoding(
  contentType: string,
  settings: EncodingSettings = defaultEncodingSettings,
): Promise<MessageEncoding> {
  const [mediaType = '', ...parameters] = contentType.split(';').map((part) => part.trim().toLowerCase())
  switch (mediaType) {
    case sessionContentType:
      return new SessionEncoding(settings)
    case binaryContentType:
      return new BinaryEncoding(settings)
    case 'application/soap+xml':
      if (!isUtf8(parameters)) break
      // Text is rare in net.tcp: worker processes that never see it don't load it.
      return (await import('./text-encoding.ts')).textEncoding(settings)
    case 'multipart/related':
      throw new EncodingError('mtom', 'MTOM is not supported: let the client use the binary or the text encoding')
  }
  const says = `the content type ${JSON.stringify(contentType)} is not supported: it must be ${sessionContentType}, ${binaryContentType} or ${textContentType}`
  throw new EncodingError('unsupportedContentType', says)
}

function isUtf8(parameters: readonly string[]): boolean {
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))
  return charset === undefined || ['utf-8', '"utf-8"', 'utf8'].includes(charset.slice('charset='.length))
}

/** The pieces of a message of which `writer` writes nothing else meanwhile. */
export async function* piecesOf(
  writer: XmlWriter,
  build: (writer: XmlWriter) => AsyncIterable<void>,
): AsyncGenerator<Buffer> {
  writer.begin()
  for await (const _ of build(writer)) yield writer.take()
  yield writer.finish()
}

/** Encoding 7: each message for itself. */
class BinaryEncoding implements MessageEncoding {
  readonly contentType = binaryContentType
  readonly #quotas: ReaderQuotas
  readonly #writer = new BinaryWriter()

  constructor({ quotas }: EncodingSettings) {
    this.#quotas = quotas
  }

  read(message: Buffer): XmlReader {
    return new BinaryReader(message, this.#quotas)
  }

  readStreamed(bytes: Buffer): XmlReader {
    return new BinaryReader(bytes, this.#quotas, undefined, 0, false)
  }

  write(build: (writer: XmlWriter) => void): Buffer {
    this.#writer.begin()
    build(this.#writer)
    return this.#writer.finish()
  }

  writeStreamed(build: (writer: XmlWriter) => AsyncIterable<void>): AsyncIterable<Buffer> {
    return piecesOf(new BinaryWriter(), build)
  }
}

/** Encoding 8: each direction remembers the strings that it has sent. */
class SessionEncoding implements MessageEncoding {
  readonly contentType = sessionContentType
  readonly #quotas: ReaderQuotas
  readonly #incoming: IncomingSession
  readonly #writer: BinaryWriter

  constructor({ quotas, maxSessionSize }: EncodingSettings) {
    this.#quotas = quotas
    this.#incoming = new IncomingSession(maxSessionSize)
    this.#writer = new BinaryWriter(new OutgoingSession(maxSessionSize))
  }

  read(message: Buffer): XmlReader {
    const documentAt = this.#incoming.readTable(message)
    return new BinaryReader(message, this.#quotas, this.#incoming.strings, documentAt)
  }

  readStreamed(): XmlReader {
    throw notStreamed()
  }

  writeStreamed(): AsyncIterable<Buffer> {
    throw notStreamed()
  }

  write(build: (writer: XmlWriter) => void): Buffer {
    this.#writer.begin()
    build(this.#writer)
    return this.#writer.finish()
  }
}

function notStreamed(): EncodingError {
  const says = 'a streamed message has no session: it must be application/soap+msbin1'
  return new EncodingError('unsupportedContentType', says)
}
