/** A connection that is served to a session handler, with its scripted client and its clock. */
import type { Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { encodePreamble } from '#framing/preamble.ts'
import type { Session } from '#worker-host/application.ts'
import { type ConnectionEnd, type SessionOptions, serveSessions } from '#worker-host/session.ts'
import { type FramingClient, socketPair } from '../../support/framing-client.ts'
import { ManualClock } from '../../support/manual-clock.ts'

export const via = 'net.tcp://localhost/App/Service.svc'
export const duplex = encodePreamble({ mode: 'duplex', via, contentType: 'application/soap+msbinsession1' })
export const singleton = encodePreamble({ mode: 'singleton', via, contentType: 'application/soap+msbin1' })
export const acceptTimeLimit = 5000

export interface Serving {
  readonly client: FramingClient
  readonly server: Socket
  readonly clock: ManualClock
  readonly stop: AbortController
  /** How the connection ended, or its error. */
  readonly over: Promise<ConnectionEnd | { readonly error: unknown }>
}

export async function serving(
  session: (session: Session) => unknown,
  options: Partial<SessionOptions> = {},
): Promise<Serving> {
  const { client, server } = await socketPair()
  const clock = new ManualClock()
  const stop = new AbortController()
  const served = serveSessions(server, {
    session,
    validateRoute: async () => true,
    clock,
    signal: stop.signal,
    acceptTimeLimit,
    ...options,
  })
  onTestFinished(() => {
    client.socket.destroy()
    server.destroy()
  })
  return { client, server, clock, stop, over: served.catch((error: unknown) => ({ error })) }
}

/** Answers every envelope with itself. */
export async function echo(session: Session): Promise<void> {
  for await (const envelope of session) await session.send(envelope)
}
