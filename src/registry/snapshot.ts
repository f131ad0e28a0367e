/** What is deployed at one moment: an immutable value, composed of the configuration and the folders. */
import { join } from 'node:path'
import type { Configuration, Application as Configured, Site } from '#config/configuration.ts'
import { type Application, applicationId, isMeantAsApplication, pathOfFolder } from './application.ts'
import type { FoundFolder } from './folders.ts'

export interface Snapshot {
  readonly configuration: Configuration
  /** By their ids. */
  readonly applications: ReadonlyMap<string, Application>
  /** What can't be deployed as it is, each with what to do. */
  readonly problems: readonly string[]
}

/** Composes a snapshot. `folders` are those in `appsDirectory`. */
export function compose(
  configuration: Configuration,
  appsDirectory: string,
  folders: readonly FoundFolder[],
): Snapshot {
  const applications = new Map<string, Application>()
  const problems: string[] = []
  const [defaultSite] = configuration.sites
  if (defaultSite) {
    const meant = folders.filter(({ name }) => isMeantAsApplication(name))
    for (const { name, version } of meant.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const application = ofFolder(defaultSite, appsDirectory, name, version)
      const twin = application && applications.get(application.id)
      if (!application)
        problems.push(`The folder ${name} can't be an application: no URI can have its name. Rename it.`)
      else if (twin)
        problems.push(`The folder ${name} is not deployed: its path is that of ${twin.folder}. Rename one of them.`)
      else applications.set(application.id, application)
    }
  }
  for (const site of configuration.sites) {
    for (const configured of site.applications) {
      const application = ofElement(site, site === defaultSite, configured, appsDirectory)
      const { folder, version } = applications.get(application.id) ?? { folder: '', version: '' }
      applications.set(application.id, folder === application.folder ? { ...application, version } : application)
    }
  }
  return { configuration, applications, problems }
}

function ofFolder(site: Site, appsDirectory: string, name: string, version: string): Application | undefined {
  const path = pathOfFolder(name)
  if (path === undefined) return undefined
  const { pool, protocols, preloadEnabled } = site.applicationDefaults
  return {
    id: applicationId(path, site.name, true),
    path,
    site: site.name,
    pool,
    folder: join(appsDirectory, name),
    version,
    // Copying is deploying: without a word about protocols it is reachable on all that the site has.
    protocols: protocols ?? [...new Set(site.bindings.map((binding) => binding.protocol))],
    origin: 'folder',
    preload: preloadEnabled,
  }
}

function ofElement(site: Site, isDefaultSite: boolean, configured: Configured, appsDirectory: string): Application {
  const { path, pool, protocols, physicalPath, preloadEnabled } = configured
  return {
    id: applicationId(path, site.name, isDefaultSite),
    path,
    site: site.name,
    pool,
    folder: physicalPath ?? join(appsDirectory, ...path.split('/').filter(Boolean).map(decodeURIComponent)),
    version: '',
    protocols,
    origin: 'configuration',
    preload: preloadEnabled,
  }
}
