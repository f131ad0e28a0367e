/** Portico's side of the sharing socket for a self-hosted service: says what the test says, and hands over real connections. */
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { DispatchOutcome } from '#activation/worker-channel.ts'
import { effectiveSettings, settingsFromJson, settingsToJson } from '#binding/settings.ts'
import { Channel } from '#handoff/channel.ts'
import type { PeerMessage, PorticoMessage, RefusalStatus } from '#handoff/protocol.ts'
import { descriptorOf } from '#syscalls/descriptor.ts'
import { FramingClient } from './framing-client.ts'
import { ownFolder } from './unix-pair.ts'

type Said<T extends PeerMessage['type']> = Extract<PeerMessage, { type: T }>

const patient = new AbortController().signal
export const local = { address: '127.0.0.1', port: 9000 }
export const remote = { address: '127.0.0.1', port: 54_321 }

export class ScriptedPortico {
  readonly path = join(ownFolder(), 'sharing.sock')
  /** What peers have said and no test has taken. */
  readonly said: PeerMessage[] = []
  /** How many channels were ever opened, and how many are. */
  opened = 0
  open = 0
  channel: Channel | undefined
  #sharing: Server | undefined
  readonly #listener: Server
  readonly #accepted: Socket[] = []
  #changed = Promise.withResolvers<void>()
  #connections = 0

  private constructor(listener: Server) {
    this.#listener = listener
    listener.on('connection', (socket) => {
      this.#accepted.push(socket)
      this.#happened()
    })
  }

  static async start(): Promise<ScriptedPortico> {
    const listener = createServer({ pauseOnConnect: true, allowHalfOpen: true }).listen(0, '127.0.0.1')
    await once(listener, 'listening')
    const portico = new ScriptedPortico(listener)
    await portico.listen()
    onTestFinished(() => {
      portico.stop()
      listener.close()
    })
    return portico
  }

  /** Is there, or is back again. */
  async listen(): Promise<void> {
    this.#sharing = createServer((socket) => this.#connected(socket))
    await once(this.#sharing.listen(this.path), 'listening')
  }

  /** Is gone, with its socket and its channels. */
  stop(): void {
    this.#sharing?.close()
    rmSync(this.path, { force: true })
    this.channel?.close('Portico has gone')
  }

  /** Resolves as soon as something holds that peers or clients bring about. */
  async until<T>(condition: () => T | undefined | false): Promise<T> {
    for (;;) {
      const result = condition()
      if (result) return result
      await this.#changed.promise
    }
  }

  /** Takes the next message of this type. */
  next<T extends PeerMessage['type']>(type: T): Promise<Said<T>> {
    return this.until(() => {
      const at = this.said.findIndex((message) => message.type === type)
      return at < 0 ? undefined : (this.said.splice(at, 1)[0] as Said<T>)
    })
  }

  tell(message: PorticoMessage): void {
    this.channel?.send(message)
  }

  /** Greets the next peer. */
  async welcome(): Promise<Said<'hello'>> {
    const hello = await this.next('hello')
    this.tell({ type: 'welcome', version: 1 })
    return hello
  }

  /** Registers what is asked next. */
  async grant(registration = 1): Promise<Said<'register'>> {
    const asked = await this.next('register')
    const { uri = '', request, binding = {} } = asked
    this.tell({
      type: 'registered',
      ...(request !== undefined && { request }),
      registration,
      uri,
      hostNameComparisonMode: 'StrongWildcard',
      binding: settingsToJson(effectiveSettings(settingsFromJson(binding))),
    })
    return asked
  }

  /** Refuses what is asked next. */
  async deny(status: RefusalStatus = 'ConflictingRegistration'): Promise<Said<'register'>> {
    const asked = await this.next('register')
    const refusal = { status, message: 'somebody else has it', remedy: 'Choose another one.' } as const
    this.tell({ type: 'refused', ...(asked.request !== undefined && { request: asked.request }), ...refusal })
    return asked
  }

  /** A client's connection is offered to the peer; `outcome` is its answer. Portico's copy is closed after it. */
  async offer(via: string, registration = 1): Promise<{ client: FramingClient; outcome: Promise<DispatchOutcome> }> {
    const address = this.#listener.address()
    if (typeof address !== 'object' || !address) throw new Error('a listening server has an address')
    const client = connect({ port: address.port, host: '127.0.0.1', allowHalfOpen: true })
    onTestFinished(() => void client.destroy())
    await once(client, 'connect')
    const socket = await this.until(() => this.#accepted.find(({ remotePort }) => remotePort === client.localPort))
    this.#accepted.splice(this.#accepted.indexOf(socket), 1)
    const dispatch = { connection: ++this.#connections, registration, via, remote, local }
    if (!this.channel) throw new Error('no peer is connected')
    const outcome = this.channel.dispatch(dispatch, descriptorOf(socket), patient)
    void outcome.finally(() => socket.destroy())
    return { client: new FramingClient(client), outcome }
  }

  #connected(socket: Socket): void {
    const channel: Channel = new Channel(socket, {
      message: (message) => {
        if (message.type === 'accepted') channel.settle(message.connection, { is: 'accepted' })
        else if (message.type === 'rejected')
          channel.settle(message.connection, { is: 'rejected', reason: message.reason })
        this.said.push(message)
        this.#happened()
      },
      invalid: (problem) => channel.close(problem),
      closed: () => {
        this.open--
        this.#happened()
      },
    })
    this.opened++
    this.open++
    this.channel = channel
    this.#happened()
  }

  #happened(): void {
    const { resolve } = this.#changed
    this.#changed = Promise.withResolvers()
    resolve()
  }
}
