/** Where the endpoints of the services of an application listen, and which of them a via means. */

import { PorticoError } from '#base/errors.ts'
import type { EndpointSettings } from '#binding/rule.ts'
import { effectiveSettings } from '#binding/settings.ts'
import type { ServiceEndpoint } from '#config/services.ts'
import { isAbove, segmentsOf } from '#framing/path-segments.ts'
import { parseVia } from '#framing/via.ts'

/** Where an application is. */
export interface Place {
  /** Its path, as `/orders`. */
  readonly path: string
  /** The addresses at which its site can be reached; + and * are the wildcards, as in `net.tcp://*:808`. */
  readonly bases: readonly string[]
}

export interface ListeningEndpoint {
  readonly endpoint: ServiceEndpoint
  /** Escaped and canonical. */
  readonly path: string
}

/** The ends of paths that name a service, as .NET's hosts know them. */
const serviceExtension = /\.(?:svc|xamlx)$/

/** The key of the service that is at `path` below its application. */
export const serviceKey = (path: string): string => segmentsOf(path).join('/')

/**
 * What `services` has for the service that the path of a via names: the path up to the first segment that has the ending of
 * a service, or is one; what lies behind it is the service's own business.
 */
export function serviceAt<S>(
  services: ReadonlyMap<string, S>,
  viaPath: string,
  applicationPath: string,
): S | undefined {
  const segments = segmentsOf(viaPath).slice(segmentsOf(applicationPath).length)
  for (let end = 1; end <= segments.length; end++) {
    const key = segments.slice(0, end).join('/')
    if (services.has(key) || serviceExtension.test(key)) return services.get(key)
  }
  return undefined
}

/** The path of a service of an application. */
export function servicePath(applicationPath: string, path: string): string {
  return `${applicationPath === '/' ? '' : applicationPath}${path}`
}

/** The endpoint listens there, below `servicePath` unless it says otherwise. Throws ENDPOINT_NOT_HOSTED. */
export function listening(endpoint: ServiceEndpoint, servicePath: string, place: Place): ListeningEndpoint {
  const written = endpoint.listenUri || endpoint.address
  const isAbsolute = /^[a-z][a-z0-9+.-]*:\/\//i.test(written)
  const relative = written.replace(/^[/\\]+/, '')
  const absolute = isAbsolute ? written : `net.tcp://any${servicePath}${relative && `/${relative}`}`
  const uri = parseVia(absolute)
  const isHosted = uri && isAbove(segmentsOf(place.path), segmentsOf(uri.path))
  if (!isHosted || (isAbsolute && !place.bases.some((base) => isBaseOf(base, uri))))
    throw new PorticoError('ENDPOINT_NOT_HOSTED', {
      endpoint: endpoint.at ?? 'the default endpoint',
      address: written,
      app: place.path,
      bases: place.bases,
    })
  return { endpoint, path: uri.path }
}

const shape = /^net\.tcp:\/\/(?<host>.*):(?<port>\d+)$/i

/** Source: routing rules, IsBaseOf: equal port, and for a host that is no wildcard an equal host. */
function isBaseOf(
  base: string,
  uri: { readonly scheme: string; readonly host: string; readonly port: number },
): boolean {
  const { host = '', port = '' } = shape.exec(base)?.groups ?? {}
  if (uri.scheme !== 'net.tcp' || Number(port) !== uri.port) return false
  return host === '+' || host === '*' || host.toLowerCase() === uri.host
}

/** Its binding settings, and what names it for whoever differs from them. */
export function settingsOf({ endpoint, path }: ListeningEndpoint): EndpointSettings {
  const { transport, name, at } = endpoint
  const named = name === '' ? '' : ` (${name})`
  return {
    endpoint: `endpoint ${path}${named}${at === undefined ? ', by default' : `, ${at}`}`,
    settings: effectiveSettings(transport.written),
    setAt: transport.setAt,
  }
}
