/** Decodes what follows the preamble of one session, for the server's and for the client's side, on any split of bytes. */
import { breaksInt31 } from './int31.ts'
import { PartialRecord } from './partial-record.ts'
import { type DecoderState, framingError, looksLike, type ProblemKind, unexpectedRecord } from './problem.ts'
import { maxFaultSize, maxUpgradeTypeSize, recordType, type ServedMode } from './records.ts'

/** What the peer said. An envelope or chunk is announced with its size before its bytes are collected. */
export type SessionItem =
  | { readonly is: 'upgradeRequest'; readonly contentType: string }
  | { readonly is: 'upgradeResponse' }
  | { readonly is: 'preambleEnd' }
  | { readonly is: 'preambleAck' }
  | { readonly is: 'fault'; readonly uri: string }
  | { readonly is: 'envelopeAnnounced'; readonly size: number }
  | { readonly is: 'envelope'; readonly bytes: Buffer }
  | { readonly is: 'streamStart' }
  | { readonly is: 'chunkAnnounced'; readonly size: number }
  | { readonly is: 'piece'; readonly bytes: Buffer }
  | { readonly is: 'streamEnd' }
  | { readonly is: 'end' }

/** Whose bytes are decoded: those that a server reads, or those that a client reads. */
export type Side = 'server' | 'client'

/** What the next byte begins. `text`, `content` and `piece` have a size that is known. */
type Step =
  | { readonly at: 'record' }
  | { readonly at: 'size'; readonly of: 'upgradeRequest' | 'fault' | 'envelope' | 'chunk' }
  | { readonly at: 'text'; readonly of: 'upgradeRequest' | 'fault'; readonly content: PartialRecord }
  | { readonly at: 'content'; readonly size: number; readonly content: PartialRecord | undefined }
  | { readonly at: 'piece'; readonly missing: number }
  | { readonly at: 'end' }

/** Which records may come: before the acknowledgement, then messages, then only End. */
type Stage = 'opening' | 'messages' | 'closing'

const allowed: Record<Side, Record<ServedMode, Record<Stage, readonly number[]>>> = {
  server: {
    duplex: {
      opening: [recordType.upgradeRequest, recordType.preambleEnd],
      messages: [recordType.sizedEnvelope, recordType.end],
      closing: [recordType.end],
    },
    singleton: {
      opening: [recordType.upgradeRequest, recordType.preambleEnd],
      messages: [recordType.unsizedEnvelope],
      closing: [recordType.end],
    },
  },
  client: {
    duplex: {
      opening: [recordType.preambleAck, recordType.upgradeResponse, recordType.fault],
      messages: [recordType.sizedEnvelope, recordType.end, recordType.fault],
      closing: [recordType.end],
    },
    singleton: {
      opening: [recordType.preambleAck, recordType.upgradeResponse, recordType.fault],
      messages: [recordType.unsizedEnvelope, recordType.end, recordType.fault],
      closing: [recordType.end],
    },
  },
}

const atRecord: Step = { at: 'record' }
const atChunkSize: Step = { at: 'size', of: 'chunk' }
const atEnvelopeSize: Step = { at: 'size', of: 'envelope' }
const atEnd: Step = { at: 'end' }
const noBytes = Buffer.alloc(0)

export class SessionDecoder {
  readonly #side: Side
  readonly #mode: ServedMode
  #stage: Stage = 'opening'
  #step: Step = atRecord
  #bytes: Buffer = noBytes
  #at = 0
  /** Position of `#bytes[0]` in the stream. */
  #base: number
  #size = 0
  #shift = 0

  /** `position` is how many bytes of the stream came before: the length of the preamble. */
  constructor(side: Side, mode: ServedMode, position = 0) {
    this.#side = side
    this.#mode = mode
    this.#base = position
  }

  /** How many bytes of the stream have been consumed. */
  get position(): number {
    return this.#base + this.#at
  }

