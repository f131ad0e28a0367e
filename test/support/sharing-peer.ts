/** A self-hosted service in the test: says what the test wants on a sharing channel, and gets connections with their sockets. */
import type { Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { type Handle, socketOf } from '#base/handle.ts'
import { preambleAck } from '#framing/envelopes.ts'
import type { Dispatch, PeerLine, PorticoMessage } from '#handoff/protocol.ts'
import { PeerChannel } from '#sharing-client/channel.ts'

type Said<T extends PorticoMessage['type']> = Extract<PorticoMessage, { type: T }>

/** A connection that was offered; its socket has nothing read of it. */
export interface Offered {
  readonly dispatch: Dispatch
  readonly socket: Socket
}

export class SharingPeer implements Disposable {
  readonly #channel: PeerChannel
  readonly #heard: { message: PorticoMessage; handle: Handle | undefined }[] = []
  #changed = Promise.withResolvers<void>()
  #closed = false

  private constructor(path: string, connected: () => void) {
    this.#channel = new PeerChannel(path, {
      connected,
      message: (message, handle) => {
        this.#heard.push({ message, handle })
        this.#happened()
      },
      closed: () => {
        this.#closed = true
        this.#happened()
      },
    })
  }

  /** Connects and greets; returns once Portico has answered in whatever way. */
  static async connect(path: string): Promise<SharingPeer> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const peer = new SharingPeer(path, resolve)
    onTestFinished(() => peer[Symbol.dispose]())
    await promise
    peer.say({ type: 'hello', version: 1 })
    await peer.next('welcome')
    return peer
  }

  say(line: PeerLine): void {
    this.#channel.send(line)
  }

  /** The next message of the type. Throws when the channel closes first. */
  async next<T extends PorticoMessage['type']>(type: T): Promise<Said<T>> {
    return (await this.#next(type)).message as Said<T>
  }

  /** Asks for a registration; what is answered. */
  async register(uri: string, more: Partial<Extract<PeerLine, { type: 'register' }>> = {}) {
    this.say({ type: 'register', uri, ...more })
    const { message } = await this.#next('registered', 'refused')
    return message as Said<'registered'> | Said<'refused'>
  }

  /** Asks for a registration, which must be given; its number. */
  async registered(uri: string, more: Parameters<SharingPeer['register']>[1] = {}): Promise<number> {
    const answer = await this.register(uri, more)
    if (answer.type === 'refused') throw new Error(answer.message)
    return answer.registration
  }

  /** The next connection, which is not acknowledged yet. */
  async offered(): Promise<Offered> {
    const { message, handle } = await this.#next('dispatch')
    if (!handle) throw new Error('a dispatch without a descriptor')
    const socket = socketOf(handle)
    onTestFinished(() => void socket.destroy())
    return { dispatch: message as Said<'dispatch'>, socket }
  }

  /** Takes the next connection and acknowledges its session as this peer; returns the via. */
  async answer(): Promise<string> {
    const { dispatch, socket } = await this.offered()
    this.say({ type: 'accepted', connection: dispatch.connection })
    socket.resume()
    socket.end(preambleAck)
    return dispatch.via
  }

  /** Ends the channel without a word, as the end of its process does. */
  [Symbol.dispose](): void {
    this.#channel.end()
  }

  async #next(...types: PorticoMessage['type'][]) {
    for (;;) {
      const at = this.#heard.findIndex(({ message }) => types.includes(message.type))
      const [found] = at < 0 ? [] : this.#heard.splice(at, 1)
      if (found) return found
      if (this.#closed) throw new Error(`the channel closed before ${types.join(' or ')} came`)
      await this.#changed.promise
    }
  }

  #happened(): void {
    const { resolve } = this.#changed
    this.#changed = Promise.withResolvers()
    resolve()
  }
}
