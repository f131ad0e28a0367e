/** The address that a self-hosted service registers: read, checked, and in the form that the prefix table takes. */

import { PorticoError } from '#base/errors.ts'
import { type HostNameComparisonMode, hostNameComparisonModes } from '#binding/host-mode.ts'
import { parseVia } from '#framing/via.ts'

/** An address to be registered, in its canonical form. */
export interface RegisteredUri {
  /** With its port, as `net.tcp://+:9000/orders`. */
  readonly uri: string
  readonly mode: HostNameComparisonMode
  /** Empty for `+` and `*`. An address restricts the sockets for which the registration counts, whatever the mode. */
  readonly host: string
  readonly port: number
  /** Escaped and canonical, without a slash at its end. */
  readonly path: string
}

/** The longest address in bytes of UTF-8. Source: the sharing service's MaxUriSize. */
export const greatestUri = 2048

const wildcards: ReadonlyMap<string, HostNameComparisonMode> = new Map([
  ['+', 'StrongWildcard'],
  ['*', 'WeakWildcard'],
])

const wildcardHost = /^([a-z][a-z0-9+.-]*:\/\/)([+*])(?=[:/]|$)/i

/**
 * Reads `text`; the hosts `+` and `*` are the wildcards, and with any other host `mode` says how it is compared,
 * StrongWildcard when it says nothing. Throws REGISTRATION_INVALID,
 * REGISTRATION_PATH_TOO_LONG and REGISTRATION_PROTOCOL_UNSUPPORTED.
 */
export function parseRegisteredUri(text: string, mode?: string): RegisteredUri {
  const bytes = Buffer.byteLength(text)
  if (bytes > greatestUri) throw new PorticoError('REGISTRATION_PATH_TOO_LONG', { bytes, limit: greatestUri })
  const refuse = (problem: string) => new PorticoError('REGISTRATION_INVALID', { uri: text, problem })
  const asked = hostNameComparisonModes.find((known) => known === mode)
  if (mode !== undefined && asked === undefined)
    throw refuse(`hostNameComparisonMode must be one of ${hostNameComparisonModes.join(', ')}, not ${mode}`)

  const [, , sign = ''] = wildcardHost.exec(text) ?? []
  const via = parseVia(text.replace(wildcardHost, '$1any'))
  if (!via) throw refuse('it is no absolute address without user info')
  if (via.scheme !== 'net.tcp')
    throw new PorticoError('REGISTRATION_PROTOCOL_UNSUPPORTED', { uri: text, scheme: via.scheme })
  if (via.query !== '') throw refuse('it has a query')
  if (text.includes('#')) throw refuse('it has a fragment')
  if (via.port === 0) throw refuse('its port is 0, and clients have to know it')
  const implied = wildcards.get(sign)
  if (implied && asked && implied !== asked)
    throw refuse(`its host ${sign} means ${implied}, and ${asked} is asked for`)
  const path = via.path.replace(/\/+$/, '')
  const host = implied ? '' : via.host
  return {
    uri: `net.tcp://${implied ? sign : host}:${via.port}${path || '/'}`,
    mode: implied ?? asked ?? 'StrongWildcard',
    host,
    port: via.port,
    path: path || '/',
  }
}