  /** Gives further bytes, once `next` has used up the ones before. They must not change afterwards. */
  feed(bytes: Uint8Array): void {
    if (this.#step.at === 'end') this.#fail('afterEnd', 'the stream had already ended')
    const rest = this.#bytes.subarray(this.#at)
    this.#base = this.position
    this.#at = 0
    const more = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#bytes = rest.length === 0 ? more : Buffer.concat([rest, more])
  }

  /** The bytes behind the last item: after End the next preamble, after an upgrade what belongs to the upgrade. */
  rest(): Buffer {
    return this.#bytes.subarray(this.#at)
  }

  /** Says that the peer sends no more; throws FRAMING_INVALID unless it has said End or a fault before. */
  endOfInput(): void {
    if (this.#step.at === 'end') return
    const refused = this.#side === 'client' && this.#stage === 'opening' && this.#step.at === 'record'
    const why = refused
      ? 'the server refused to open the session and closed'
      : 'the stream ended, more bytes were expected'
    this.#fail('endOfStream', why)
  }

  /** The next item; undefined when it needs more bytes, and after the last. Throws FRAMING_INVALID. */
  next(): SessionItem | undefined {
    const item = this.#nextItem()
    if (!item) this.#letGo()
    return item
  }

  /** A connection that is silent for long keeps no chunk alive that has been used up. */
  #letGo(): void {
    if (this.#at < this.#bytes.length) return
    this.#base = this.position
    this.#at = 0
    this.#bytes = noBytes
  }

  #nextItem(): SessionItem | undefined {
    for (;;) {
      const step = this.#step
      const byte = this.#bytes[this.#at]
      let item: SessionItem | undefined
      if (step.at === 'content') return this.#readContent(step.size, step.content)
      if (byte === undefined || step.at === 'end') return undefined
      if (step.at === 'record') item = this.#readRecord(byte)
      else if (step.at === 'size') item = this.#readSize(byte, step.of)
      else if (step.at === 'text') item = this.#readText(step.of, step.content)
      else return this.#readPiece(step.missing)
      if (item) return item
    }
  }

  #readRecord(byte: number): SessionItem | undefined {
    const expected = allowed[this.#side][this.#mode][this.#stage]
    if (!expected.includes(byte)) this.#failUnexpected(expected, byte)
    this.#at += 1
    switch (byte) {
      case recordType.upgradeRequest:
        this.#step = { at: 'size', of: 'upgradeRequest' }
        return undefined
      case recordType.fault:
        this.#step = { at: 'size', of: 'fault' }
        return undefined
      case recordType.sizedEnvelope:
        this.#step = atEnvelopeSize
        return undefined
      case recordType.unsizedEnvelope:
        this.#step = atChunkSize
        return { is: 'streamStart' }
      case recordType.upgradeResponse:
        return { is: 'upgradeResponse' }
      case recordType.preambleEnd:
        this.#stage = 'messages'
        return { is: 'preambleEnd' }
      case recordType.preambleAck:
        this.#stage = 'messages'
        return { is: 'preambleAck' }
      default:
        this.#step = atEnd
        return { is: 'end' }
    }
  }

  #readSize(byte: number, of: 'upgradeRequest' | 'fault' | 'envelope' | 'chunk'): SessionItem | undefined {
    if (breaksInt31(byte, this.#shift)) this.#fail('sizeTooLarge', 'a size is over 2147483647')
    const size = this.#size | ((byte & 0x7f) << this.#shift)
    const isLast = byte < 0x80
    if (isLast) this.#checkTextSize(size, of)
    this.#at += 1
    this.#size = isLast ? 0 : size
    this.#shift = isLast ? 0 : this.#shift + 7
    if (!isLast) return undefined
    switch (of) {
      case 'envelope':
        this.#step = { at: 'content', size, content: undefined }
        return { is: 'envelopeAnnounced', size }
      case 'chunk':
        if (size === 0) {
          this.#step = atRecord
          this.#stage = 'closing'
          return { is: 'streamEnd' }
        }
        this.#step = { at: 'piece', missing: size }
        return { is: 'chunkAnnounced', size }
      default:
        this.#step = { at: 'text', of, content: new PartialRecord(size) }
        return undefined
    }
  }

  #checkTextSize(size: number, of: string): void {
    if (of === 'upgradeRequest' && size > maxUpgradeTypeSize) {
      this.#fail('upgradeTypeTooLong', `an upgrade type of ${size} bytes is over the limit of ${maxUpgradeTypeSize}`)
    }
    if (of === 'fault' && size > maxFaultSize) {
      this.#fail('faultTooLong', `a fault of ${size} bytes is over the limit of ${maxFaultSize}`)
    }
  }

  #readText(of: 'upgradeRequest' | 'fault', content: PartialRecord): SessionItem | undefined {
    content.add(this.#takeUpTo(content.missing))
    if (content.missing > 0) return undefined
    const text = content.bytes.toString('utf8')
    this.#step = of === 'fault' ? atEnd : atRecord
    return of === 'fault' ? { is: 'fault', uri: text } : { is: 'upgradeRequest', contentType: text }
  }

  #readContent(size: number, begun: PartialRecord | undefined): SessionItem | undefined {
    if (!begun && this.#bytes.length - this.#at >= size) {
      this.#step = atRecord
      return { is: 'envelope', bytes: this.#takeUpTo(size) }
    }
    if (this.#at === this.#bytes.length) return undefined
    const content = begun ?? new PartialRecord(size)
    content.add(this.#takeUpTo(content.missing))
    this.#step = content.missing > 0 ? { at: 'content', size, content } : atRecord
    return content.missing > 0 ? undefined : { is: 'envelope', bytes: content.bytes }
  }

  #readPiece(missing: number): SessionItem {
    const bytes = this.#takeUpTo(missing)
    this.#step = bytes.length === missing ? atChunkSize : { at: 'piece', missing: missing - bytes.length }
    return { is: 'piece', bytes }
  }

  #takeUpTo(count: number): Buffer {
    const taken = this.#bytes.subarray(this.#at, this.#at + count)
    this.#at += taken.length
    return taken
  }

  #failUnexpected(expected: readonly number[], found: number): never {
    const isFirstAnswer = this.#side === 'client' && this.#stage === 'opening'
    const like = isFirstAnswer && (found === 0x68 || found === 0x48 || looksLike(this.rest()) === 'HTTP')
    const hint = isFirstAnswer ? '; the peer does not speak .NET framing' : ''
    this.#fail(
      'unexpectedRecord',
      unexpectedRecord(expected, found) + hint + (like ? ', it may be an HTTP endpoint' : ''),
    )
  }

  #fail(kind: ProblemKind, says: string): never {
    throw framingError({ kind, says, position: this.position, state: this.#state() })
  }

  #state(): DecoderState {
    const step = this.#step
    switch (step.at) {
      case 'end':
        return 'End'
      case 'content':
      case 'piece':
        return 'ReadingEnvelopeBytes'
      case 'text':
        return step.of === 'fault' ? 'ReadingFaultString' : 'ReadingUpgradeString'
      case 'size':
        if (step.of === 'chunk') return 'ReadingEnvelopeChunkSize'
        if (step.of === 'envelope') return 'ReadingEnvelopeSize'
        return step.of === 'fault' ? 'ReadingFaultString' : 'ReadingUpgradeString'
      case 'record':
        if (this.#stage === 'opening') return this.#side === 'server' ? 'ReadingUpgradeRecord' : 'ReadingAckRecord'
        return this.#stage === 'messages' && this.#mode === 'singleton' ? 'ReadingEnvelopeRecord' : 'ReadingEndRecord'
    }
  }
}
