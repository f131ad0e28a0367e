/** Portico's end of one sharing channel: lines both ways, and dispatches with their descriptors until they are acknowledged. */
import type { Socket } from 'node:net'
import type { DispatchOutcome } from '#activation/worker-channel.ts'
import { sentenceOf } from '#base/errors.ts'
import { orAbort } from '#base/signal.ts'
import { descriptorOf } from '#syscalls/descriptor.ts'
import { type PeerCredentials, peerCredentials } from '#syscalls/processes.ts'
import { sendDescriptor } from '#syscalls/sockets.ts'
import { LineSplitter } from './lines.ts'
import { peerMessage } from './peer-messages.ts'
import { type Dispatch, greatestLine, type PeerMessage, type PorticoMessage } from './protocol.ts'

/** Milliseconds until a dispatch that found the peer's queue full is tried again, unless the peer says something first. */
const retryDelay = { first: 5, greatest: 250 } as const
/** Milliseconds for a peer to read the last words that are said to it. */
const farewellLimit = 2_000
/** So many bytes may wait for a peer that doesn't read; until they have gone, it isn't listened to. */
const greatestUnread = 1024 * 1024

interface Undelivered {
  readonly bytes: Buffer
  readonly descriptor: number
  readonly connection: number
}

/** What happens on a channel; `closed` comes last and once. */
export interface ChannelEvents {
  message(message: PeerMessage): void
  /** The peer said what can't be understood; nothing more of it is read. */
  invalid(problem: string): void
  closed(reason: string): void
}

export class Channel {
  /** Who is at the other end, by the kernel's word. */
  readonly peer: PeerCredentials
  readonly socket: Socket
  readonly #events: ChannelEvents
  readonly #lines = new LineSplitter()
  readonly #unacknowledged = new Map<number, (outcome: DispatchOutcome) => void>()
  readonly #undelivered: Undelivered[] = []
  #retry: NodeJS.Timeout | undefined
  #retryAfter: number = retryDelay.first
  #farewell: NodeJS.Timeout | undefined
  #holds = 0
  #closedBecause: string | undefined

  constructor(socket: Socket, events: ChannelEvents) {
    this.socket = socket
    this.peer = peerCredentials(descriptorOf(socket))
    this.#events = events
    socket.on('data', (chunk) => this.#received(chunk))
    socket.on('error', (error) => this.close(sentenceOf(error)))
    socket.on('close', () => this.#closed())
  }

  get isOpen(): boolean {
    return this.#closedBecause === undefined
  }

  send(message: PorticoMessage): void {
    if (!this.isOpen) return
    this.#write(Buffer.from(`${JSON.stringify(message)}\n`))
    if (this.socket.writableLength < greatestUnread) return
    const hold = this.hold()
    this.socket.once('drain', () => hold[Symbol.dispose]())
  }

  /** Nothing more is read from the peer until disposed; what has been read already still comes. */
  hold(): Disposable {
    if (this.#holds++ === 0) this.socket.pause()
    let held = true
    return {
      [Symbol.dispose]: () => {
        if (!held) return
        held = false
        if (--this.#holds === 0) this.socket.resume()
      },
    }
  }

  /**
   * Sends the line and the descriptor, and resolves when the peer has answered or is gone. The descriptor must stay open
   * until then, or until the signal aborts: what has not been sent by then never is.
   */
  async dispatch(dispatch: Dispatch, descriptor: number, signal: AbortSignal): Promise<DispatchOutcome> {
    if (!this.isOpen) return { is: 'lost', reason: this.#closedBecause ?? '' }
    const { promise, resolve } = Promise.withResolvers<DispatchOutcome>()
    this.#unacknowledged.set(dispatch.connection, resolve)
    const bytes = Buffer.from(`${JSON.stringify({ type: 'dispatch', ...dispatch })}\n`)
    const undelivered = { bytes, descriptor, connection: dispatch.connection }
    this.#undelivered.push(undelivered)
    this.#deliver()
    try {
      return await orAbort(promise, signal)
    } finally {
      this.#giveUp(undelivered)
    }
  }

  /** The peer took the connection, or didn't. False when it had no such connection to answer for. */
  settle(connection: number, outcome: DispatchOutcome): boolean {
    const settle = this.#unacknowledged.get(connection)
    this.#unacknowledged.delete(connection)
    settle?.(outcome)
    return settle !== undefined
  }

  /** Ends the channel once everything said has been sent, or after a while that a peer has to read it. */
  finish(reason: string): void {
    this.#closedBecause ??= reason
    this.socket.destroySoon()
    this.#farewell ??= setTimeout(() => this.socket.destroy(), farewellLimit)
  }

  /** Ends the channel; dispatches without an answer are lost to this peer. */
  close(reason: string): void {
    this.#closedBecause ??= reason
    this.socket.destroy()
  }

  /** Its descriptor may be another connection's soon. What has been sent stays: the peer's answer to it still counts. */
  #giveUp(undelivered: Undelivered): void {
    const at = this.#undelivered.indexOf(undelivered)
    if (at < 0) return
    this.#undelivered.splice(at, 1)
    this.#unacknowledged.delete(undelivered.connection)
  }

  /** What waits behind these bytes goes when they have gone. */
  #write(bytes: Buffer): void {
    this.socket.write(bytes, () => this.#deliver())
  }

  #received(chunk: Buffer): void {
    const lines = this.#lines.push(chunk)
    if (!lines && this.isOpen) this.#events.invalid(`a line of more than ${greatestLine} bytes`)
    for (const line of lines ?? []) {
      if (!this.isOpen) return
      const message = parse(line)
      if (typeof message === 'string') this.#events.invalid(message)
      else this.#events.message(message)
    }
    this.#retryAfter = retryDelay.first
    this.#deliver() // whoever speaks has probably read, too
  }

  #deliver(): void {
    clearTimeout(this.#retry)
    while (this.isOpen) {
      const [first] = this.#undelivered
      if (!first) return
      // Behind lines that Node still holds, a descriptor would overtake.
      if (this.socket.writableLength > 0) return
      try {
        const sent = sendDescriptor(descriptorOf(this.socket), first.bytes, first.descriptor)
        if (sent === 0) {
          this.#retry = setTimeout(() => this.#deliver(), this.#retryAfter)
          this.#retryAfter = Math.min(this.#retryAfter * 2, retryDelay.greatest)
          return
        }
        this.#retryAfter = retryDelay.first
        this.#undelivered.shift()
        if (sent < first.bytes.byteLength) this.#write(first.bytes.subarray(sent))
      } catch (error) {
        this.close(sentenceOf(error))
      }
    }
  }

  #closed(): void {
    this.#closedBecause ??= 'the peer closed it'
    clearTimeout(this.#retry)
    clearTimeout(this.#farewell)
    for (const settle of this.#unacknowledged.values()) settle({ is: 'lost', reason: this.#closedBecause })
    this.#unacknowledged.clear()
    this.#undelivered.length = 0
    this.#events.closed(this.#closedBecause)
  }
}

/** The message of a line, or the sentence that says what is wrong with it. */
function parse(line: string): PeerMessage | string {
  let json: unknown
  try {
    json = JSON.parse(line)
  } catch {
    return 'a line that is not JSON'
  }
  const parsed = peerMessage.safeParse(json)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const type = typeof json === 'object' && json && 'type' in json ? `${json.type}`.slice(0, 64) : 'without a type'
  const where = issue?.path.join('.')
  return `an invalid message (${type}): ${where ? `${where}: ` : ''}${issue?.message}`
}
