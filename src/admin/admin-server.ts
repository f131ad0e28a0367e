/** The admin socket: HTTP with JSON on a Unix socket that only the account of `portico serve` can reach. */
import { chmodSync, rmSync } from 'node:fs'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { ConnectionsStatus } from './connections.ts'
import type { Explanation } from './explanation.ts'
import type { ConnectionEnds, JourneyAnswer } from './journey.ts'
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

/** Somebody has asked for the journey of a connection before that came; disposing forgets it. */
export interface JourneyWatch extends Disposable {
  /** The journey, or so much of it as there is, once its client has done with the connection. */
  told(): Promise<JourneyAnswer>
}

/** What the admin socket shows and does. */
export interface AdminActions {
  status(): Status
  connections(): ConnectionsStatus
  route(via: string): RouteStatus
  explain(url: string, address: string): Explanation
  /** Keeps the journey of the next connection with these ends. Undefined when too many are being kept. */
  journey(ends: ConnectionEnds): JourneyWatch | undefined
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
    response.writeHead(code, json).end(`${JSON.stringify(body)}\n`)
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
    case 'POST /journey':
      answerJourney(actions, searchParams, request, response)
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
          'there is GET /status, GET /connections, GET /route?via=, GET /explain?url=&address=, POST /journey?address=&port=&to=, POST /pool/start?name=, /pool/stop, /pool/recycle, and POST /stop',
      })
  }
}

/**
 * Answers in two parts, so that who asks owns the question for as long as it is open: the head says that the connection is
 * being waited for and may come now; the end of the request, that it is over, and only then there is a journey to be told.
 */
function answerJourney(
  actions: AdminActions,
  asked: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const number = (name: string) => Number(asked.get(name) ?? '')
  const watch = actions.journey({ address: asked.get('address') ?? '', port: number('port'), to: number('to') })
  if (!watch) {
    response.writeHead(503, json).end(`${JSON.stringify({ error: 'too many journeys are being followed' })}\n`)
    return
  }
  response.on('close', () => watch[Symbol.dispose]())
  response.writeHead(200, json).flushHeaders()
  request.resume().on('end', () => {
    void watch.told().then((journey) => response.end(`${JSON.stringify(journey)}\n`))
  })
}

const json = { 'content-type': 'application/json' }
