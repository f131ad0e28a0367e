/** What a self-hosted service learns when its URI can't be shared. */
import { PorticoError, sentenceOf, systemCodeOf } from '#base/errors.ts'
import type { RefusalStatus } from '#handoff/protocol.ts'

/** Why: the statuses of the sharing protocol, and `NotRunning` when there is no Portico to give one. */
export type SharingStatus = RefusalStatus | 'NotRunning'

/** A URI is not shared: `message` says why, for an administrator, and `remedy` what to do about it. */
export class SharingError extends Error {
  override readonly name = 'SharingError'
  readonly status: SharingStatus
  /** The URI that was to be shared. */
  readonly uri: string
  readonly remedy: string

  constructor(status: SharingStatus, uri: string, message: string, remedy: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.status = status
    this.uri = uri
    this.remedy = remedy
  }
}

/** Portico's own words for a refusal. */
export interface Refusal {
  readonly status: RefusalStatus
  readonly message: string
  readonly remedy: string
}

/** How a channel ended, or why there was none: Portico sent the process away, or is not there. */
export type Ending =
  | { readonly is: 'refused'; readonly why: Refusal }
  | { readonly is: 'lost'; readonly cause: unknown }

/** The error of an endpoint whose channel has ended. */
export function endingError(ending: Ending, uri: string, socket: string): SharingError {
  return ending.is === 'refused' ? refusalError(ending.why, uri) : connectError(ending.cause, uri, socket)
}

/** Portico may have been asked for more than this endpoint's URI: the message has to name that. */
export function refusalError({ status, message, remedy }: Refusal, uri: string): SharingError {
  return new SharingError(status, uri, message.includes(uri) ? message : `${uri} can't be shared: ${message}`, remedy)
}

/** An error of the catalogue that was found in this process. */
export function localError(status: SharingStatus, uri: string, error: PorticoError): SharingError {
  return new SharingError(status, uri, error.message, error.remedy, error)
}

const noWay: ReadonlySet<string | undefined> = new Set(['EACCES', 'EPERM'])

function connectError(cause: unknown, uri: string, socket: string): SharingError {
  const reason = cause === undefined ? 'it ended the channel' : sentenceOf(cause)
  const args = { uri, socket, reason }
  return noWay.has(systemCodeOf(cause))
    ? localError('AccessDenied', uri, new PorticoError('SHARING_SOCKET_CLOSED', args, { cause }))
    : localError('NotRunning', uri, new PorticoError('SHARING_NOT_RUNNING', args, { cause }))
}
