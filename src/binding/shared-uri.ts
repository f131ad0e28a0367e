/** An address that a service shares rather than one that a client asks for: its host may be a wildcard. */
import { parseVia } from '#framing/via.ts'
import { type HostNameComparisonMode, hostNameComparisonModes } from './host-mode.ts'

export interface SharedUri {
  readonly is: 'uri'
  readonly mode: HostNameComparisonMode
  /** As written: `+` and `*` are the wildcards. */
  readonly host: string
  readonly port: number
  /** Escaped and canonical, without a slash at its end. */
  readonly path: string
}

/** What a text is that should be such an address. */
export type ReadUri =
  | SharedUri
  | { readonly is: 'wrong'; readonly problem: string }
  | { readonly is: 'otherProtocol'; readonly scheme: string }

const wildcards: ReadonlyMap<string, HostNameComparisonMode> = new Map([
  ['+', 'StrongWildcard'],
  ['*', 'WeakWildcard'],
])

const wildcardHost = /^\s*([a-z][a-z0-9+.-]*:\/\/)([+*])(?=[:/?#\\]|\s*$)/i

/** The hosts `+` and `*` say how host names are compared; with any other host `mode` does, StrongWildcard when it doesn't. */
export function readSharedUri(text: string, mode?: string): ReadUri {
  const wrong = (problem: string) => ({ is: 'wrong', problem }) as const
  const asked = hostNameComparisonModes.find((known) => known === mode)
  if (mode !== undefined && asked === undefined)
    return wrong(`hostNameComparisonMode must be one of ${hostNameComparisonModes.join(', ')}, not ${mode}`)
  const sign = wildcardHost.exec(text)?.[2]
  const via = parseVia(text.replace(wildcardHost, '$1any'))
  if (!via) return wrong('it is no absolute address without user info')
  if (via.scheme !== 'net.tcp') return { is: 'otherProtocol', scheme: via.scheme }
  if (/[?#]/.test(text)) return wrong('it has a query or a fragment')
  if (via.port === 0) return wrong('its port is 0, and clients have to know it')
  const implied = sign === undefined ? undefined : wildcards.get(sign)
  if (implied && asked && implied !== asked)
    return wrong(`its host ${sign} means ${implied}, and ${asked} is asked for`)
  const path = via.path.replace(/\/+$/, '') || '/'
  return { is: 'uri', mode: implied ?? asked ?? 'StrongWildcard', host: sign ?? via.host, port: via.port, path }
}

/** With its port, as `net.tcp://+:9000/orders`. */
export function sharedUriText({ host, port, path }: Pick<SharedUri, 'host' | 'port' | 'path'>): string {
  return `net.tcp://${host}:${port}${path}`
}
