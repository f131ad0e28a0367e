/** What is wrong with the bytes of a message, or with what should become one: its kind, a sentence, and the byte. */

export type EncodingProblem =
  // The bytes are not what the format allows.
  | 'endOfDocument'
  | 'unknownRecord'
  | 'misplacedRecord'
  | 'sizeTooLarge'
  | 'unknownStaticString'
  | 'unknownSessionString'
  | 'invalidUtf8'
  | 'invalidUtf16'
  | 'invalidValue'
  | 'invalidName'
  | 'invalidCharacter'
  | 'unboundPrefix'
  | 'reservedPrefix'
  | 'duplicateAttribute'
  | 'duplicateDeclaration'
  | 'trailingBytes'
  | 'unexpectedContent'
  // Text XML only.
  | 'malformedXml'
  | 'mismatchedEndTag'
  | 'doctype'
  | 'processingInstruction'
  | 'unknownEntity'
  // Session dictionaries.
  | 'stringTableMalformed'
  | 'sessionBroken'
  // A quota is exceeded.
  | 'maxDepth'
  | 'maxStringContentLength'
  | 'maxArrayLength'
  | 'maxBytesPerRead'
  | 'maxNameTableCharCount'
  | 'maxSessionSize'
  | 'maxItemsInTree'
  // Nothing was decoded.
  | 'unsupportedContentType'
  | 'mtom'

/** A message that can't be decoded or encoded. `message` is a sentence without its end, for logs. */
export class EncodingError extends Error {
  override readonly name = 'EncodingError'
  readonly code: EncodingProblem
  /** Offset of the byte that decided, counted from the first byte of the message; -1 where there are no bytes. */
  readonly offset: number

  constructor(code: EncodingProblem, says: string, offset = -1) {
    super(offset < 0 ? says : `${says}, at byte ${offset}`)
    this.code = code
    this.offset = offset
  }
}
