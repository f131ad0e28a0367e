/** An application as the registry knows it: a path of a site, a folder, a pool. */
import { pathOfNames } from '#config/service-files.ts'

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
  /** The addresses at which its site can be reached; + and * are the wildcards, as in `net.tcp://*:808`. */
  readonly bases: readonly string[]
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

/** The path of the application in a folder of this name; undefined when no URI can ask for it. */
export function pathOfFolder(name: string): string | undefined {
  return name === '.' || name === '..' ? undefined : pathOfNames([name])
}

/** The names of the folders that lead to `path`, which may have escapes; undefined when no URI can ask for it. */
export function foldersOfPath(path: string): string[] | undefined {
  const names = path
    .split('/')
    .filter((segment) => segment !== '')
    .map(unescaped)
  return names.every((name) => pathOfFolder(name) !== undefined) ? names : undefined
}

/** The text that the escapes of `segment` stand for; a `%` that begins none stands for itself. */
function unescaped(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

/** Folders that are never meant as applications: what package managers leave behind, and what a file system keeps. */
const neverMeant: ReadonlySet<string> = new Set(['node_modules', 'lost+found'])

/** Whether a folder of this name is meant as an application; hidden ones are not. */
export function isMeantAsApplication(name: string): boolean {
  return !name.startsWith('.') && !neverMeant.has(name)
}
