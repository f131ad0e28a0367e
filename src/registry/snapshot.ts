/** What is deployed at one moment: an immutable value, composed of the configuration and the folders. */
import { join } from 'node:path'
import { PorticoError } from '#base/errors.ts'
import type { Configuration, Application as Configured, Site } from '#config/configuration.ts'
import { type Application, applicationId, foldersOfPath, isMeantAsApplication, pathOfFolder } from './application.ts'
import type { DeployedFolders } from './deployed-folders.ts'
import { basesOf } from './routes.ts'

export interface Snapshot {
  readonly configuration: Configuration
  /** By their ids. */
  readonly applications: ReadonlyMap<string, Application>
  /** What can't be deployed as it is, each with what to do. */
  readonly problems: readonly string[]
}

/** What a snapshot comes to while it is composed. */
interface Draft {
  readonly applications: Map<string, Application>
  readonly problems: string[]
}

/**
 * Composes a snapshot. `folders` are those in `appsDirectory`, undefined when it isn't there; of two that want the same
 * path the first has it.
 */
export function compose(
  configuration: Configuration,
  appsDirectory: string,
  folders: DeployedFolders | undefined,
): Snapshot {
  const draft: Draft = { applications: new Map(), problems: [] }
  if (!folders) {
    const { message, remedy } = new PorticoError('APPS_FOLDER_MISSING', { folder: appsDirectory })
    draft.problems.push(`${message}. ${remedy}`)
  }
  const [defaultSite] = configuration.sites
  if (defaultSite) addFolders(draft, defaultSite, basesOf(defaultSite), folders ?? new Map())
  // By site path, whatever site asks: an element without a folder of its own uses the one in apps/ that has its name.
  const deployed = new Map(draft.applications)
  for (const site of configuration.sites) {
    const bases = basesOf(site)
    for (const element of site.applications) {
      addElement(draft, site, site === defaultSite, bases, element, appsDirectory, deployed)
    }
  }
  return { configuration, ...draft }
}

function addFolders(
  { applications, problems }: Draft,
  site: Site,
  bases: readonly string[],
  folders: DeployedFolders,
): void {
  const { pool, protocols, preloadEnabled } = site.applicationDefaults
  // Copying is deploying: without a word about protocols it is reachable on all that the site has.
  const reachableOn = protocols ?? protocolsOf(site)
  const names = new Map<string, string>()
  for (const [name, { folder, version }] of folders) {
    if (!isMeantAsApplication(name)) continue
    const path = pathOfFolder(name)
    if (path === undefined) {
      problems.push(`The folder ${name} can't be an application: no URI can have its name. Rename it.`)
      continue
    }
    const id = applicationId(path, site.name, true)
    const twin = names.get(id)
    if (twin !== undefined) {
      problems.push(`The folder ${name} is not deployed: its path is that of the folder ${twin}. Rename one of them.`)
      continue
    }
    names.set(id, name)
    const placed = { id, path, site: site.name, bases, pool, folder, version }
    applications.set(id, { ...placed, protocols: reachableOn, origin: 'folder', preload: preloadEnabled })
  }
}

function addElement(
  { applications, problems }: Draft,
  site: Site,
  isDefaultSite: boolean,
  bases: readonly string[],
  { path: written, pool, protocols, protocolsWritten, physicalPath, preloadEnabled }: Configured,
  appsDirectory: string,
  deployed: ReadonlyMap<string, Application>,
): void {
  const names = foldersOfPath(written)
  if (names === undefined) {
    problems.push(
      `The application ${written} of site ${site.name} is not deployed: no URI can have its path. Change it.`,
    )
    return
  }
  if (names.length === 0 && physicalPath === undefined) {
    problems.push(
      `The application / of site ${site.name} is not deployed: it has no name, so no folder in ${appsDirectory} is its own. Give its virtual directory a physicalPath.`,
    )
    return
  }
  const path = names.length === 0 ? '/' : names.map(pathOfFolder).join('')
  const id = applicationId(path, site.name, isDefaultSite)
  const copied = physicalPath === undefined ? deployed.get(path.toLowerCase()) : undefined
  applications.set(id, {
    id,
    path,
    site: site.name,
    bases,
    pool,
    folder: physicalPath ?? copied?.folder ?? join(appsDirectory, ...names),
    version: copied?.version ?? '',
    // The element of a copied folder overrides what it names; IIS' default is for those that are configured alone.
    protocols: copied && isDefaultSite && !protocolsWritten ? protocolsOf(site) : protocols,
    origin: 'configuration',
    preload: preloadEnabled,
  })
}

/** Every protocol that the site has a binding for. */
function protocolsOf(site: Site): readonly string[] {
  return [...new Set(site.bindings.map((binding) => binding.protocol))]
}
