/** The file descriptor behind Node's handles. Node keeps it internal, so this is the one place that looks. */
import type { Server, Socket } from 'node:net'

/** The descriptor of an open socket or of a listening server; -1 once it is closed. */
export function descriptorOf(owner: Socket | Server): number {
  const { _handle: handle } = owner as unknown as { _handle?: { fd?: number } | null }
  return handle?.fd ?? -1
}
