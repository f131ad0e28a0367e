/** Portico's end of one sharing channel: lines both ways, and dispatches with their descriptors until they are acknowledged. */
import type { Socket } from 'node:net'
import type { DispatchOutcome } from '#activation/worker-channel.ts'
import { sentenceOf } from '#base/errors.ts'
import { printable } from '#base/printable.ts'
import { orAbort } from '#base/signal.ts'
import { descriptorOf } from '#syscalls/descriptor.ts'
import { type PeerCredentials, peerCredentials } from '#syscalls/processes.ts'
import { sendDescriptor } from '#syscalls/sockets.ts'
import { Inbox } from './inbox.ts'
import { peerMessage } from './peer-messages.ts'
import { type Dispatch, greatestLine, type PeerMessage, type PorticoMessage } from './protocol.ts'

/** Milliseconds until a dispatch that found the peer's queue full is tried again, unless the peer says something first. */
const retryDelay = { first: 5, greatest: 250 } as const
/** Milliseconds for a peer to read the last words that are said to it. */
const farewellLimit = 2_000
/** So many bytes may wait for a peer that doesn't read; until they have gone, it isn't listened to. */
const greatestUnread = 128 * 1024
/** So many connections that a peer took its time with are remembered once they have ended: its answers still count. */
const mostForsaken = 1_024

