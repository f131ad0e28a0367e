/** Serves the sessions of one net.tcp connection to an application, one after the other, from the first byte on. */
import type { Socket } from 'node:net'
import type { Clock } from '#base/clock.ts'
import { PorticoError, sentenceOf } from '#base/errors.ts'
import { orAbort } from '#base/signal.ts'
import type { Preamble } from '#framing/preamble.ts'
import { type Admit, admitted, endNotAdmitted, notAccepted } from './admission.ts'
import { Connection } from './connection.ts'
import { firstPreamble, type NoNext, nextPreamble, type PreambleOptions } from './next-preamble.ts'
import { ServerSession } from './server-session.ts'

/** The time limits are milliseconds. */
export interface SessionOptions extends PreambleOptions {
  /** Finds what serves a session, before anything is answered: called once for each, in the order of their preambles. */
  readonly admit: Admit
  /** The place of the connection among the pending ones: given back when its first session has been answered. */
  readonly pending?: Disposable
  readonly clock: Clock
  /** For the application, from the preamble to its acceptance: what serves the session may have to be started first. */
  readonly acceptTimeLimit: number
  /** For the client's End after ours, and for the last bytes of the connection to leave. */
  readonly closeTimeLimit?: number
}

/** The defaults of the WCF bindings. */
export const sessionDefaults = { maxReceivedMessageSize: 65_536, closeTimeLimit: 60_000 } as const

/** How a connection ended that did not fail, and how many sessions it had. */
export interface ConnectionEnd {
  readonly sessions: number
  readonly why: NoNext | 'refused'
}

type Settings = SessionOptions & { readonly closeTimeLimit: number }

/** Resolves when the connection is over and nothing of it is left; rejects with the one cause when it failed. */
export async function serveSessions(socket: Socket, options: SessionOptions): Promise<ConnectionEnd> {
  const settings: Settings = { ...options, closeTimeLimit: options.closeTimeLimit ?? sessionDefaults.closeTimeLimit }
  using _pending = options.pending
  await using connection = new Connection(socket, settings)
  // Refused, too late or gone: nobody has to answer it any more.
  connection.signal.addEventListener('abort', () => options.pending?.[Symbol.dispose](), { once: true })
  for (let sessions = 0; ; sessions += 1) {
    const read = sessions === 0 ? firstPreamble : nextPreamble
    const preamble = await read(connection, settings)
    if (typeof preamble === 'string') return { sessions, why: preamble }
    connection.via = preamble.via
    const went = await serveSession(connection, preamble, settings)
    if (went !== 'on') return { sessions: sessions + 1, why: went }
  }
}

async function serveSession(connection: Connection, preamble: Preamble, settings: Settings) {
  const { acceptTimeLimit, closeTimeLimit, pending, transport } = settings
  using acceptLimit = connection.after(acceptTimeLimit, () =>
    endNotAdmitted(connection, notAccepted(preamble.via, `it took longer than ${acceptTimeLimit} ms`)),
  )
  const admission = await admitted(connection, preamble, settings.admit)
  const session = new ServerSession(connection, preamble, {
    transport,
    maxReceivedMessageSize: admission.maxReceivedMessageSize ?? sessionDefaults.maxReceivedMessageSize,
    answered() {
      acceptLimit[Symbol.dispose]()
      pending?.[Symbol.dispose]()
    },
  })
  const handled = handle(() => admission.session(session))
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

async function handle(serve: () => unknown): Promise<void> {
  await serve()
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
