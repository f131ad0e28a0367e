/** A server on loopback that does with each connection what the test says. */
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { FramingClient } from './framing-client.ts'

export interface ScriptedServer extends AsyncDisposable {
  readonly port: number
  /** How many connections came. */
  readonly accepted: number
}

export async function scriptedServer(
  script: (peer: FramingClient, n: number) => unknown,
  host = '127.0.0.1',
): Promise<ScriptedServer> {
  const sockets = new Set<Socket>()
  let accepted = 0
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket)
    accepted += 1
    void script(new FramingClient(socket), accepted)
  }).listen(0, host)
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('a listening server has an address')
  return {
    port: address.port,
    get accepted() {
      return accepted
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
