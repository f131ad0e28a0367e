/** The admin socket: HTTP with JSON on a Unix socket that only the account of `portico serve` can reach. */
import { chmodSync, rmSync } from 'node:fs'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { ConnectionsStatus } from './connections.ts'
import type { Explanation } from './explanation.ts'
import type { RouteStatus, Status } from './status.ts'

// An import would make Node load whatever it exports, and with that a web client of 13 MB.
const { createServer } = process.getBuiltinModule('node:http')

export type PoolAction = 'start' | 'stop' | 'recycle'

/** What came of a command to a pool: a sentence, and what to do when it failed. */
export interface PoolAnswer {
  readonly done: boolean
  readonly says: string
  readonly remedy?: string
}

/** What the admin socket shows and does. */
export interface AdminActions {
  status(): Status
  connections(): ConnectionsStatus
  route(via: string): RouteStatus
  explain(url: string, address: string): Explanation
  /** Begins the orderly end; a second call hurries it. */
  stop(): void
  pool(action: PoolAction, name: string): Promise<PoolAnswer>
}

export class AdminServer implements AsyncDisposable {
  readonly #server: Server

  constructor(actions: AdminActions) {
    this.#server = createServer((request, response) => answer(actions, request, response))
  }

  async listen(path: string): Promise<void> {
    rmSync(path, { force: true }) // of an earlier run: the home's lock says that it has ended
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#server.once('error', reject)
    this.#server.listen(path, resolve)
    await promise
    this.#server.off('error', reject)
    this.#server.on('error', () => {}) // a failed accept concerns the one who asks
    chmodSync(path, 0o600)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#server.close(() => resolve())
    this.#server.closeAllConnections()
    await promise
  }
}

function answer(actions: AdminActions, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://portico')
  const reply = (code: number, body: object) => {
    response.writeHead(code, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`)
  }
  switch (`${request.method} ${pathname}`) {
    case 'GET /status':
      reply(200, actions.status())
      break
    case 'GET /connections':
      reply(200, actions.connections())
      break
    case 'GET /route':
      reply(200, actions.route(searchParams.get('via') ?? ''))
      break
    case 'GET /explain':
      reply(200, actions.explain(searchParams.get('url') ?? '', searchParams.get('address') ?? ''))
      break
    case 'POST /pool/start':
    case 'POST /pool/stop':
    case 'POST /pool/recycle': {
      const action = pathname.slice('/pool/'.length) as PoolAction
      actions.pool(action, searchParams.get('name') ?? '').then(
        (done) => reply(200, done),
        (error: unknown) => reply(500, { error: String(error) }),
      )
      break
    }
    case 'POST /stop':
      reply(202, { stopping: true })
      actions.stop()
      break
    default:
      reply(404, {
        error:
          'there is GET /status, GET /connections, GET /route?via=, GET /explain?url=&address=, POST /pool/start?name=, /pool/stop, /pool/recycle, and POST /stop',
      })
  }
}
