/** The file descriptor behind Node's sockets and servers. */
import type { Server, Socket } from 'node:net'
import { handleOf } from '#base/handle.ts'

/** The descriptor of an open socket or of a listening server; -1 once it is closed. */
export function descriptorOf(owner: Socket | Server): number {
  return handleOf(owner)?.fd ?? -1
}
