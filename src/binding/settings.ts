/** The seven properties of a binding that endpoints on one transport must share, as they are in force. */
import { availableParallelism } from 'node:os'

/**
 * Times are milliseconds, and `Infinity` is for ever. The names are those of `tcpTransport` and `connectionPoolSettings`
 * in WCF's configuration.
 */
export interface BindingSettings {
  /** From the first byte of a preamble until it is complete. */
  readonly channelInitializationTimeout: number
  /** Bytes that are read and written at once. */
  readonly connectionBufferSize: number
  /** Connections of a process whose session the service has not accepted. */
  readonly maxPendingConnections: number
  /** How long a piece of a message may wait for more before it is sent; complete messages never wait. */
  readonly maxOutputDelay: number
  /** Connections that are offered to a process at once. */
  readonly maxPendingAccepts: number
  /** How long a connection is kept between two sessions. */
  readonly idleTimeout: number
  /** How many connections are kept between two sessions. */
  readonly maxOutboundConnectionsPerEndpoint: number
}

export type BindingProperty = keyof BindingSettings

/** What somebody has written; what is missing has its default. */
export type WrittenSettings = { readonly [P in BindingProperty]?: number | undefined }

/** In the order in which they are shown and compared. */
export const bindingProperties = [
  'channelInitializationTimeout',
  'connectionBufferSize',
  'maxPendingConnections',
  'maxOutputDelay',
  'maxPendingAccepts',
  'idleTimeout',
  'maxOutboundConnectionsPerEndpoint',
] as const satisfies readonly BindingProperty[]

type TimeProperty = 'channelInitializationTimeout' | 'maxOutputDelay' | 'idleTimeout'

/** The properties that are times. */
export const bindingTimes: ReadonlySet<BindingProperty> = new Set<TimeProperty>([
  'channelInitializationTimeout',
  'maxOutputDelay',
  'idleTimeout',
])

/** The value of `maxOutboundConnectionsPerEndpoint` that means the computed default, even where it is written. */
const notTen = 10

/**
 * The values in force. Zero asks for the computed default where the computed default is one, as WCF's configuration has
 * it; and ten kept connections are the computed number of them, also when somebody wrote ten.
 */
export function effectiveSettings(written: WrittenSettings, processors = availableParallelism()): BindingSettings {
  const { maxOutboundConnectionsPerEndpoint: kept = notTen } = written
  return {
    channelInitializationTimeout: written.channelInitializationTimeout ?? 30_000,
    connectionBufferSize: written.connectionBufferSize || 8192,
    maxPendingConnections: written.maxPendingConnections || 12 * processors,
    maxOutputDelay: written.maxOutputDelay ?? 200,
    maxPendingAccepts: written.maxPendingAccepts || 2 * processors,
    idleTimeout: written.idleTimeout ?? 120_000,
    maxOutboundConnectionsPerEndpoint: kept === notTen ? 12 * processors : kept,
  }
}

/** The values as JSON has them: `null` for a time that never ends. */
export type BindingSettingsJson = { readonly [P in BindingProperty]: P extends TimeProperty ? number | null : number }

export function settingsToJson(settings: BindingSettings): BindingSettingsJson {
  const entries = bindingProperties.map((name) => [name, Number.isFinite(settings[name]) ? settings[name] : null])
  return Object.fromEntries(entries) as BindingSettingsJson
}

/** The opposite of `settingsToJson`, of a part or of all. */
export function settingsFromJson(
  json: { readonly [P in BindingProperty]?: number | null | undefined },
): WrittenSettings {
  const written = bindingProperties.filter((name) => json[name] !== undefined)
  return Object.fromEntries(written.map((name) => [name, json[name] ?? Number.POSITIVE_INFINITY]))
}
