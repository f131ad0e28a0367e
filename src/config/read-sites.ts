/** Reads `<sites>`: sites with their bindings and applications, each over the defaults of its level. */
import type { z } from 'zod'
import type { Binding } from './binding.ts'
import { childrenByName, only, reportUnknownAttributes } from './names.ts'
import type { Surroundings } from './physical-path.ts'
import type { Pool } from './pool.ts'
import { type Application, levelNames, poolName, readApplications, readLevel } from './read-applications.ts'
import { bindingsOf, checkBindings } from './read-bindings.ts'
import { readElement } from './read-element.ts'
import type { Report } from './report.ts'
import type { Immutable } from './schema.ts'
import { siteDefaultsElement, siteElement } from './site.ts'
import type { XmlElement } from './xml.ts'

/** What an application of a site has that no `<application>` element describes. */
export interface ApplicationDefaults {
  /** The name of its pool. */
  readonly pool: string
  /** Undefined when applicationDefaults names none: then every protocol that the site has a binding for. */
  readonly protocols: readonly string[] | undefined
  readonly preloadEnabled: boolean
}

/** A site with every value resolved. */
export type Site = Immutable<Omit<z.infer<typeof siteElement>, 'bindings'>> & {
  readonly bindings: readonly Binding[]
  readonly applications: readonly Application[]
  readonly applicationDefaults: ApplicationDefaults
}

/** The sites, the one with the lowest id first: that is the default site. */
export function readSites(
  element: XmlElement | undefined,
  pools: ReadonlyMap<string, Pool>,
  surroundings: Surroundings,
  report: Report,
): readonly Site[] {
  if (element === undefined) return []
  reportUnknownAttributes(element, [], report)
  const children = childrenByName(element, ['site', 'siteDefaults', ...levelNames], report)
  const defaultsElement = only(children.get('siteDefaults'), report)
  const siteDefaults = readElement(defaultsElement, siteDefaultsElement, report)
  checkBindings(defaultsElement, report)
  const allSites = readLevel(element, pools, report)

  const seen = new Map<string, XmlElement>()
  const sites = (children.get('site') ?? []).map((child) => {
    const site = readElement(child, siteElement, report, siteDefaults, ['application', ...levelNames])
    checkBindings(child, report)
    for (const key of ['name', 'id'] as const) reportTwin(child, key, site[key], seen, report)
    const level = readLevel(child, pools, report, allSites)
    const { applicationPool, enabledProtocols, preloadEnabled } = level.application
    return Object.freeze({
      ...site,
      bindings: bindingsOf(site.bindings),
      applications: readApplications(child, level, pools, surroundings, report),
      applicationDefaults: Object.freeze({
        pool: poolName(applicationPool, pools),
        protocols: enabledProtocols,
        preloadEnabled,
      }),
    })
  })
  return Object.freeze(sites.sort((a, b) => a.id - b.id))
}

/** Reports a name or an id that an earlier site has; one that is missing or wrong has been reported already. */
function reportTwin(
  site: XmlElement,
  attribute: 'name' | 'id',
  value: string | number | undefined,
  seen: Map<string, XmlElement>,
  report: Report,
): void {
  if (value === undefined) return
  const key = `${attribute} ${value}`.toLowerCase()
  const before = seen.get(key)
  if (before) {
    const expected = `is the ${attribute} of the site in line ${before.line()}; it must be unique`
    report.problem(site, expected, { attribute, value: String(value) })
  } else seen.set(key, site)
}
