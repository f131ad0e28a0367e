/** Reads the `<application>` elements of a site: pool, protocols and folder of each. */
import type { z } from 'zod'
import { childrenNamed, only } from './names.ts'
import { nearest } from './nearest.ts'
import { physicalFolder, type Surroundings } from './physical-path.ts'
import type { Pool } from './pool.ts'
import { readElement } from './read-element.ts'
import type { Report } from './report.ts'
import type { Immutable } from './schema.ts'
import {
  applicationDefaultsElement,
  applicationElement,
  virtualDirectoryDefaultsElement,
  virtualDirectoryElement,
} from './site.ts'
import type { XmlElement } from './xml.ts'

type Settings = Immutable<z.infer<typeof applicationElement>>

/** An application with every value resolved. */
export type Application = Omit<Settings, 'applicationPool' | 'enabledProtocols'> & {
  /** The name of its pool, spelled as the pool spells it. */
  readonly pool: string
  /** In lower case, each once. */
  readonly protocols: readonly string[]
  /** Whether a file names the protocols; otherwise they are the default of the schema. */
  readonly protocolsWritten: boolean
  /** Undefined when no virtual directory names a folder: it is then the one with the application's name. */
  readonly physicalPath: string | undefined
}

/** What the applications at one level inherit: of all sites, of a site, of an application. */
export interface Level {
  readonly application: Immutable<z.infer<typeof applicationDefaultsElement>>
  readonly virtualDirectory: Immutable<z.infer<typeof virtualDirectoryDefaultsElement>>
}

/** The pools by their names in lower case. */
type PoolNames = ReadonlyMap<string, Pool>

/** Names of the elements that make a level. */
export const levelNames = ['applicationDefaults', 'virtualDirectoryDefaults'] as const

/** The defaults that stand in `owner`, over those of the level above. */
export function readLevel(owner: XmlElement, pools: PoolNames, report: Report, above?: Level): Level {
  const defaults = only(childrenNamed(owner, 'applicationDefaults'), report)
  const directories = only(childrenNamed(owner, 'virtualDirectoryDefaults'), report)
  const application = readElement(defaults, applicationDefaultsElement, report, above?.application)
  if (defaults) checkPool(defaults, pools, report)
  const virtualDirectory = readElement(directories, virtualDirectoryDefaultsElement, report, above?.virtualDirectory)
  const applicationPool = application.applicationPool || (above?.application.applicationPool ?? '')
  return { application: { ...application, applicationPool }, virtualDirectory }
}

/** The name of the pool that `wanted` means; of the default one when it is empty or unknown. */
export function poolName(wanted: string, pools: PoolNames): string {
  const pool = pools.get(wanted.toLowerCase()) ?? pools.get('defaultapppool') ?? pools.values().next().value
  return pool?.name ?? ''
}

/** The applications of `site`, in the order of the file. */
export function readApplications(
  site: XmlElement,
  level: Level,
  pools: PoolNames,
  surroundings: Surroundings,
  report: Report,
): readonly Application[] {
  const seen = new Map<string, XmlElement>()
  const applications: Application[] = []
  for (const element of childrenNamed(site, 'application')) {
    const own = readElement(element, applicationElement, report, level.application, [
      'virtualDirectory',
      'virtualDirectoryDefaults',
    ])
    checkPool(element, pools, report)
    const physicalPath = readFolder(element, level, surroundings, report)
    if (own.path === undefined) continue
    const before = seen.get(own.path.toLowerCase())
    if (before) {
      const finding = { attribute: 'path', value: own.path }
      report.problem(
        element,
        `is the path of the application in line ${before.line()}; paths are unique in a site`,
        finding,
      )
      continue
    }
    seen.set(own.path.toLowerCase(), element)
    const { applicationPool, enabledProtocols, ...settings } = own
    applications.push(
      Object.freeze({
        ...settings,
        // An empty name doesn't end the search; it goes on with the defaults.
        pool: poolName(applicationPool || level.application.applicationPool, pools),
        protocols: enabledProtocols ?? defaultProtocols,
        protocolsWritten: enabledProtocols !== undefined,
        physicalPath,
      }),
    )
  }
  return Object.freeze(applications)
}

const defaultProtocols: readonly string[] = Object.freeze(['http'])

/** The folder of the virtual directory `/`, checked; the others are read so that their mistakes show. */
function readFolder(element: XmlElement, level: Level, surroundings: Surroundings, report: Report): string | undefined {
  const defaults = only(childrenNamed(element, 'virtualDirectoryDefaults'), report)
  const inherited = readElement(defaults, virtualDirectoryDefaultsElement, report, level.virtualDirectory)

  const seen = new Map<string, XmlElement>()
  let folder: string | undefined
  for (const child of childrenNamed(element, 'virtualDirectory')) {
    const directory = readElement(child, virtualDirectoryElement, report, inherited)
    if (directory.path === undefined) continue
    const finding = { attribute: 'path', value: directory.path }
    const before = seen.get(directory.path.toLowerCase())
    if (before) report.problem(child, `stands here twice; the first is in line ${before.line()}`, finding)
    seen.set(directory.path.toLowerCase(), child)
    if (directory.path !== '/') report.notice(child, 'notInForceYet', finding)
    if (directory.physicalPath === '') continue
    const found = physicalFolder(directory.physicalPath, surroundings)
    if ('wrong' in found) {
      const at = child.attributes.has('physicalPath') ? child : (defaults ?? child)
      report.problem(at, found.wrong, { attribute: 'physicalPath', value: directory.physicalPath })
    } else if (directory.path === '/') folder = found.folder
  }
  return folder
}

function checkPool(element: XmlElement, pools: PoolNames, report: Report): void {
  const value = element.attributes.get('applicationPool') ?? ''
  if (value === '' || pools.has(value.toLowerCase())) return
  const names = [...pools.values()].map((pool) => pool.name)
  const near = nearest(value, names)
  const hint = near === undefined ? 'applicationPools has none of that name' : `did you mean ${near}?`
  report.problem(element, `names an application pool that does not exist; ${hint}`, {
    attribute: 'applicationPool',
    value,
  })
}
