/**
 * The sharing channel, version 1: one JSON object a line over a Unix stream socket, and descriptors beside `dispatch`.
 * Types only; `peer-messages.ts` checks what a peer sends. The reference for other languages is docs/sharing-protocol.md.
 */
import type { z } from 'zod'
import type { HostNameComparisonMode } from '#binding/host-mode.ts'
import type { BindingSettingsJson } from '#binding/settings.ts'
import type { peerMessage } from './peer-messages.ts'

export const protocolVersion = 1

/** The greatest line in bytes, its line feed included. */
export const greatestLine = 64 * 1024

/** One end of a connection. */
export interface Endpoint {
  readonly address: string
  readonly port: number
}

/**
 * Why a registration or a greeting was refused; the names are those of the Windows sharing service, which says the last two
 * in other ways.
 */
export type RefusalStatus =
  | 'PathTooLong'
  | 'RegistrationQuotaExceeded'
  | 'ProtocolUnsupported'
  | 'ConflictingRegistration'
  | 'FailedToListen'
  | 'VersionUnsupported'
  | 'InvalidArgument'
  | 'AccessDenied'
  | 'ServiceDisabled'

/** Why a worker process or an application in it has to end. */
export type DrainReason = 'idle' | 'removed' | 'recycled' | 'shutdown'

/** What a peer says, as it is read. */
export type PeerMessage = z.output<typeof peerMessage>

/** A step of a start or a loading, and milliseconds since it. */
export type ToldStep = NonNullable<Extract<PeerMessage, { type: 'hello' }>['steps']>[number]

/** What a peer may write: what has a default may be left out. */
export type PeerLine = z.input<typeof peerMessage>

/** The greeting of a worker process. */
export interface WorkerWelcome {
  readonly type: 'welcome'
  readonly version: number
  readonly pool: string
  readonly worker: string
  /** The pool's environment variables, for the applications. */
  readonly environment: Readonly<Record<string, string>>
  /** Milliseconds that an application has to accept a session. */
  readonly startupTimeLimit: number
  /** Milliseconds without Portico and without connections after which the worker process leaves; null: never. */
  readonly idleTimeout: number | null
}

/** What Portico says. */
export type PorticoMessage =
  | WorkerWelcome
  /** The greeting of a self-hosted service that may share ports, and of a standby process. */
  | { readonly type: 'welcome'; readonly version: number; readonly pool?: undefined }
  | {
      readonly type: 'refused'
      /** Of the `register` that is refused; absent: the channel is, and ends. */
      readonly request?: number
      readonly status: RefusalStatus
      readonly message: string
      readonly remedy: string
    }
  /** To a standby process: the worker process that it becomes. */
  | {
      readonly type: 'assign'
      /** The whole environment of that. */
      readonly env: Readonly<Record<string, string>>
      /** Receives what it writes from then on. */
      readonly logFile: string
    }
  | {
      readonly type: 'activate'
      readonly application: string
      readonly path: string
      readonly folder: string
      /** The addresses at which the site can be reached; + and * are the wildcards, as in `net.tcp://*:808`. */
      readonly bases: readonly string[]
    }
  | { readonly type: 'deactivate'; readonly application: string; readonly reason: DrainReason }
  | { readonly type: 'registered'; readonly registration: number; readonly application: string }
  | ({ readonly type: 'registered'; readonly application?: undefined } & Registered)
  | ({ readonly type: 'dispatch' } & Dispatch)
  /** To worker processes: the connection has had its end, unless it is accepted already. Answered with `rejected`. */
  | { readonly type: 'withdraw'; readonly connection: number }
  | { readonly type: 'routeValid'; readonly request: number; readonly valid: boolean }
  | { readonly type: 'ping'; readonly request: number }
  | { readonly type: 'drain'; readonly reason: DrainReason; readonly timeLimit: number }

/** A registration of a self-hosted service. */
export interface Registered {
  readonly request?: number
  readonly registration: number
  /** The URI in its canonical form, with its port. */
  readonly uri: string
  readonly hostNameComparisonMode: HostNameComparisonMode
  /** In force for the registration. */
  readonly binding: BindingSettingsJson
}

/** What a peer learns of a connection; its descriptor comes with the line. */
export interface Dispatch {
  readonly connection: number
  readonly registration: number
  readonly via: string
  readonly remote: Endpoint
  readonly local: Endpoint
}
