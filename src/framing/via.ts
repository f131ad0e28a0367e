/** The URI that a connection asks for, in the canonical form in which all peers' spellings are the same. */
import { canonicalHost } from './via-host.ts'
import { canonicalPath, escaped } from './via-path.ts'

export interface Via {
  /** The whole URI in canonical form. */
  readonly canonical: string
  readonly scheme: string
  /** Lower case; an IPv6 address stands in brackets. */
  readonly host: string
  /** The port, or the default of the scheme; -1 where there is neither. */
  readonly port: number
  /** Escaped, without dot segments, beginning with `/`; without the query. */
  readonly path: string
  /** With its `?`; empty when there is none. */
  readonly query: string
}

const defaultPorts: ReadonlyMap<string, number> = new Map([
  ['net.tcp', 808],
  ['http', 80],
  ['https', 443],
])

const shape =
  /^(?<scheme>[a-z][a-z0-9+.-]*):\/\/(?<authority>[^/\\?#]*)(?<path>[^?#]*)(?<query>\?[^#]*)?(?<fragment>#.*)?$/is

/** The parts of an absolute URI with a host; undefined for anything else, for user info, and for wildcards as host. */
export function parseVia(text: string): Via | undefined {
  const parts = shape.exec(trimmed(text))?.groups
  if (!parts) return undefined
  const { scheme: written = '', authority = '', path: rawPath = '', query: rawQuery = '', fragment = '' } = parts
  const place = splitAuthority(authority)
  if (!place) return undefined
  const host = canonicalHost(place.host)
  if (host === undefined) return undefined

  const scheme = written.toLowerCase()
  const defaultPort = defaultPorts.get(scheme) ?? -1
  const port = place.port === '' ? defaultPort : Number(place.port)
  if (port > 65_535) return undefined
  const path = canonicalPath(rawPath)
  const query = escaped(rawQuery)
  const shownPort = port === defaultPort ? '' : `:${port}`
  return {
    canonical: `${scheme}://${host}${shownPort}${path}${query}${escaped(fragment)}`,
    scheme,
    host,
    port,
    path,
    query,
  }
}

/** Without the blanks around it that .NET ignores. */
function trimmed(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isBlank(text.charCodeAt(start))) start += 1
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1
  return text.slice(start, end)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d
}

/** Host and port text. User info makes the host one that no rule admits. */
function splitAuthority(authority: string): { host: string; port: string } | undefined {
  const hostEnd = authority.startsWith('[') ? authority.indexOf(']') + 1 : authority.indexOf(':')
  if (authority.startsWith('[') && hostEnd === 0) return undefined
  if (hostEnd === -1 || hostEnd === authority.length) return { host: authority, port: '' }
  const port = authority.slice(hostEnd + 1)
  if (authority[hostEnd] !== ':' || !/^\d*$/.test(port)) return undefined
  return { host: authority.slice(0, hostEnd), port }
}
