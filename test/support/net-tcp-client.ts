/** A net.tcp client for scenarios: opens sessions and says exactly what came back. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { encodeSizedEnvelope, end, preambleEnd } from '#framing/envelopes.ts'
import { faultNames, faultUri } from '#framing/faults.ts'
import { encodePreamble } from '#framing/preamble.ts'
import { FramingClient } from './framing-client.ts'

/** A duplex preamble with its end, as most clients write it in one go. */
export function wholePreamble(via: string): Buffer {
  const contentType = 'application/soap+msbinsession1'
  return Buffer.concat([encodePreamble({ mode: 'duplex', via, contentType }), preambleEnd])
}

export class NetTcpClient extends FramingClient implements Disposable {
  /** Connects, and sends the preamble for `path`. */
  static async open(port: number, path: string, host = '127.0.0.1'): Promise<NetTcpClient> {
    const client = await NetTcpClient.connect(port, host)
    client.beginSession(port, path)
    return client
  }

  static async connect(port: number, host = '127.0.0.1'): Promise<NetTcpClient> {
    const socket = connect({ port, host, allowHalfOpen: true, noDelay: true })
    await once(socket, 'connect')
    return new NetTcpClient(socket)
  }

  /** What the server answers to the preamble: `ack`, the name of a fault, or `closed` without a byte. */
  async answer(): Promise<string> {
    const [type] = await this.read(1)
    if (type === undefined) return 'closed'
    if (type === 0x0b) return 'ack'
    if (type !== 0x08) return `byte ${type}`
    const [size = 0] = await this.read(1)
    const uri = (await this.read(size)).toString()
    return faultNames.find((name) => faultUri(name) === uri) ?? uri
  }

  /** Sends one envelope and returns the one that comes back; undefined when the connection ends. */
  async call(text: string): Promise<string | undefined> {
    this.write(encodeSizedEnvelope(Buffer.from(text)))
    const [type] = await this.read(1)
    const size = type === 0x06 ? await this.#int31() : undefined
    return size === undefined ? undefined : (await this.read(size)).toString()
  }

  /** A size in seven bits a byte, the lowest first; undefined when the connection ends. */
  async #int31(): Promise<number | undefined> {
    for (let value = 0, shift = 0; ; shift += 7) {
      const [byte] = await this.read(1)
      if (byte === undefined) return undefined
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }

  /** Ends our side of the session; the connection stays. */
  endSession(): void {
    this.write(end)
  }

  /** Begins another session on the connection. */
  beginSession(port: number, path: string): void {
    this.write(wholePreamble(`net.tcp://localhost:${port}${path}`))
  }

  /** Ends the session in the right order: End, End, close. */
  async finish(): Promise<void> {
    this.write(end)
    await this.read(1)
    this.socket.end()
    await this.readAll()
  }

  [Symbol.dispose](): void {
    this.socket.destroy()
  }
}

/** One whole session: connect, preamble, one envelope there and back, end. */
export async function callOnce(port: number, path: string, text = 'hello'): Promise<string | undefined> {
  using client = await NetTcpClient.open(port, path)
  const answer = await client.answer()
  if (answer !== 'ack') return answer
  const reply = await client.call(text)
  await client.finish()
  return reply
}
