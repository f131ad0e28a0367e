/** The same application as behind Portico, listening itself. */
import { createServer } from 'node:net'
import { serveDirectly } from './serve-directly.ts'

const server = createServer({ allowHalfOpen: true, noDelay: true }, await serveDirectly(process.argv[2] ?? '')).listen(
  { port: 0, host: '127.0.0.1', backlog: 1024 },
  () => {
    const address = server.address()
    process.stdout.write(`${typeof address === 'object' ? address?.port : ''}\n`)
  },
)
process.on('SIGTERM', () => process.exit(0)) // an orderly end writes what was compiled
