/** A real worker process with Portico's worker host in it, and Portico's side of its sharing channel in the test. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { Channel } from '#handoff/channel.ts'
import type { PeerMessage, PorticoMessage } from '#handoff/protocol.ts'
import { descriptorOf } from '#syscalls/descriptor.ts'
import { FramingClient } from './framing-client.ts'
import { ownFolder } from './unix-pair.ts'

const program = join(import.meta.dirname, '../fixtures/programs/hosts-by-hand.ts')
const endpoint = { address: '127.0.0.1', port: 808 }
const patient = new AbortController().signal
type Said<T extends PeerMessage['type']> = Extract<PeerMessage, { type: T }>

export const welcome = {
  type: 'welcome',
  version: 1,
  pool: 'Pool',
  worker: 'w1',
  environment: { GREETING: 'hello' },
  startupTimeLimit: 60_000,
  idleTimeout: null,
} as const satisfies PorticoMessage

export class HostedWorker {
  readonly process: ChildProcess
  readonly exited: Promise<number | null>
  readonly said: PeerMessage[] = []
  stderr = ''
  channel: Channel | undefined
  readonly #sharing: Server
  readonly #listener: Server
  readonly #accepted: Socket[] = []
  readonly #sockets = new Map<number, Socket>()
  #changed = Promise.withResolvers<void>()
  #connections = 0

  private constructor(path: string, sharing: Server, listener: Server) {
    this.#sharing = sharing
    this.#listener = listener
    sharing.on('connection', (socket) => this.#connected(socket))
    listener.on('connection', (socket) => {
      this.#accepted.push(socket)
      this.#happened()
    })
    this.process = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, path], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    this.process.stderr?.on('data', (bytes) => {
      this.stderr += bytes
      this.#happened()
    })
    this.exited = new Promise((resolve) => this.process.once('close', (code) => resolve(code)))
  }

  static async start(): Promise<HostedWorker> {
    const path = join(ownFolder(), 'sharing.sock')
    const [sharing, listener] = [createServer(), createServer({ pauseOnConnect: true, allowHalfOpen: true })]
    await Promise.all([once(sharing.listen(path), 'listening'), once(listener.listen(0, '127.0.0.1'), 'listening')])
    const worker = new HostedWorker(path, sharing, listener)
    onTestFinished(async () => {
      worker.process.kill('SIGKILL')
      await worker.exited
      for (const socket of worker.#sockets.values()) socket.destroy()
      sharing.close()
      listener.close()
    })
    await worker.next('hello')
    return worker
  }

  get pid(): number {
    return this.process.pid ?? -1
  }

  /** Resolves as soon as something holds that the worker process says, writes or ends with. */
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

  /** Lets the worker process load the fixture application of this name; its registration's number is 1. */
  async activate(folder: string, application = '/app'): Promise<void> {
    this.tell(welcome)
    this.tell({ type: 'activate', application, path: application, folder, bases: [] })
    await this.next('register')
    this.tell({ type: 'registered', registration: 1, application })
  }

  /** A client's connection that this process has accepted and not handed over. */
  async accept(): Promise<{ client: FramingClient; number: number; socket: Socket }> {
    const address = this.#listener.address()
    if (typeof address !== 'object' || !address) throw new Error('a listening server has an address')
    const client = connect({ port: address.port, host: '127.0.0.1', allowHalfOpen: true })
    await once(client, 'connect')
    const socket = await this.until(() => this.#accepted.find(({ remotePort }) => remotePort === client.localPort))
    this.#accepted.splice(this.#accepted.indexOf(socket), 1)
    const number = ++this.#connections
    this.#sockets.set(number, socket)
    return { client: new FramingClient(client), number, socket }
  }

  /** Hands an accepted connection over; resolves with what the worker process answers. */
  async handOver(number: number, socket: Socket, query = ''): Promise<string> {
    const via = `net.tcp://localhost/app/${number}${query}`
    const dispatch = { connection: number, registration: 1, via, remote: endpoint, local: endpoint }
    const outcome = await this.channel?.dispatch(dispatch, descriptorOf(socket), patient)
    socket.destroy()
    this.#sockets.delete(number)
    return outcome?.is ?? 'no channel'
  }

  /** A connection that the worker process has. */
  async connection(): Promise<FramingClient> {
    const { client, number, socket } = await this.accept()
    const outcome = await this.handOver(number, socket)
    if (outcome !== 'accepted') throw new Error(`the connection was ${outcome}`)
    return client
  }

  /** Ends the channel, as a crash of Portico does; the socket still listens unless it is said not to. */
  loseChannel({ forGood = false } = {}): void {
    if (forGood) this.#sharing.close()
    this.channel?.close('lost by the test')
  }

  #connected(socket: Socket): void {
    const channel: Channel = new Channel(socket, {
      message: (message) => {
        if (message.type === 'accepted') channel.settle(message.connection, { is: 'accepted' })
        else if (message.type === 'rejected') channel.settle(message.connection, { is: 'rejected', reason: '' })
        else this.said.push(message)
        this.#happened()
      },
      invalid: (problem) => channel.close(problem),
      closed: () => this.#happened(),
    })
    this.channel = channel
  }

  #happened(): void {
    const { resolve } = this.#changed
    this.#changed = Promise.withResolvers()
    resolve()
  }
}
