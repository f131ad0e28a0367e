/** libuv's handles as Node wraps them: internal to Node, so this is the one place that knows their shape. */
import { Socket, type SocketConstructorOpts } from 'node:net'

export interface Handle {
  /** The descriptor; -1 when it has been closed. */
  readonly fd: number
  close(): void
  /** Makes callbacks run in the current asynchronous context instead of the one in which the handle was made. */
  asyncReset(resource: object): void
}

/** A socket around a handle; nothing is read before somebody asks for it. */
export function socketOf(handle: Handle, options: object = {}): Socket {
  return new Socket({ handle, ...options } as unknown as SocketConstructorOpts)
}
