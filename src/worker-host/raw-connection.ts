/** Gives the socket of a connection itself to the handler that serves its via, before a byte of it has been read. */
import type { Socket } from 'node:net'
import { orAbort } from '#base/signal.ts'
import { endNotAdmitted, notAccepted, type RawAdmission } from './admission.ts'
import { Connection, type ConnectionOptions } from './connection.ts'

export interface RawOptions extends ConnectionOptions {
  readonly via: string
  /** Finds the handler, within the time that it has to accept. */
  admit(via: string): RawAdmission | Promise<RawAdmission>
  readonly acceptTimeLimit: number
  /** The place of the connection among the pending ones: given back when the handler has been called. */
  readonly pending: Disposable
  /** What the handler threw, at once or later. */
  failed(error: unknown): void
}

/**
 * Resolves when the handler has been called, which may keep the socket for ever. Rejects with why there is none, when the
 * client has got its answer and nothing of the connection is left.
 */
export async function giveConnection(socket: Socket, options: RawOptions): Promise<void> {
  using _pending = options.pending
  const admission = await inTime(options)
  if (admission.is === 'admitted') {
    socket.read(0) // as Node does for a socket that it has accepted itself
    handle(() => admission.connection(socket)).catch(options.failed)
    return
  }
  await using connection = new Connection(socket, options)
  endNotAdmitted(connection, admission)
  throw connection.signal.reason
}

async function handle(serve: () => unknown): Promise<void> {
  await serve()
}

async function inTime(options: RawOptions): Promise<RawAdmission> {
  const { via, acceptTimeLimit, clock, signal } = options
  const { promise: late, resolve } = Promise.withResolvers<RawAdmission>()
  using _limit = clock.after(acceptTimeLimit, () =>
    resolve(notAccepted(via, `what serves it was not there within ${acceptTimeLimit} ms`)),
  )
  return await orAbort(Promise.race([options.admit(via), late]), signal)
}
