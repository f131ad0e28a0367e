/** The peer's end of the sharing channel, of a worker process or a self-hosted service: lines, and the descriptors that come with them. */
import { connect, type Socket } from 'node:net'
import { type Handle, handleOf, socketOf } from '#base/handle.ts'
import { LineSplitter } from '#handoff/lines.ts'
import type { PeerLine, PorticoMessage } from '#handoff/protocol.ts'

type PipeClass = new (kind: number) => Handle
const ipc = 2
/** Milliseconds that a line without hurry waits for another to go with. */
const withoutHurry = 2

/** What happens on the channel; `handle` is the descriptor that came with the message. */
export interface ChannelEvents {
  connected(): void
  message(message: PorticoMessage, handle: Handle | undefined): void
  /** Comes last and once; with what went wrong, as when there was nobody to connect to. */
  closed(cause: Error | undefined): void
}

export class PeerChannel {
  readonly #socket: Socket
  readonly #lines = new LineSplitter()
  /** Lines that go with the next write: each write wakes Portico. */
  #unsent = ''
  #timer: NodeJS.Timeout | undefined
  #arrived: Handle | undefined
  /** The descriptor of the line whose end is still to come. */
  #ofOpenLine: Handle | undefined

  /**
   * Connects to the sharing socket. libuv receives descriptors only on pipes that were made for it, and Node makes those
   * only for child processes; so this makes one of the same class by hand and catches what arrives on it.
   */
  constructor(path: string, events: ChannelEvents) {
    const Pipe = pipeClass()
    const pipe = new Pipe(ipc)
    Object.defineProperty(pipe, 'pendingHandle', {
      set: (handle: Handle) => {
        this.#arrived?.close() // one that no line came for
        this.#arrived = handle
      },
      get: () => undefined,
    })
    this.#socket = socketOf(pipe, { manualStart: true })
    this.#socket.on('data', (chunk) => this.#received(chunk, events))
    let cause: Error | undefined
    this.#socket.on('error', (error) => {
      cause = error // 'close' follows
    })
    this.#socket.once('close', () => {
      clearTimeout(this.#timer)
      this.#arrived?.close()
      this.#ofOpenLine?.close()
      events.closed(cause)
    })
    this.#socket.connect(path, () => events.connected())
  }

  /**
   * Says something, once the channel is connected: nothing may come before the greeting, which tells what is. It takes along
   * what waits to be said. False when Portico can't hear it.
   */
  send(message: PeerLine): boolean {
    const canSend = this.#add(message)
    this.#write()
    return canSend
  }

  /** Says what nobody waits for with what is said next, or soon. */
  sendWithoutHurry(message: PeerLine): void {
    if (this.#add(message)) this.#timer ??= setTimeout(() => this.#write(), withoutHurry)
  }

  /** Ends the channel at once. */
  close(): void {
    this.#socket.destroy()
  }

  /** Ends the channel when everything has been sent. */
  end(): void {
    this.#write()
    this.#socket.destroySoon()
  }

  #add(message: PeerLine): boolean {
    if (!this.#canSend) return false
    this.#unsent += `${JSON.stringify(message)}\n`
    return true
  }

  get #canSend(): boolean {
    return this.#socket.writable && !this.#socket.connecting
  }

  #write(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const lines = this.#unsent
    this.#unsent = ''
    if (lines !== '' && this.#canSend) this.#socket.write(lines)
  }

  /** One read never goes past a message that carries a descriptor: it belongs to the line with the last byte read. */
  #received(chunk: Buffer, events: ChannelEvents): void {
    const lines = this.#lines.push(chunk) ?? []
    lines.forEach((line, at) => {
      const isLast = at === lines.length - 1 && !this.#lines.isInsideLine
      const handle = this.#ofOpenLine ?? (isLast ? this.#take() : undefined)
      this.#ofOpenLine = undefined
      events.message(JSON.parse(line) as PorticoMessage, handle)
    })
    if (this.#lines.isInsideLine) this.#ofOpenLine ??= this.#take()
  }

  #take(): Handle | undefined {
    const handle = this.#arrived
    this.#arrived = undefined
    return handle
  }
}

let knownClass: PipeClass | undefined

/** The class of Node's pipe handles; Node shows it only on an object. */
function pipeClass(): PipeClass {
  knownClass ??= classOfSample()
  return knownClass
}

function classOfSample(): PipeClass {
  const sample = connect('/nowhere/portico').on('error', () => {})
  const handle = handleOf(sample)
  sample.destroy()
  return handle?.constructor as PipeClass
}
