/** The way of a connection: accept, preamble, route, activate, dispatch. */
import type { Hold } from '#activation/application-pool.ts'
import type { OnItsWay } from '#activation/launch-cause.ts'
import type { DispatchOutcome } from '#activation/worker-channel.ts'
import { PorticoError } from '#base/errors.ts'
import type { Opening } from './adapter.ts'
import type { Connection, Endpoint } from './connection.ts'

/** What answers a connection: an application, or what a self-hosted service has registered. */
export interface Target {
  /** Names it in sentences, as `application /orders`. */
  readonly name: string
  /** Takes a place among the connections that wait for it. Throws when too many do. */
  wait(connection: OnItsWay): Disposable
  /** Claims a process that takes its connections, starting what is missing. */
  activate(signal: AbortSignal, connection: OnItsWay): Promise<Hold>
}

/** The steps; each returns what the next one needs, and throws an error of the catalogue when it fails. */
export interface Steps {
  readOpening(connection: Connection, signal: AbortSignal): Opening | Promise<Opening>
  /** What answers now; `lost` is what was to answer and went before it took the connection. */
  route(opening: Opening, local: Endpoint, lost?: Target): Target
  /** Hands the connection over; it is ours until the outcome says otherwise. */
  dispatch(connection: Connection, opening: Opening, hold: Hold, signal: AbortSignal): Promise<DispatchOutcome>
}

/**
 * How often a connection is offered that processes don't take; more often when they end before that, for which it is not to
 * blame: it is whole, and what bounds failing processes is rapid-fail protection.
 */
const greatestOffers = { rejected: 3, lost: 10 } as const

/** Brings a connection to the process that answers it; resolves once that has taken it. The acceptor owns the connection. */
export async function serve(connection: Connection, steps: Steps, signal: AbortSignal): Promise<void> {
  const opening = await steps.readOpening(connection, signal)
  connection.journey?.reached('via known')
  let target = steps.route(opening, connection.local)
  connection.journey?.reached(`routed to ${target.name}`)
  const offers = { rejected: 0, lost: 0 }
  for (;;) {
    using _place = target.wait(connection)
    using hold = await target.activate(signal, connection) // no idle shutdown while held
    connection.journey?.reached(`has ${hold.registration.worker}`)
    const outcome = await steps.dispatch(connection, opening, hold, signal)
    connection.journey?.reached(`${outcome.is} by the process`)
    if (outcome.is === 'accepted') return
    if (++offers[outcome.is] === greatestOffers[outcome.is]) throw notTaken(target, hold, outcome)
    if (outcome.is === 'lost') target = steps.route(opening, connection.local, target)
  }
}

function notTaken(
  { name }: Target,
  { registration }: Hold,
  { is, reason }: Exclude<DispatchOutcome, { is: 'accepted' }>,
): PorticoError {
  return is === 'lost'
    ? new PorticoError('DISPATCH_LOST', { name, count: greatestOffers.lost, reason })
    : new PorticoError('DISPATCH_REFUSED', { worker: registration.worker, reason })
}
