/** The folders in the application folder: read as they are, and watched for what comes and goes. */
import { type Dirent, existsSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type FSWatcher, watch } from 'chokidar'
import type { Clock, Timer } from '#base/clock.ts'
import { systemCodeOf } from '#base/errors.ts'

/** Milliseconds between looks for an application folder that has gone. */
const lookForFolderEvery = 500

/** The names of the folders in `directory`, links to folders included; undefined when it isn't there. */
export async function foldersIn(directory: string): Promise<string[] | undefined> {
  let entries: Dirent[]
  try {
    entries = await readdir(directory, { withFileTypes: true })
  } catch (error) {
    const code = systemCodeOf(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw error
  }
  const names: string[] = []
  for (const entry of entries)
    if (entry.isDirectory() || (entry.isSymbolicLink() && (await leadsToFolder(directory, entry))))
      names.push(entry.name)
  return names
}

async function leadsToFolder(directory: string, { name }: Dirent): Promise<boolean> {
  return (await stat(join(directory, name)).catch(() => undefined))?.isDirectory() ?? false
}

/** Tells when something may have changed in a folder; what has is for the one who looks. Never looks into sub-folders. */
export class FolderWatch implements AsyncDisposable {
  readonly #directory: string
  readonly #clock: Clock
  readonly #changed: () => void
  #watcher: FSWatcher
  #missing: Timer | undefined
  #closed = false

  constructor(directory: string, clock: Clock, changed: () => void) {
    this.#directory = directory
    this.#clock = clock
    this.#changed = changed
    this.#watcher = this.#watch()
  }

  /** Resolves when changes are noticed from now on. */
  async ready(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#watcher.once('ready', resolve)
    await promise
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    this.#missing?.[Symbol.dispose]()
    await this.#watcher.close()
  }

  #watch(): FSWatcher {
    // Links are watched as what they are, so that switching one is noticed and nothing behind it is watched.
    const watcher = watch(this.#directory, { depth: 0, ignoreInitial: true, followSymlinks: false })
    watcher.on('all', () => this.#noticed())
    watcher.on('error', () => this.#noticed())
    return watcher
  }

  #noticed(): void {
    this.#changed()
    if (!existsSync(this.#directory)) this.#waitForReturn()
  }

  /** The kernel's watch ends with the folder; a folder that comes back needs another one. */
  #waitForReturn(): void {
    if (this.#missing || this.#closed) return
    void this.#watcher.close()
    const look = () => {
      if (this.#closed) return
      if (!existsSync(this.#directory)) {
        this.#missing = this.#clock.after(lookForFolderEvery, look)
        return
      }
      this.#missing = undefined
      this.#watcher = this.#watch()
      this.#changed()
    }
    this.#missing = this.#clock.after(lookForFolderEvery, look)
  }
}
