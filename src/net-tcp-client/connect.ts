/** Connections of clients, and what their errors are to those who call. */
import { connect, type Socket } from 'node:net'
import { preambleEnd } from '#framing/envelopes.ts'
import { encodePreamble } from '#framing/preamble.ts'
import type { ServedMode } from '#framing/records.ts'
import { CommunicationError } from './communication-error.ts'
import type { Destination } from './destination.ts'

/**
 * Milliseconds for one address of a name that has several; then the next is tried. Node's own 250 would give up servers that
 * are merely far away.
 */
const addressLimit = 2000

/** Connects and sends the preamble. */
export function openConnection({ via, host, port }: Destination, mode: ServedMode, contentType: string): Socket {
  const socket = connect({
    host,
    port,
    noDelay: true,
    allowHalfOpen: true,
    autoSelectFamilyAttemptTimeout: addressLimit,
  })
  socket.write(Buffer.concat([encodePreamble({ mode, via, contentType }), preambleEnd]))
  return socket
}

export function connectionFailed(via: string, cause: NodeJS.ErrnoException): CommunicationError {
  const wasConnected = cause.syscall === 'read' || cause.syscall === 'write' || cause.code === 'ECONNRESET'
  const problem = wasConnected ? 'connectionLost' : 'unreachable'
  return new CommunicationError(problem, `${via}: ${cause.message || cause.code}`, { cause })
}

export function tooLarge(via: string, size: number, limit: number): CommunicationError {
  const says = `${via}: a message of ${size} bytes came, maxReceivedMessageSize of this client is ${limit}`
  return new CommunicationError('tooLarge', says)
}
