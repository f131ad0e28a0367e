/** The way of a connection: accept, preamble, route, activate, dispatch. */
import type { Hold } from '#activation/application-pool.ts'
import type { DispatchOutcome } from '#activation/worker-channel.ts'
import { PorticoError } from '#base/errors.ts'
import type { Opening } from './adapter.ts'
import type { Connection, Endpoint } from './connection.ts'

/** The steps; each returns what the next one needs, and throws an error of the catalogue when it fails. */
export interface Steps {
  readOpening(connection: Connection, signal: AbortSignal): Opening | Promise<Opening>
  /** The path of the application that answers. */
  route(opening: Opening, local: Endpoint): string
  /** Takes a place among those who wait for the application. */
  wait(application: string): Disposable
  /** Claims a worker process with the application loaded. */
  activate(application: string, signal: AbortSignal): Promise<Hold>
  /** Hands the connection over; it is ours until the outcome says otherwise. */
  dispatch(connection: Connection, opening: Opening, hold: Hold, signal: AbortSignal): Promise<DispatchOutcome>
}

/** How often a connection is offered, when worker processes end before they take it, or don't take it. */
const greatestOffers = 3

/** Brings a connection to a worker process; resolves once that has taken it. The acceptor owns the connection. */
export async function serve(connection: Connection, steps: Steps, signal: AbortSignal): Promise<string> {
  const opening = await steps.readOpening(connection, signal)
  const application = steps.route(opening, connection.local)
  using _place = steps.wait(application)
  let outcome: DispatchOutcome
  let offers = 0
  do {
    using hold = await steps.activate(application, signal) // no idle shutdown while held
    outcome = await steps.dispatch(connection, opening, hold, signal)
    offers++
    if (outcome.is === 'rejected' && offers === greatestOffers)
      throw new PorticoError('DISPATCH_REFUSED', { worker: hold.registration.worker, reason: outcome.reason })
  } while (outcome.is !== 'accepted' && offers < greatestOffers)
  if (outcome.is === 'lost')
    throw new PorticoError('DISPATCH_LOST', { app: application, count: offers, reason: outcome.reason })
  return application
}
