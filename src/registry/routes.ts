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
export function routesOf(snapshot: Snapshot): Route[] {
  const bindings = Map.groupBy(startedBindings(snapshot), ({ site }) => site)
  return Array.from(snapshot.applications.values()).flatMap((target) =>
    (bindings.get(target.site) ?? []).map(({ binding }) => ({
      mode: binding.mode,
      host: binding.host,
      port: binding.port ?? defaultPort,
      path: target.path,
      target,
      binding: binding.information,
    })),
  )
}

/**
 * The ports that the bindings ask for.
 * `sharingStartMode` decides: `demand` opens those of sites with an application, `disabled` none.
 */
export function portsOf(snapshot: Snapshot): Port[] {
  const { sharingStartMode: mode } = snapshot.configuration.portico
  if (mode === 'disabled') return []
  const used = new Set(
    Array.from(snapshot.applications.values())
      .filter(isShared)
      .map(({ site }) => site),
  )
  const ports: Port[] = []
  for (const { site, binding } of startedBindings(snapshot)) {
    if (mode === 'demand' && !used.has(site)) continue
    const address = addressOf(binding.host)
    const port = binding.port ?? defaultPort
    ports.push({ address, port })
  }
  return distinctPorts(ports)
}

/** Each once, and none of which another is open at every address. */
export function distinctPorts(wanted: Iterable<Port>): Port[] {
  const ports = new Map(Array.from(wanted, (port) => [keyOf(port), port]))
  return [...ports.values()].filter(
    ({ address, port }) => address === undefined || !ports.has(keyOf({ address: undefined, port })),
  )
}

/** The site bindings that ask for a port, as `site Default Web Site, net.tcp 808:*`. */
export function bindingsOn(snapshot: Snapshot, port: number): string[] {
  return startedBindings(snapshot)
    .filter(({ binding }) => (binding.port ?? defaultPort) === port)
    .map(({ site, binding }) => `site ${site}, ${binding.protocol} ${binding.information}`)
}

const isShared = ({ protocols }: Application) => protocols.includes('net.tcp')

const keyOf = ({ address, port }: Port) => `${address}:${port}`

/** The addresses at which a client of this machine reaches the application. */
export function urlsOf(snapshot: Snapshot, application: Application): string[] {
  const { site, path } = application
  if (!isShared(application)) return []
  return startedBindings(snapshot)
    .filter((each) => each.site === site)
    .map(
      ({ binding }) =>
        `net.tcp://${binding.host || 'localhost'}${binding.port === undefined ? '' : `:${binding.port}`}${path}`,
    )
}

const wildcards = { StrongWildcard: '+', WeakWildcard: '*' } as const

/** The addresses at which the application's site can be reached; + and * are the wildcards, as in `net.tcp://*:808`. */
export function basesOf(snapshot: Snapshot, { site }: Application): string[] {
  return startedBindings(snapshot)
    .filter((each) => each.site === site)
    .map(({ binding: { mode, host, port } }) => {
      return `net.tcp://${mode === 'Exact' ? host : wildcards[mode]}:${port ?? defaultPort}`
    })
}

function startedBindings({ configuration }: Snapshot): { site: string; binding: Binding }[] {
  const started = configuration.sites.filter((site) => site.serverAutoStart)
  return started.flatMap((site: Site) =>
    site.bindings.filter((binding) => binding.protocol === 'net.tcp').map((binding) => ({ site: site.name, binding })),
  )
}
