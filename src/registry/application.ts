/** An application as the registry knows it: a path of a site, a folder, a pool. */

export interface Application {
  /** Tells it from every other application: the path in the default site, with the site's name elsewhere; lower case. */
  readonly id: string
  /** Path below the site, escaped as in a canonical URI, as `/echo`; `/` is the site's root. */
  readonly path: string
  readonly site: string
  readonly pool: string
  /** Absolute path of the folder. */
  readonly folder: string
  /** Changes when another folder takes the place of this one; empty for folders outside apps/. */
  readonly version: string
  /** The protocols on which it may be reached, as `net.tcp`. */
  readonly protocols: readonly string[]
  /** Where it comes from: a folder that was copied, or an `<application>` element. */
  readonly origin: 'folder' | 'configuration'
  /** Whether it is loaded as soon as a worker process of its pool runs. */
  readonly preload: boolean
}

/** The id of the application at `path`; paths compare ignoring case, as IIS does. */
export function applicationId(path: string, site: string, isDefaultSite: boolean): string {
  return (isDefaultSite ? path : `${path}@${site}`).toLowerCase()
}

/** What `encodeURIComponent` escapes although a path segment may have it as it is. */
const allowedAsIs = /%(?:24|26|2B|2C|3A|3B|3D|40)/g

/** The path of the application in a folder of this name; undefined when no URI can ask for it. */
export function pathOfFolder(name: string): string | undefined {
  if (name.includes('\\') || !name.isWellFormed()) return undefined
  return `/${encodeURIComponent(name).replaceAll(allowedAsIs, decodeURIComponent)}`
}

/** Names that are never meant as applications: hidden folders, and what package managers leave behind. */
export function isMeantAsApplication(name: string): boolean {
  return !name.startsWith('.') && name !== 'node_modules'
}
