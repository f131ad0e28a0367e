/** Options of a socket that reads from the network as many bytes at once as its transport says, and holds as many back. */
import type { Socket } from 'node:net'
import type { Transport } from './transport.ts'

/** One buffer for each size is enough for all sockets: what is read into it is copied before anything else is read. */
const buffers = new Map<number, Buffer>()

export function boundedReading(transport: Transport): object {
  const { connectionBufferSize } = transport.settings
  return {
    readableHighWaterMark: connectionBufferSize,
    // Asked for after each read: a connection reads by other settings, too, that come into force while it is served.
    onread: { buffer: () => bufferOf(transport.settings.connectionBufferSize), callback: push },
  }
}

/** False stops reading; the stream starts it again when its bytes have been taken. */
function push(this: Socket, size: number, buffer: Uint8Array): boolean {
  return this.push(Buffer.from(buffer.subarray(0, size)))
}

function bufferOf(size: number): Buffer {
  const known = buffers.get(size)
  if (known) return known
  const buffer = Buffer.allocUnsafeSlow(size)
  buffers.set(size, buffer)
  return buffer
}
