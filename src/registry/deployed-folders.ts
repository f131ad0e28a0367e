/** The folders in the application folder, as they are at one moment. */
import { type Dirent, statSync } from 'node:fs'
import { readdir, realpath } from 'node:fs/promises'
import { PorticoError, sentenceOf, systemCodeOf } from '#base/errors.ts'

/** Where a folder really is, which for a link is where it leads, and what tells it from another one that was there. */
export interface FoundFolder {
  readonly folder: string
  readonly version: string
  /** When it changed last, in milliseconds since the epoch. */
  readonly changedAt: number
}

type Place = Pick<FoundFolder, 'folder' | 'version'>

/** By the name in the application folder. */
export type DeployedFolders = ReadonlyMap<string, FoundFolder>

/** The folders in `directory`, in the order of their names; undefined when it isn't there. Files count for nothing. */
export async function foldersIn(directory: string): Promise<DeployedFolders | undefined> {
  let place: string
  let entries: Dirent[]
  try {
    place = await realpath(directory)
    entries = await readdir(place, { withFileTypes: true })
  } catch (error) {
    const code = systemCodeOf(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new PorticoError('APPS_FOLDER_UNREADABLE', { folder: directory, reason: sentenceOf(error) }, { cause: error })
  }
  const inPlace = place === '/' ? place : `${place}/`
  const folders = new Map<string, FoundFolder>()
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (!entry.isDirectory() && !entry.isSymbolicLink()) continue
    const path = inPlace + entry.name
    if (entry.isDirectory() && entry.name.includes('\uFFFD')) {
      // Bytes that are no text can't be named to look at it; that it is there is what an administrator must know.
      folders.set(entry.name, { folder: path, version: '', changedAt: 0 })
      continue
    }
    try {
      const folder = entry.isSymbolicLink() ? await realpath(path) : path
      const stats = statSync(folder)
      if (!stats.isDirectory()) continue
      const version = [stats.dev, stats.ino, stats.birthtimeMs].join(':')
      folders.set(entry.name, { folder, version, changedAt: Math.floor(stats.ctimeMs) })
    } catch {
      // It has gone meanwhile, or the link leads nowhere, at least now.
    }
  }
  return folders
}

/** `now` with the folders that were there before first: of two that want the same path, the one that has it keeps it. */
export function inOrderOfArrival(before: DeployedFolders | undefined, now: DeployedFolders): DeployedFolders {
  const ordered = new Map<string, FoundFolder>()
  for (const name of before?.keys() ?? []) {
    const found = now.get(name)
    if (found) ordered.set(name, found)
  }
  for (const [name, found] of now) ordered.set(name, found)
  return ordered
}

export function sameFolders(one: DeployedFolders | undefined, other: DeployedFolders | undefined): boolean {
  if (one === undefined || other === undefined) return one === other
  return one.size === other.size && one.entries().every(([name, found]) => isSame(found, other.get(name)))
}

/** Whether both are the very same folder, not one in the place of the other. */
export function isSame(one: Place, other: Place | undefined): boolean {
  return other !== undefined && one.folder === other.folder && one.version === other.version
}
