/** The address that a self-hosted service registers: read, checked, and in the form that the prefix table takes. */
import { PorticoError } from '#base/errors.ts'
import { printable } from '#base/printable.ts'
import type { HostNameComparisonMode } from '#binding/host-mode.ts'
import { readSharedUri, sharedUriText } from '#binding/shared-uri.ts'

/** An address to be registered, in its canonical form. */
export interface RegisteredUri {
  /** With its port, as `net.tcp://+:9000/orders`. */
  readonly uri: string
  readonly mode: HostNameComparisonMode
  /** Empty for `+` and `*`. An address restricts the sockets for which the registration counts, whatever the mode. */
  readonly host: string
  readonly port: number
  readonly path: string
}

/** The longest address in bytes of UTF-8. Source: the sharing service's MaxUriSize. */
const greatestUri = 2048

/** Throws REGISTRATION_INVALID, REGISTRATION_PATH_TOO_LONG and REGISTRATION_PROTOCOL_UNSUPPORTED. */
export function parseRegisteredUri(text: string, mode?: string): RegisteredUri {
  const bytes = Buffer.byteLength(text)
  if (bytes > greatestUri) throw new PorticoError('REGISTRATION_PATH_TOO_LONG', { bytes, limit: greatestUri })
  const read = readSharedUri(text, mode)
  const uri = printable(text)
  if (read.is === 'wrong') throw new PorticoError('REGISTRATION_INVALID', { uri, problem: printable(read.problem) })
  if (read.is === 'otherProtocol')
    throw new PorticoError('REGISTRATION_PROTOCOL_UNSUPPORTED', { uri, scheme: read.scheme })
  const { host, port, path } = read
  return { uri: sharedUriText(read), mode: read.mode, host: host === '+' || host === '*' ? '' : host, port, path }
}
