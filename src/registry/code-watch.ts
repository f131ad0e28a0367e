/** Tells when files change from which an application is loaded, as long as it is loaded. */
import { basename } from 'node:path'
import type { FSWatcher } from 'chokidar'
import type { Clock, Timer } from '#base/clock.ts'
import { sentenceOf } from '#base/errors.ts'
import type { Log } from '#base/log.ts'

/** What an application is loaded from; what it writes itself, data and logs, is none of it. */
const code = /\.(?:[cm]?[jt]s|svc|xamlx|wasm|node)$|^(?:web\.config|package\.json)$/i
/** Packages change with an installation, which writes package.json last; hidden folders are other programs' business. */
const neverLookedInto = /^(?:node_modules|\..+)$/
const greatestDepth = 8
/** Milliseconds without a further change after which a change is told. */
const quiet = 200

interface Watch extends AsyncDisposable {
  timer: Timer | undefined
}

export class CodeWatches implements AsyncDisposable {
  readonly #clock: Clock
  readonly #log: Log
  readonly #changed: (folder: string) => void
  readonly #watches = new Map<string, Watch>()

  constructor(clock: Clock, log: Log, changed: (folder: string) => void) {
    this.#clock = clock
    this.#log = log
    this.#changed = changed
  }

  /** Watches exactly these folders. */
  keep(folders: ReadonlySet<string>): void {
    for (const [folder, watched] of this.#watches) {
      if (folders.has(folder)) continue
      this.#watches.delete(folder)
      void watched[Symbol.asyncDispose]()
    }
    for (const folder of folders) if (!this.#watches.has(folder)) this.#watches.set(folder, this.#watch(folder))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const watches = [...this.#watches.values()]
    this.#watches.clear()
    await Promise.all(watches.map((each) => each[Symbol.asyncDispose]()))
  }

  #watch(folder: string): Watch {
    const since = this.#clock.now()
    const watched: Watch = {
      timer: undefined,
      async [Symbol.asyncDispose]() {
        watched.timer?.[Symbol.dispose]()
        await (await watcher).close()
      },
    }
    const watcher = watchCode(folder)
    void watcher.then((opened) => this.#tell(folder, watched, opened, since))
    return watched
  }

  #tell(folder: string, watched: Watch, watcher: FSWatcher, since: number): void {
    let isReady = false
    watcher.once('ready', () => {
      isReady = true
    })
    watcher.on('all', (event, _path, stats) => {
      if (event !== 'add' && event !== 'change' && event !== 'unlink') return
      // What is found at first has changed only if it did since the application began to load.
      if (!isReady && event === 'add' && (stats?.ctimeMs ?? 0) < since) return
      watched.timer?.[Symbol.dispose]()
      watched.timer = this.#clock.after(quiet, () => {
        if (this.#watches.get(folder) === watched) this.#changed(folder)
      })
    })
    watcher.on('error', (error) => this.#log.warn('application.unwatched', { folder, reason: sentenceOf(error) }))
  }
}

async function watchCode(folder: string): Promise<FSWatcher> {
  const { watch } = await import('chokidar') // with the first application that is loaded: it takes 4 MB
  return watch(folder, {
    alwaysStat: true,
    followSymlinks: false,
    depth: greatestDepth,
    ignored: (path, stats) => {
      if (path === folder) return false
      const name = basename(path)
      return neverLookedInto.test(name) || (stats?.isFile() === true && !code.test(name))
    },
  })
}
