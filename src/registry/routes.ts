/** Where the applications of a snapshot can be reached: ports, routes and URLs. */
import type { Binding, Site } from '#config/configuration.ts'
import type { Application } from './application.ts'
import type { Snapshot } from './snapshot.ts'
import { addressOf } from './uri-registration.ts'

const defaultPort = 808

/** A route as the prefix table takes it. */
export interface Route {
  readonly mode: Binding['mode']
  readonly host: string
  readonly port: number
  readonly path: string
  readonly target: Application
  /** The site binding that leads there, as it stands in the file. */
  readonly binding: string
}

/** Where to listen; `address` undefined is every address of both families. */
export interface Port {
  readonly address: string | undefined
  readonly port: number
}

/**
 * The routes of every application of a started site. Applications that aren't enabled for net.tcp have theirs, too: they
 * are known and unavailable, and their parent doesn't answer for them.
 */
export function routesOf({ configuration, applications }: Snapshot): Route[] {
  const places = new Map(
    configuration.sites.map((site) => [
      site.name,
      startedBindings(site).map(({ mode, host, port = defaultPort, information: binding }) => {
        return { mode, host, port, binding }
      }),
    ]),
  )
  return Array.from(applications.values()).flatMap((target) =>
    (places.get(target.site) ?? []).map((place) => ({ ...place, path: target.path, target })),
  )
}

/**
 * The ports that the bindings ask for.
 * `sharingStartMode` decides: `demand` opens those of sites with an application, `disabled` none.
 */
export function portsOf({ configuration, applications }: Snapshot): Port[] {
  const { sharingStartMode: mode } = configuration.portico
  if (mode === 'disabled') return []
  const used = new Set<string>()
  if (mode === 'demand') for (const each of applications.values()) if (isShared(each)) used.add(each.site)
  const opened = configuration.sites.filter(({ name }) => mode !== 'demand' || used.has(name))
  return distinctPorts(
    opened.flatMap(startedBindings).map(({ host, port = defaultPort }) => ({ address: addressOf(host), port })),
  )
}

/** Each once, and none of which another is open at every address. */
export function distinctPorts(wanted: Iterable<Port>): Port[] {
  const ports = new Map(Array.from(wanted, (port) => [keyOf(port), port]))
  return [...ports.values()].filter(
    ({ address, port }) => address === undefined || !ports.has(keyOf({ address: undefined, port })),
  )
}

/** The site bindings that ask for a port, as `site Default Web Site, net.tcp 808:*`. */
export function bindingsOn({ configuration }: Snapshot, wanted: number): string[] {
  return configuration.sites.flatMap((site) =>
    startedBindings(site)
      .filter(({ port = defaultPort }) => port === wanted)
      .map(({ protocol, information }) => `site ${site.name}, ${protocol} ${information}`),
  )
}

const isShared = ({ protocols }: Application) => protocols.includes('net.tcp')

const keyOf = ({ address, port }: Port) => `${address}:${port}`

/** The addresses at which a client of this machine reaches the application. */
export function urlsOf({ configuration }: Snapshot, application: Application): string[] {
  if (!isShared(application)) return []
  const bindings = configuration.sites.filter(({ name }) => name === application.site).flatMap(startedBindings)
  return bindings.map(
    ({ host, port }) => `net.tcp://${host || 'localhost'}${port === undefined ? '' : `:${port}`}${application.path}`,
  )
}

const wildcards = { StrongWildcard: '+', WeakWildcard: '*' } as const

/** The addresses at which the applications of a site can be reached; + and * are the wildcards, as in `net.tcp://*:808`. */
export function basesOf(site: Site): string[] {
  return startedBindings(site).map(
    ({ mode, host, port = defaultPort }) => `net.tcp://${mode === 'Exact' ? host : wildcards[mode]}:${port}`,
  )
}

function startedBindings({ serverAutoStart, bindings }: Site): Binding[] {
  return serverAutoStart ? bindings.filter(({ protocol }) => protocol === 'net.tcp') : []
}
