/** Reads the preamble of the next session of a connection, or finds out why there is none. */
import { isPorticoError, type PorticoError } from '#base/errors.ts'
import { orAbort } from '#base/signal.ts'
import { type Preamble, readPreamble } from '#framing/preamble.ts'
import { endOfStream, type FramingProblem, framingError } from '#framing/problem.ts'
import { type Connection, clientGone } from './connection.ts'
import type { Transport } from './transport.ts'

export interface PreambleOptions {
  /** Whether a later via of the same connection still belongs to this worker process. */
  validateRoute(via: string, signal: AbortSignal): Promise<boolean>
  readonly transport: Transport
  /** Ends the connection at once. */
  readonly signal: AbortSignal
  /** Ends the connection as soon as no session is under way. */
  readonly draining?: AbortSignal
}

/** Why a connection has no next session. */
export type NoNext = 'clientClosed' | 'idle' | 'draining' | 'notKept' | 'notRouted'

/** What is discarded at most of a client that is refused before its via. */
const drainLimitInMode = 2304

/** The preamble of the first session: its first byte was there before the connection was. */
export async function firstPreamble(connection: Connection, { transport }: PreambleOptions): Promise<Preamble> {
  using _limit = connection.preambleWithin(transport.settings.channelInitializationTimeout)
  return await readWhole(connection, await connection.read())
}

/** The preamble of a later session, for a via that still belongs here. */
export async function nextPreamble(connection: Connection, options: PreambleOptions): Promise<Preamble | NoNext> {
  const first = await firstBytes(connection, options)
  if (typeof first === 'string') return first
  using _limit = connection.preambleWithin(options.transport.settings.channelInitializationTimeout)
  const preamble = await readWhole(connection, first)
  const isOurs = await orAbort(options.validateRoute(preamble.via, connection.signal), connection.signal).catch(
    () => false,
  )
  if (isOurs) return preamble
  connection.signal.throwIfAborted()
  connection.fail(clientGone(preamble.via, 'another process serves its via'))
  return 'notRouted'
}

/** Waits between two sessions. The end of a connection is no failure here, however it comes. */
async function firstBytes(connection: Connection, options: PreambleOptions): Promise<Buffer | NoNext> {
  const { transport, draining, signal } = options
  if (draining?.aborted) return 'draining'
  using kept = transport.keep()
  if (!kept) return 'notKept'
  let why: NoNext = 'clientClosed'
  const stop = (reason: NoNext) => {
    why = reason
    connection.stopReading()
  }
  const drain = () => stop('draining')
  using _limit = connection.after(transport.settings.idleTimeout, () => stop('idle'))
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
  let bytes = first ?? Buffer.alloc(0)
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