const peerClosed = 'the peer closed it'

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
  readonly #inbox: Inbox
  readonly #unacknowledged = new Map<number, (outcome: DispatchOutcome) => void>()
  /** Connections that were sent and given up before the peer has answered for them; each is called when it has, or can't. */
  readonly #forsaken = new Map<number, () => void>()
  readonly #undelivered: Undelivered[] = []
  #retry: NodeJS.Timeout | undefined
  #retryAfter: number = retryDelay.first
  #farewell: NodeJS.Timeout | undefined
  #unread: Disposable | undefined
  #failure: string | undefined
  #closedBecause: string | undefined
  /** `closed` has told of it. */
  #hasClosed = false

  constructor(socket: Socket, events: ChannelEvents) {
    this.socket = socket
    this.peer = peerCredentials(descriptorOf(socket))
    this.#events = events
    this.#inbox = new Inbox(socket, (line) => this.#heard(line))
    socket.on('data', (chunk) => this.#received(chunk))
    // A peer that says nothing more can't take a connection either, whatever it still reads.
    socket.on('end', () => {
      this.#sayFarewell()
      this.#inbox.end(() => this.finish(peerClosed))
    })
    socket.on('error', (error) => {
      this.#failure ??= sentenceOf(error) // 'close' follows
    })
    socket.on('close', () => {
      this.#inbox.finish()
      this.#closed()
    })
  }

  get isOpen(): boolean {
    return this.#closedBecause === undefined
  }

  send(message: PorticoMessage): void {
    if (!this.isOpen) return
    this.#write(Buffer.from(`${JSON.stringify(message)}\n`))
    if (this.socket.writableLength >= greatestUnread) this.#waitForReader()
  }

  /** Nothing is heard of the peer until disposed. */
  hold(): Disposable {
    return this.#inbox.hold()
  }

  /**
   * Sends the line and the descriptor, and resolves when the peer has answered or is gone. The descriptor must stay open
   * until then, or until the signal aborts: what has not been sent by then never is. `over` is called once the peer has nothing
   * to answer for any more, which may be long after the signal. A channel that is about to close sends nothing; its
   * connections are lost when `closed` has told of that, so that nobody looks for another peer and finds this.
   */
  async dispatch(
    dispatch: Dispatch,
    descriptor: number,
    signal: AbortSignal,
    over: () => void = () => {},
  ): Promise<DispatchOutcome> {
    if (this.#hasClosed) {
      over()
      return { is: 'lost', reason: this.#closedBecause ?? '' }
    }
    const { promise, resolve } = Promise.withResolvers<DispatchOutcome>()
    this.#unacknowledged.set(dispatch.connection, resolve)
    const bytes = Buffer.from(`${JSON.stringify({ type: 'dispatch', ...dispatch })}\n`)
    const undelivered = { bytes, descriptor, connection: dispatch.connection }
    this.#undelivered.push(undelivered)
    this.#deliver()
    try {
      return await orAbort(promise, signal)
    } finally {
      if (!this.#giveUp(undelivered, over)) over()
    }
  }

  /** Whether the connection was sent, was given up, and the peer has not answered for it. */
  isForsaken(connection: number): boolean {
    return this.#forsaken.has(connection)
  }

  /** The peer took the connection, or didn't. False when it had no such connection to answer for. */
  settle(connection: number, outcome: DispatchOutcome): boolean {
    const settle = this.#unacknowledged.get(connection)
    this.#unacknowledged.delete(connection)
    settle?.(outcome)
    return settle !== undefined || this.#release(connection)
  }

  /** Ends the channel once everything said has been sent, or after a while that a peer has to read it. */
  finish(reason: string): void {
    this.#closedBecause ??= reason
    this.#inbox.close()
    this.socket.destroySoon()
    this.#sayFarewell()
  }

  /** The peer has a while to read what has been said to it. */
  #sayFarewell(): void {
    this.#farewell ??= setTimeout(() => this.socket.destroy(), farewellLimit)
  }

  /** Ends the channel; dispatches without an answer are lost to this peer. */
  close(reason: string): void {
    this.#closedBecause ??= reason
    this.#inbox.close()
    this.socket.destroy()
  }

  /** Its descriptor may be another connection's soon. True when it has been sent: the peer's answer still counts then. */
  #giveUp(undelivered: Undelivered, over: () => void): boolean {
    const wasUnanswered = this.#unacknowledged.delete(undelivered.connection)
    const at = this.#undelivered.indexOf(undelivered)
    if (at >= 0) this.#undelivered.splice(at, 1)
    else if (wasUnanswered) this.#forsake(undelivered.connection, over)
    return at < 0 && wasUnanswered
  }

  /** A peer that never answers must not make this grow without end. */
  #forsake(connection: number, over: () => void): void {
    this.#forsaken.set(connection, over)
    const [oldest] = this.#forsaken.keys()
    if (oldest !== undefined && this.#forsaken.size > mostForsaken) this.#release(oldest)
  }

  #release(connection: number): boolean {
    const over = this.#forsaken.get(connection)
    this.#forsaken.delete(connection)
    over?.()
    return over !== undefined
  }

  #waitForReader(): void {
    if (this.#unread || this.socket.destroyed) return
    this.#unread = this.hold()
    this.socket.once('drain', () => {
      this.#unread?.[Symbol.dispose]()
      this.#unread = undefined
    })
  }

  /** What waits behind these bytes goes when they have gone. */
  #write(bytes: Buffer): void {
    this.socket.write(bytes, () => this.#deliver())
  }

  #received(chunk: Buffer): void {
    if (this.isOpen) this.#inbox.take(chunk)
    this.#retryAfter = retryDelay.first
    this.#deliver() // whoever speaks has probably read, too
  }

  #heard(line: string | undefined): void {
    const message = line === undefined ? `a line of more than ${greatestLine} bytes` : parse(line)
    if (typeof message === 'string') this.#events.invalid(message)
    else this.#events.message(message)
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
        this.#failure ??= sentenceOf(error)
        this.socket.destroy()
        return
      }
    }
  }

  #closed(): void {
    this.#hasClosed = true
    this.#closedBecause ??= this.#failure ?? peerClosed
    clearTimeout(this.#retry)
    clearTimeout(this.#farewell)
    for (const settle of this.#unacknowledged.values()) settle({ is: 'lost', reason: this.#closedBecause })
    this.#unacknowledged.clear()
    for (const connection of this.#forsaken.keys()) this.#release(connection)
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
  const type = typeof json === 'object' && json && 'type' in json ? json.type : undefined
  const named = typeof type === 'string' ? printable(type.slice(0, 64)) : 'without a type'
  const where = printable(issue?.path.join('.').slice(0, 256) ?? '')
  return `an invalid message (${named}): ${where ? `${where}: ` : ''}${printable(issue?.message ?? '').slice(0, 1024)}`
}
