/** Finds the files of an application's folder that say something of its services. Node's own modules only: it runs at every start. */
import type { Dirent } from 'node:fs'
import { opendir } from 'node:fs/promises'
import { join } from 'node:path'

export interface ServiceFiles {
  readonly webConfig: string | undefined
  /** Further files of that name in another spelling: Linux tells them apart, and nobody else does. */
  readonly otherWebConfigs: readonly string[]
  /** By path. */
  readonly serviceFiles: readonly ServiceFile[]
  /** Folders that were not searched, or not to their end: they lie too deep, hold too much, or can't be read. */
  readonly unsearched: readonly string[]
}

export interface ServiceFile {
  /** Path below the application, escaped as in a canonical URI: `/dir/orders.svc`. */
  readonly path: string
  readonly file: string
}

/** Beyond these a folder holds data, and searching it would hold up the first connection. */
export interface SearchLimits {
  readonly entries: number
  readonly depth: number
}

const usualLimits: SearchLimits = { entries: 5000, depth: 8 }

/** Folders that hold no services: packages, and what compilers write. */
const neverSearched: ReadonlySet<string> = new Set(['node_modules', 'bin', 'obj'])

interface Folder {
  /** The names of the folders that lead to it. */
  readonly names: readonly string[]
  readonly path: string
}

/** The web.config of `folder`, in whatever case, and the .svc files in and below it. A missing folder has none. */
export async function serviceFilesIn(folder: string, limits = usualLimits): Promise<ServiceFiles> {
  const webConfigs: string[] = []
  const serviceFiles: ServiceFile[] = []
  const unsearched: string[] = []
  let left = limits.entries

  // Level by level, so that what is cut off lies deepest.
  let level: Folder[] = [{ names: [], path: folder }]
  for (let depth = 0; level.length > 0; depth++) {
    const below: Folder[] = []
    for (const each of level) {
      if (depth >= limits.depth || left <= 0 || !(await search(each, below))) unsearched.push(each.path)
    }
    level = below
  }
  const [webConfig, ...otherWebConfigs] = webConfigs.sort()
  serviceFiles.sort((a, b) => byText(a.path.toLowerCase(), b.path.toLowerCase()) || byText(a.path, b.path))
  return { webConfig, otherWebConfigs, serviceFiles, unsearched: unsearched.sort() }

  /** Whether the folder was searched to its end. */
  async function search({ names, path }: Folder, below: Folder[]): Promise<boolean> {
    try {
      for await (const entry of await opendir(path)) {
        if (left-- <= 0) return false
        const at = { names: [...names, entry.name], path: join(path, entry.name) }
        if (entry.isDirectory()) {
          if (isSearched(entry)) below.push(at)
        } else if (names.length === 0 && entry.name.toLowerCase() === 'web.config') webConfigs.push(at.path)
        else if (isServiceFile(entry)) {
          const uriPath = pathOfNames(at.names)
          if (uriPath !== undefined) serviceFiles.push({ path: uriPath, file: at.path })
        }
      }
      return true
    } catch (error) {
      return error instanceof Error && 'code' in error && error.code === 'ENOENT'
    }
  }
}

/** Hidden files and folders are not meant, and a name with line breaks would write lines of its own into the log. */
const neverMeant = /^\.|\p{Cc}/u

function isSearched({ name }: Dirent): boolean {
  return !neverMeant.test(name) && !neverSearched.has(name.toLowerCase())
}

function isServiceFile({ name }: Dirent): boolean {
  return !neverMeant.test(name) && name.toLowerCase().endsWith('.svc')
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** What `encodeURIComponent` escapes although a path segment may have it as it is. */
const allowedAsIs = /%(?:24|26|2B|2C|3A|3B|3D|40)/g

/** The path that folders and a file of these names have in a canonical URI; undefined when no URI can ask for it. */
export function pathOfNames(names: readonly string[]): string | undefined {
  // U+FFFD stands for bytes that are no text: the name isn't the file's.
  if (names.some((name) => /[/\\\0\uFFFD]/.test(name) || !name.isWellFormed())) return undefined
  return names.map((name) => `/${encodeURIComponent(name).replaceAll(allowedAsIs, decodeURIComponent)}`).join('')
}
