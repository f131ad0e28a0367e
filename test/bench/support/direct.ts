/** An application without Portico: loads the same code by the same session layer, and listens itself. */
import { createServer } from 'node:net'
import { systemClock } from '#base/clock.ts'
import { load } from '#worker-host/load.ts'
import { serveSessions } from '#worker-host/session.ts'
import { Transport } from '#worker-host/transport.ts'

const application = await load(process.argv[2] ?? '')
const { signal } = new AbortController()
const transport = new Transport()

const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  socket.on('error', () => {})
  const remote = { address: '', port: 0 }
  const lease = () => ({ [Symbol.dispose]() {} })
  const context = { lease, application: '/', folder: '', pool: '', signal, via: '', remote, local: remote }
  if (application.connection) {
    application.connection(socket, context)
    return
  }
  const session = (each: Parameters<NonNullable<typeof application.session>>[0]) => application.session?.(each, context)
  serveSessions(socket, {
    admit: () => ({ is: 'admitted', session }),
    transport,
    validateRoute: async () => true,
    clock: systemClock,
    signal,
    acceptTimeLimit: 60_000,
  }).catch(() => {})
}).listen({ port: 0, host: '127.0.0.1', backlog: 1024 }, () => {
  const address = server.address()
  process.stdout.write(`${typeof address === 'object' ? address?.port : ''}\n`)
})
process.on('SIGTERM', () => process.exit(0)) // an orderly end writes what was compiled
