/** Tells when something directly inside a folder may have changed, also after the folder itself went or was replaced. */
import { type FSWatcher, watch } from 'node:fs'
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Clock, Timer } from '#base/clock.ts'
import { PorticoError, sentenceOf, systemCodeOf } from '#base/errors.ts'
import type { Log } from '#base/log.ts'

/**
 * Milliseconds between looks at which folder is at the path: of that, as of a switched link on the way to it, nothing
 * tells.
 */
const lookEvery = 500
/**
 * Milliseconds between looks at what is in the folder that nothing asks for. While the kernel watches, they find what it
 * doesn't tell, as changes that another machine made on a network file system.
 */
const tellEvery = { watched: 30_000, unwatched: 1000 } as const

export class FolderWatch implements AsyncDisposable {
  readonly #directory: string
  readonly #clock: Clock
  readonly #log: Log
  readonly #changed: () => void
  #watcher: FSWatcher | undefined
  /** Which folder is watched; undefined when none was there. */
  #identity: string | undefined
  #state: keyof typeof tellEvery = 'watched'
  #toldAt = 0
  #timer: Timer | undefined
  #looking: Promise<void> | undefined
  #lookAgain = false
  #closed = false

  private constructor(directory: string, clock: Clock, log: Log, changed: () => void) {
    this.#directory = resolve(directory)
    this.#clock = clock
    this.#log = log
    this.#changed = changed
  }

  /** Whatever changes after this has resolved is told, and once what may have changed before. */
  static async open(directory: string, clock: Clock, log: Log, changed: () => void): Promise<FolderWatch> {
    const folderWatch = new FolderWatch(directory, clock, log, changed)
    await folderWatch.#look()
    return folderWatch
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    this.#timer?.[Symbol.dispose]()
    await this.#looking
    this.#watcher?.close()
  }

  /** Makes sure that the folder which is at the path now is the one that is watched. */
  #look(): Promise<void> {
    this.#lookAgain = true
    this.#looking ??= this.#lookUntilSame()
    return this.#looking
  }

  async #lookUntilSame(): Promise<void> {
    while (this.#lookAgain && !this.#closed) {
      this.#lookAgain = false
      const identity = await identityOf(this.#directory)
      if (identity === this.#identity) continue
      this.#identity = identity
      this.#watcher?.close()
      this.#watcher = undefined
      this.#state = 'watched'
      if (identity !== undefined) this.#watch()
      this.#tell()
      this.#lookAgain = true // it may have gone meanwhile
    }
    this.#looking = undefined
    this.#timer?.[Symbol.dispose]()
    if (!this.#closed) this.#timer = this.#clock.after(lookEvery, () => this.#lookUnasked())
  }

  #lookUnasked(): void {
    void this.#look()
    if (this.#clock.elapsed() - this.#toldAt >= tellEvery[this.#state]) this.#tell()
  }

  #tell(): void {
    if (this.#closed) return
    this.#toldAt = this.#clock.elapsed()
    this.#changed()
  }

  #watch(): void {
    try {
      // Node's own, because chokidar looks at every entry: at 10,000 applications with each change.
      this.#watcher = watch(this.#directory, () => {
        this.#tell()
        void this.#look() // the folder itself may be what has gone
      })
      this.#watcher.on('error', (error) => this.#unwatched(error))
    } catch (error) {
      if (systemCodeOf(error) !== 'ENOENT') this.#unwatched(error) // else it has gone again: the next look finds that
    }
  }

  /** The kernel doesn't watch, as when this account has used up its watches: looking often takes the place of that. */
  #unwatched(cause: unknown): void {
    if (this.#state === 'unwatched') return
    this.#state = 'unwatched'
    const reason = sentenceOf(cause)
    const error = new PorticoError('FOLDER_NOT_WATCHED', { folder: this.#directory, reason }, { cause })
    this.#log.warn('folder.unwatched', { code: error.code, error })
  }
}

async function identityOf(directory: string): Promise<string | undefined> {
  try {
    // Its birth, too: a folder that is made anew often gets the number of the one that was deleted.
    const { dev, ino, birthtimeNs } = await stat(directory, { bigint: true })
    return `${dev}:${ino}:${birthtimeNs}`
  } catch {
    return undefined
  }
}
