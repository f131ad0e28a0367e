/** What a worker process is launched for, as its life story tells it. */
import type { PorticoError } from '#base/errors.ts'
import type { LogFields } from '#base/log.ts'
import type { ConnectionJourney } from './connection-journey.ts'

/** A connection on its way, as it is shown to people. */
export interface OnItsWay {
  readonly number: number
  readonly via: string | undefined
  readonly remote: { readonly address: string; readonly port: number }
  /** Milliseconds since the epoch. */
  readonly acceptedAt: number
  /** Whether its client has broken it off. */
  readonly isGone: boolean
  /** Undefined unless somebody has asked for it. */
  readonly journey?: ConnectionJourney | undefined
  /** Ends its way: it is answered as `why` says. */
  giveUp(why: PorticoError): void
}

/** Fields of the log. */
export interface LaunchCause extends LogFields {
  readonly reason: 'connection' | 'load' | 'alwaysRunning' | 'recycle'
  readonly actor: 'client' | 'portico'
  readonly from?: string
}

export const keptRunning: LaunchCause = { reason: 'alwaysRunning', actor: 'portico' }

export const toTakeOver: LaunchCause = { reason: 'recycle', actor: 'portico' }

/** Every worker process that has the application is busy. */
export function besides(app: string): LaunchCause {
  return { reason: 'load', actor: 'portico', app }
}

/** `connection` is undefined where nobody knows for whom the application is asked. */
export function askedFor(app: string, connection: OnItsWay | undefined): LaunchCause {
  const reason = 'connection'
  if (!connection) return { reason, actor: 'client', app }
  const { number, via, remote } = connection
  return { reason, actor: 'client', app, connection: number, via, from: `${remote.address}:${remote.port}` }
}
