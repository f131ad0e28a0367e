/** libuv's handles as Node wraps them: internal to Node, so this is the one place that knows their shape. */
import { type Server, Socket, type SocketConstructorOpts } from 'node:net'

export interface Handle {
  /** The descriptor; -1 when it has been closed. */
  readonly fd: number
  close(): void
  /** Makes callbacks run in the current asynchronous context instead of the one in which the handle was made. */
  asyncReset(resource: object): void
}

/** That of a TCP connection. */
export interface TcpHandle extends Handle {
  /** These write `address` and `port` into an object; not 0: there is nothing to write. */
  getpeername(into: object): number
  getsockname(into: object): number
}

interface ListeningHandle extends Handle {
  onconnection: (error: number, connection: TcpHandle) => void
}

/** A socket around a handle; nothing is read before somebody asks for it. */
export function socketOf(handle: Handle, options: object = {}): Socket {
  return new Socket({ handle, ...options } as unknown as SocketConstructorOpts)
}

/** The handle of a socket or of a server; none once it is closed. */
export function handleOf(owner: Socket | Server): Handle | undefined {
  const { _handle: handle } = owner as unknown as { readonly _handle?: Handle | null }
  return handle ?? undefined
}

/**
 * Gives what a listening server accepts to `accepted`, in place of its event `connection`: for a connection that is only handed
 * over, Node's Socket would cost as much as everything else. `failed` gets the number of a system error.
 */
export function acceptHandles(
  server: Server,
  accepted: (connection: TcpHandle) => void,
  failed: (errno: number) => void,
): void {
  const listening = handleOf(server) as ListeningHandle
  listening.onconnection = (error, connection) => (error === 0 ? accepted(connection) : failed(-error))
}
