/** A service that sends every byte back: it listens itself, or shares the URI that it is given with the Portico of a home. */
import { createServer, type Socket } from 'node:net'
import { share } from 'portico/sharing'

const [home, uri] = process.argv.slice(2)

function serve(socket: Socket): void {
  socket.on('error', () => {})
  socket.pipe(socket)
}

if (home !== undefined && uri !== undefined) {
  const service = await share({ home, uri })
  process.stdout.write(`${new URL(service.registration?.uri ?? uri).port}\n`)
  for await (const { socket } of service) serve(socket)
} else {
  const server = createServer({ noDelay: true }, serve).listen({ port: 0, host: '127.0.0.1', backlog: 1024 }, () => {
    const address = server.address()
    process.stdout.write(`${typeof address === 'object' ? address?.port : ''}\n`)
  })
}
