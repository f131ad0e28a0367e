/** A scripted peer over a real socket: writes what the test says and waits for exactly what it expects. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { TcpHandle } from '#base/handle.ts'

export class FramingClient {
  readonly socket: Socket
  #received: Buffer[] = []
  #length = 0
  #isOver = false
  #wake = Promise.withResolvers<void>()

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (bytes) => {
      this.#received.push(bytes)
      this.#length += bytes.length
      this.#awaken()
    })
    socket.on('end', () => this.#over())
    socket.on('close', () => this.#over())
    socket.on('error', () => this.#over())
  }

  write(...parts: readonly Uint8Array[]): void {
    this.socket.write(Buffer.concat(parts))
  }

  /** The next `count` bytes; fewer only when the server closes before. */
  async read(count: number): Promise<Buffer> {
    while (this.#length < count && !this.#isOver) await this.#wake.promise
    const whole = Buffer.concat(this.#received)
    const rest = whole.subarray(count)
    this.#received = [rest]
    this.#length = rest.length
    return whole.subarray(0, count)
  }

  /** Everything until the server closes. */
  async readAll(): Promise<Buffer> {
    while (!this.#isOver) await this.#wake.promise
    return this.read(this.#length)
  }

  #over(): void {
    this.#isOver = true
    this.#awaken()
  }

  #awaken(): void {
    this.#wake.resolve()
    this.#wake = Promise.withResolvers()
  }
}

/** Takes the handle of a connection out of its socket, as if it had been handed over to this process. */
export function handleOf(socket: Socket): TcpHandle {
  const holder = socket as unknown as { _handle: TcpHandle | null }
  const handle = holder._handle
  if (!handle) throw new Error('an open socket has a handle')
  holder._handle = null
  return handle
}

/** Both ends of a connection over loopback. */
export async function socketPair(): Promise<{ client: FramingClient; server: Socket }> {
  const listener = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  if (typeof address !== 'object' || !address) throw new Error('a listening server has an address')
  const socket = connect({ port: address.port, host: '127.0.0.1', allowHalfOpen: true })
  const [server] = (await once(listener, 'connection')) as [Socket]
  if (socket.connecting) await once(socket, 'connect')
  listener.close()
  return { client: new FramingClient(socket), server }
}
