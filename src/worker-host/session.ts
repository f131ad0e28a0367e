/** Serves the sessions of one net.tcp connection to an application, one after the other, from the first byte on. */
import type { Socket } from 'node:net'
import type { Clock } from '#base/clock.ts'
import { isPorticoError, PorticoError, sentenceOf } from '#base/errors.ts'
import { orAbort } from '#base/signal.ts'
import { type Preamble, readPreamble } from '#framing/preamble.ts'
import { endOfStream, type FramingProblem, framingError } from '#framing/problem.ts'
import type { Session } from './application.ts'
import { Connection, clientGone } from './connection.ts'
import { ServerSession } from './server-session.ts'

export interface SessionOptions {
  /** The application's handler; what it returns is awaited. */
  session(session: Session): unknown
  /** Whether a later via of the same connection still belongs to this worker process. */
  validateRoute(via: string, signal: AbortSignal): Promise<boolean>
  readonly clock: Clock
  /** Ends the connection at once. */
  readonly signal: AbortSignal
  /** Ends the connection as soon as no session is under way. */
  readonly draining?: AbortSignal
  /** The time limits are milliseconds. This one is for the application, from the preamble to its acceptance. */
  readonly acceptTimeLimit: number
  readonly maxReceivedMessageSize?: number
  /** From the first byte of a preamble to its last. */
  readonly channelInitializationTimeout?: number
  /** Between two sessions. */
  readonly idleTimeout?: number
  /** For the client's End after ours, and for the last bytes of the connection to leave. */
  readonly closeTimeLimit?: number
}

/** The defaults of the WCF bindings. */
export const sessionDefaults = {
  maxReceivedMessageSize: 65_536,
  channelInitializationTimeout: 30_000,
  idleTimeout: 120_000,
  closeTimeLimit: 60_000,
} as const

/** How a connection ended that did not fail, and how many sessions it had. */
export interface ConnectionEnd {
  readonly sessions: number
  readonly why: 'clientClosed' | 'idle' | 'draining' | 'refused' | 'notRouted'
}

/** What is discarded at most of a client that is refused before its via. */
const drainLimitInMode = 2304

type Settings = SessionOptions & typeof sessionDefaults

/** Resolves when the connection is over and nothing of it is left; rejects with the one cause when it failed. */
export async function serveSessions(socket: Socket, options: SessionOptions): Promise<ConnectionEnd> {
  const settings = { ...sessionDefaults, ...options } as Settings
  await using connection = new Connection(socket, settings)
  for (let sessions = 0; ; sessions += 1) {
    const preamble = await nextPreamble(connection, settings, sessions > 0)
    if (typeof preamble === 'string') return { sessions, why: preamble }
    connection.via = preamble.via
    const went = await serveSession(connection, preamble, settings)
    if (went !== 'on') return { sessions: sessions + 1, why: went }
  }
}

async function serveSession(connection: Connection, preamble: Preamble, settings: Settings) {
  const session = new ServerSession(connection, preamble, settings.maxReceivedMessageSize)
  const { acceptTimeLimit, closeTimeLimit } = settings
  using _limit = connection.after(acceptTimeLimit, () => session.acceptTimeIsUp(acceptTimeLimit))
  const handled = handle(session, settings)
  try {
    await orAbort(handled, connection.signal)
    return (await session.close(closeTimeLimit)) ? 'on' : 'clientClosed'
  } catch (error) {
    if (!connection.signal.aborted) connection.fail(sessionFailed(preamble.via, error))
    const cause = connection.signal.reason
    if (!session.isRefused) throw cause
    // The handler that refused gets the time of closing to come to its end.
    const thrown = await settledWithin(handled, closeTimeLimit, connection)
    if (thrown !== undefined && thrown !== cause) throw sessionFailed(preamble.via, thrown)
    return 'refused'
  }
}

async function handle(session: Session, settings: Settings): Promise<void> {
  await settings.session(session)
}

function sessionFailed(via: string, thrown: unknown): PorticoError {
  return new PorticoError('SESSION_FAILED', { via, reason: sentenceOf(thrown) }, { cause: thrown })
}

/** What `work` has thrown within `ms`, if anything. */
function settledWithin(work: Promise<void>, ms: number, connection: Connection): Promise<unknown> {
  return new Promise((resolve) => {
    const limit = connection.after(ms, () => resolve(undefined))
    const settled = (thrown?: unknown) => {
      limit[Symbol.dispose]()
      resolve(thrown)
    }
    work.then(() => settled(), settled)
  })
}

/** The preamble of the next session, or why there is none. */
async function nextPreamble(connection: Connection, settings: Settings, isReused: boolean) {
  let bytes: Buffer | undefined
  if (isReused) {
    const first = await firstBytes(connection, settings)
    if (typeof first === 'string') return first
    bytes = first
  }
  const limit = settings.channelInitializationTimeout
  using _limit = connection.after(limit, () =>
    connection.fail(new PorticoError('PREAMBLE_TIMED_OUT', { seconds: limit / 1000 })),
  )
  const preamble = await readWhole(connection, bytes)
  if (!isReused) return preamble
  const isOurs = await orAbort(settings.validateRoute(preamble.via, connection.signal), connection.signal).catch(
    () => false,
  )
  if (isOurs) return preamble
  connection.signal.throwIfAborted()
  connection.fail(clientGone(preamble.via, 'another process serves its via'))
  return 'notRouted'
}

/** Waits between two sessions. The end of a connection is no failure here, however it comes. */
async function firstBytes(connection: Connection, settings: Settings) {
  const { idleTimeout, draining, signal } = settings
  let why: 'clientClosed' | 'idle' | 'draining' = 'clientClosed'
  const stop = (reason: typeof why) => {
    why = reason
    connection.stopReading()
  }
  const drain = () => stop('draining')
  using _limit = connection.after(idleTimeout, () => stop('idle'))
  if (draining?.aborted) return 'draining'
  draining?.addEventListener('abort', drain)
  try {
    return (await connection.read()) ?? why
  } catch (error) {
    if (signal.aborted || !isPorticoError(error, 'SESSION_BROKEN_OFF')) throw error
    return why
  } finally {
    draining?.removeEventListener('abort', drain)
  }
}

async function readWhole(connection: Connection, first: Buffer | undefined): Promise<Preamble> {
  let bytes = first ?? (await connection.read()) ?? Buffer.alloc(0)
  for (;;) {
    const reading = readPreamble(bytes)
    if (reading.is === 'invalid') throw endInvalid(connection, reading.problem)
    if (reading.is === 'complete') {
      connection.unread(bytes.subarray(reading.preamble.length))
      return reading.preamble
    }
    const more = await connection.read()
    if (!more) throw endInvalid(connection, endOfStream(bytes.length, reading.state))
    bytes = Buffer.concat([bytes, more])
  }
}

/** Two problems have a fault of their own, as long as the client has not said its via; the others end without a byte. */
function endInvalid(connection: Connection, problem: FramingProblem): PorticoError {
  const error = framingError(problem)
  if (problem.kind === 'majorVersion') connection.endWithFault('UnsupportedVersion', error, drainLimitInMode)
  else if (problem.kind === 'mode') connection.endWithFault('UnsupportedMode', error, drainLimitInMode)
  else connection.fail(error)
  return error
}
