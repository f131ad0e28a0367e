/** What serves a via, found before anything is answered to the client; and what the client gets when nothing does. */
import type { Socket } from 'node:net'
import { PorticoError } from '#base/errors.ts'
import { orAbort } from '#base/signal.ts'
import type { FaultName } from '#framing/faults.ts'
import type { Preamble } from '#framing/preamble.ts'
import type { Session } from './application.ts'
import { type Connection, clientGone, closedEarly } from './connection.ts'
import { observed } from './observed.ts'

export type NotAdmitted =
  /** Answered with the fault; `error` is why. */
  | { readonly is: 'refused'; readonly fault: FaultName; readonly error: unknown }
  /** Closed without a byte. */
  | { readonly is: 'aborted'; readonly error: unknown }

interface Admitted {
  readonly is: 'admitted'
  /** The handler of the session; what it returns is awaited. */
  session(session: Session): unknown
  readonly maxReceivedMessageSize?: number | undefined
}

export type Admission = Admitted | NotAdmitted

/** The same for a handler that gets the socket itself. */
export type RawAdmission = { readonly is: 'admitted'; connection(socket: Socket): unknown } | NotAdmitted

export type Admit = (via: string, mode: Session['mode']) => Admission | Promise<Admission>

/** What serves the session. When nothing does, the connection ends as the admission says, and its cause is thrown. */
export async function admitted(connection: Connection, { via, mode }: Preamble, admit: Admit): Promise<Admitted> {
  // Nobody reads meanwhile, so nobody else would see that the client has gone.
  connection.onClientClosed = () => {
    if (!connection.hasBytes) connection.fail(clientGone(via, closedEarly))
  }
  try {
    const admission = await orAbort(observed(ask(admit, via, mode)), connection.signal)
    if (admission.is === 'admitted') return admission
    endNotAdmitted(connection, admission)
  } catch (error) {
    connection.fail(error)
  } finally {
    connection.onClientClosed = undefined
  }
  throw connection.signal.reason
}

/** What `admit` throws at once is no different from what it rejects with. */
async function ask(admit: Admit, via: string, mode: Session['mode']): Promise<Admission> {
  return await admit(via, mode)
}

export function endNotAdmitted(connection: Connection, admission: NotAdmitted): void {
  if (admission.is === 'refused') connection.endWithFault(admission.fault, admission.error)
  else connection.fail(admission.error)
}

/** The client gets this when nobody has accepted its session. */
export function notAccepted(via: string, why: string): NotAdmitted {
  const error = new PorticoError('SESSION_NOT_ACCEPTED', { via, why })
  return { is: 'refused', fault: 'ServiceActivationFailed', error }
}
