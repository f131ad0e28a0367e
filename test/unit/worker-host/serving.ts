/** A connection that is served to a session handler, with its scripted client and its clock. */
import type { Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { effectiveSettings, type WrittenSettings } from '#binding/settings.ts'
import { encodePreamble } from '#framing/preamble.ts'
import type { Session } from '#worker-host/application.ts'
import { type ConnectionEnd, type SessionOptions, serveSessions } from '#worker-host/session.ts'
import { Transport } from '#worker-host/transport.ts'
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

export interface ServingOptions extends Partial<SessionOptions> {
  readonly settings?: WrittenSettings
  readonly maxReceivedMessageSize?: number
}

export async function serving(
  session: (session: Session) => unknown,
  { settings = {}, maxReceivedMessageSize, ...options }: ServingOptions = {},
): Promise<Serving> {
  const { client, server } = await socketPair()
  const clock = new ManualClock()
  const stop = new AbortController()
  const transport = new Transport()
  transport.use(effectiveSettings(settings))
  const served = serveSessions(server, {
    admit: () => ({ is: 'admitted', session, maxReceivedMessageSize }),
    transport,
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
