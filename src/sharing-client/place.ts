/** Where a self-hosted service can be reached: the URI that it shares, with how the host name in it is compared. */
import { isIP } from 'node:net'
import { type HostNameComparisonMode, hostNameComparisonModes } from '#binding/host-mode.ts'
import { parseVia } from '#framing/via.ts'

export interface Place {
  readonly mode: HostNameComparisonMode
  /** `+` and `*` are the wildcards; with a name or an address the mode says how it is compared. */
  readonly host: string
  readonly port: number
  /** Canonical. */
  readonly path: string
}

const wildcards: ReadonlyMap<string, HostNameComparisonMode> = new Map([
  ['+', 'StrongWildcard'],
  ['*', 'WeakWildcard'],
])
const wildcardHost = /^\s*([a-z.]+:\/\/)([+*])(?=[:/?#\\]|\s*$)/i

/** The place that a URI and a mode name; a sentence when they name none. */
export function placeOf(uri: string, mode: HostNameComparisonMode | undefined): Place | string {
  if (mode !== undefined && !hostNameComparisonModes.includes(mode))
    return `hostNameComparisonMode is ${mode}, and can be ${hostNameComparisonModes.join(', ')}`
  const wildcard = wildcardHost.exec(uri)?.[2]
  const via = parseVia(uri.replace(wildcardHost, '$1wildcard'))
  if (via?.scheme !== 'net.tcp') return 'it is no absolute net.tcp URI without user info'
  if (via.query !== '' || /[?#]/.test(uri)) return 'a shared URI has no query and no fragment'
  const implied = wildcard === undefined ? undefined : wildcards.get(wildcard)
  if (implied !== undefined && mode !== undefined && mode !== implied)
    return `the host ${wildcard} means ${implied}, and hostNameComparisonMode is ${mode}`
  return { mode: implied ?? mode ?? 'StrongWildcard', host: wildcard ?? via.host, port: via.port, path: via.path }
}

export function uriOf({ host, port, path }: Place): string {
  return `net.tcp://${host}:${port}${path}`
}

/** The same for places that one registration can't tell apart: a name says nothing where any host name will do. */
export function keyOf({ mode, host, port, path }: Place): string {
  const told = mode === 'Exact' || isIP(host.replace(/^\[|\]$/g, '')) > 0 ? host : ''
  return `${mode} ${told}:${port}/${segmentsOf(path).join('/')}`.toLowerCase()
}

/** Empty segments count for nothing: `/a//b/` is `/a/b`. */
export function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '')
}

/** Whether `path` is `prefix` or below it, segment by segment; upper and lower case are the same. */
export function isBelow(path: string, prefix: string): boolean {
  const segments = segmentsOf(path.toLowerCase())
  return segmentsOf(prefix.toLowerCase()).every((segment, at) => segment === segments[at])
}
