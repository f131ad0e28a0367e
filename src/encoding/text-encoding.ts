/** Encoding 3: messages as text. */
import { type EncodingSettings, type MessageEncoding, piecesOf, textContentType } from './message-encoding.ts'
import { TextReader } from './text-reader.ts'
import { TextWriter } from './text-writer.ts'

export function textEncoding({ quotas }: EncodingSettings): MessageEncoding {
  const writer = new TextWriter()
  return {
    contentType: textContentType,
    read: (message) => new TextReader(message, quotas),
    readStreamed: (bytes) => new TextReader(bytes, quotas, false),
    write(build) {
      writer.begin()
      build(writer)
      return writer.finish()
    },
    writeStreamed: (build) => piecesOf(new TextWriter(), build),
  }
}
