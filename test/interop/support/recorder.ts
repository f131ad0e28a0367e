/** Stands between clients and a port, and keeps what they say to each other. */
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

export type Speaker = 'client' | 'server'

/** One connection: what was said in turn. What one side says in one go is one saying, however it arrived. */
export type Recording = { readonly by: Speaker; bytes: Buffer[] }[]

export class Recorder implements AsyncDisposable {
  readonly recordings: Recording[] = []
  /** Where it passes connections on to. */
  target = 0
  readonly port: number
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server) {
    this.#server = server
    const address = server.address()
    if (typeof address !== 'object' || !address) throw new Error('a listening server has an address')
    this.port = address.port
    server.on('connection', (client: Socket) => this.#record(client))
  }

  static async start(): Promise<Recorder> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new Recorder(server)
  }

  #record(client: Socket): void {
    const recording: Recording = []
    this.recordings.push(recording)
    const server = connect({ port: this.target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    this.#pass('client', client, server, recording)
    this.#pass('server', server, client, recording)
  }

  #pass(by: Speaker, from: Socket, to: Socket, recording: Recording): void {
    this.#sockets.add(from)
    from.on('data', (bytes) => {
      const last = recording.at(-1)
      if (last?.by === by) last.bytes.push(bytes)
      else recording.push({ by, bytes: [bytes] })
    })
    from.pipe(to)
    from.on('error', () => to.destroy())
    from.on('close', () => this.#sockets.delete(from))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
