/** An application without Portico: the same code by the same session layer, for sockets from anywhere. */
import type { Socket } from 'node:net'
import { systemClock } from '#base/clock.ts'
import { load } from '#worker-host/load.ts'
import { serveSessions } from '#worker-host/session.ts'
import { Transport } from '#worker-host/transport.ts'

/** Loads the application of the folder; what is returned serves a connection. */
export async function serveDirectly(folder: string): Promise<(socket: Socket) => void> {
  const application = await load(folder)
  const { signal } = new AbortController()
  const transport = new Transport()
  return (socket) => {
    socket.on('error', () => {})
    const remote = { address: '', port: 0 }
    const lease = () => ({ [Symbol.dispose]() {} })
    const context = { lease, application: '/', folder: '', pool: '', signal, via: '', remote, local: remote }
    if (application.connection) {
      application.connection(socket, context)
      return
    }
    const session = (each: Parameters<NonNullable<typeof application.session>>[0]) =>
      application.session?.(each, context)
    serveSessions(socket, {
      admit: () => ({ is: 'admitted', session }),
      transport,
      validateRoute: async () => true,
      clock: systemClock,
      signal,
      acceptTimeLimit: 60_000,
    }).catch(() => {})
  }
}
