/** The folders in the application folder, as they are at one moment. */
import { type Dirent, opendirSync, realpathSync, statSync } from 'node:fs'
import { readdir, realpath } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
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

/** So many entries are looked at in one go: connections don't wait for 10,000. */
const atOnce = 500

/**
 * The folders in `directory`, in the order of their names; undefined when it isn't there. Files count for nothing. When they
 * are all as they were `before`, it is that which is returned: looking often leaves nothing behind.
 */
export async function foldersIn(directory: string, before?: DeployedFolders): Promise<DeployedFolders | undefined> {
  let place: string
  let entries: Dirent[]
  try {
    place = await realpath(directory)
    if (before && (await isAsBefore(place, before))) return before
    entries = await readdir(place, { withFileTypes: true })
  } catch (error) {
    const code = systemCodeOf(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new PorticoError('APPS_FOLDER_UNREADABLE', { folder: directory, reason: sentenceOf(error) }, { cause: error })
  }
  const folders = new Map<string, FoundFolder>()
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const found = foundIn(place, entry)
    if (found) folders.set(entry.name, found)
  }
  return folders
}

async function isAsBefore(place: string, before: DeployedFolders): Promise<boolean> {
  using directory = opendirSync(place, { bufferSize: atOnce })
  let same = 0
  let looked = 0
  for (let entry = directory.readSync(); entry; entry = directory.readSync()) {
    const found = foundIn(place, entry)
    if (found && !isSame(found, before.get(entry.name))) return false
    if (found) same++
    if (++looked % atOnce === 0) await setImmediate()
  }
  return same === before.size
}

/** The folder that the entry is, or leads to; undefined when it is none. */
function foundIn(place: string, entry: Dirent): FoundFolder | undefined {
  if (!entry.isDirectory() && !entry.isSymbolicLink()) return undefined
  const path = place === '/' ? `/${entry.name}` : `${place}/${entry.name}`
  // Bytes that are no text can't be named to look at it; that it is there is what an administrator must know.
  if (entry.isDirectory() && entry.name.includes('\uFFFD')) return { folder: path, version: '', changedAt: 0 }
  try {
    const folder = entry.isSymbolicLink() ? realpathSync.native(path) : path
    const stats = statSync(folder)
    if (!stats.isDirectory()) return undefined
    const version = [stats.dev, stats.ino, stats.birthtimeMs].join(':')
    return { folder, version, changedAt: Math.floor(stats.ctimeMs) }
  } catch {
    return undefined // it has gone meanwhile, or the link leads nowhere, at least now
  }
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
  if (one === undefined || other === undefined || one === other) return one === other
  return one.size === other.size && one.entries().every(([name, found]) => isSame(found, other.get(name)))
}

/** Whether both are the very same folder, not one in the place of the other. */
export function isSame(one: Place, other: Place | undefined): boolean {
  return other !== undefined && one.folder === other.folder && one.version === other.version
}
