/** A service on a port of this process, as the worker host serves it, without Portico. */
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { systemClock } from '#base/clock.ts'
import type { Service } from '#worker-host/application.ts'
import { serveSessions } from '#worker-host/session.ts'
import { Transport } from '#worker-host/transport.ts'
import { connection } from './wcf-peer.ts'

export interface ServedWcf extends AsyncDisposable {
  readonly address: string
  /** Connections that came, and those that are there. */
  readonly accepted: number
  readonly open: number
  /** Resolves once so many connections are there. */
  whenOpen(count: number): Promise<void>
  /** Resets all connections. */
  breakAll(): void
}

export async function servedWcf(service: Service): Promise<ServedWcf> {
  const sockets = new Set<Socket>()
  const transport = new Transport()
  const stopping = new AbortController()
  let accepted = 0
  let changed = Promise.withResolvers<void>()
  const happened = () => {
    changed.resolve()
    changed = Promise.withResolvers()
  }
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    accepted += 1
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => {
      sockets.delete(socket)
      happened()
    })
    happened()
    serveSessions(socket, {
      admit: (via) => ({
        is: 'admitted',
        session: (session) => service.session?.(session, { ...connection, via }),
        maxReceivedMessageSize: service.maxReceivedMessageSize,
      }),
      transport,
      validateRoute: async () => true,
      clock: systemClock,
      signal: stopping.signal,
      acceptTimeLimit: 60_000,
    }).catch(() => {})
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('a listening server has an address')
  return {
    address: `net.tcp://127.0.0.1:${address.port}/app`,
    get accepted() {
      return accepted
    },
    get open() {
      return sockets.size
    },
    async whenOpen(count) {
      while (sockets.size !== count) await changed.promise
    },
    breakAll() {
      for (const socket of sockets) socket.resetAndDestroy()
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
