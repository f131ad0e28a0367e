/** The folders in the application folder: read as they are, and watched for what comes and goes. */
import { type Dirent, realpathSync, statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type FSWatcher, watch } from 'chokidar'
import type { Clock, Timer } from '#base/clock.ts'
import { systemCodeOf } from '#base/errors.ts'

/** Milliseconds between looks at which folder the path leads to. */
const lookEvery = 500

/** A folder, and what tells it from another one that had or will have its name. */
export interface FoundFolder {
  readonly name: string
  readonly version: string
}

/** The folders in `directory`, links to folders included; undefined when it isn't there. */
export async function foldersIn(directory: string): Promise<FoundFolder[] | undefined> {
  let entries: Dirent[]
  try {
    entries = await readdir(directory, { withFileTypes: true })
  } catch (error) {
    const code = systemCodeOf(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw error
  }
  const found: FoundFolder[] = []
  for (const entry of entries) {
    if (!entry.isDirectory() && !entry.isSymbolicLink()) continue
    const stats = statSync(join(directory, entry.name), { throwIfNoEntry: false })
    if (stats?.isDirectory())
      found.push({ name: entry.name, version: `${stats.dev}:${stats.ino}:${stats.birthtimeMs}` })
  }
  return found
}

/**
 * Tells when something may have changed in a folder; what has is for the one who looks. Never looks into sub-folders.
 * The kernel watches a folder, not a path: when the path leads to another one, because the folder was replaced or a link
 * on the way to it switched, that one is watched from then on.
 */
export class FolderWatch implements AsyncDisposable {
  readonly #directory: string
  readonly #clock: Clock
  readonly #changed: () => void
  #watched: Folder | undefined
  #watcher: FSWatcher | undefined
  #look: Timer | undefined

  constructor(directory: string, clock: Clock, changed: () => void) {
    this.#directory = directory
    this.#clock = clock
    this.#changed = changed
    this.#follow()
  }

  /** Resolves when changes are noticed from now on; a folder that isn't there is looked for. */
  async ready(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#watcher?.once('ready', resolve)
    if (this.#watcher) await promise
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#look?.[Symbol.dispose]()
    await this.#watcher?.close()
  }

  /** Watches the folder that the path leads to now, and looks again after a while whether that is still the one. */
  #follow(): void {
    this.#look = this.#clock.after(lookEvery, () => this.#follow())
    const now = folderAt(this.#directory)
    if (now?.id === this.#watched?.id) return
    this.#watched = now
    void this.#watcher?.close()
    this.#watcher = now && this.#watch(now)
    this.#changed()
  }

  #watch({ path }: Folder): FSWatcher {
    // Links are watched as what they are, so that switching one is noticed and nothing behind it is watched.
    const watcher = watch(path, { depth: 0, ignoreInitial: true, followSymlinks: false })
    watcher.on('all', () => this.#changed())
    watcher.on('raw', () => this.#changed()) // of a link that now leads nowhere, nothing else tells
    watcher.on('error', () => this.#changed())
    watcher.on('ready', () => this.#changed()) // what happened before it noticed
    return watcher
  }
}

interface Folder {
  /** Free of links, which are not followed when they are watched. */
  readonly path: string
  /** Tells it from every other folder, a former one at the same path included. */
  readonly id: string
}

/** The folder that a path leads to; undefined when it is gone or out of reach. */
function folderAt(directory: string): Folder | undefined {
  try {
    const path = realpathSync(directory)
    const { dev, ino, birthtimeNs } = statSync(path, { bigint: true })
    return { path, id: `${path}:${dev}:${ino}:${birthtimeNs}` }
  } catch {
    return undefined
  }
}
