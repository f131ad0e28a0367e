/** Where a self-hosted service can be reached: the URI that it shares, with how the host name in it is compared. */
import { isIP } from 'node:net'
import type { HostNameComparisonMode } from '#binding/host-mode.ts'
import { readSharedUri } from '#binding/shared-uri.ts'
import { segmentsOf } from '#framing/path-segments.ts'

export interface Place {
  readonly mode: HostNameComparisonMode
  /** `+` and `*` are the wildcards; with a name or an address the mode says how it is compared. */
  readonly host: string
  readonly port: number
  /** Canonical. */
  readonly path: string
}

/** The place that a URI and a mode name; a sentence when they name none. */
export function placeOf(uri: string, mode: HostNameComparisonMode | undefined): Place | string {
  const read = readSharedUri(uri, mode)
  if (read.is === 'wrong') return read.problem
  if (read.is === 'otherProtocol') return `its scheme is ${read.scheme}, and net.tcp is what is shared`
  const { host, port, path } = read
  return { mode: read.mode, host, port, path }
}

/** The same for places that one registration can't tell apart: a name says nothing where any host name will do. */
export function keyOf({ mode, host, port, path }: Place): string {
  const told = mode === 'Exact' || isIP(host.replace(/^\[|\]$/g, '')) > 0 ? host : ''
  return `${mode} ${told}:${port}/${segmentsOf(path).join('/')}`.toLowerCase()
}
