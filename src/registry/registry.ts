/** The registry: keeps the snapshot of what is deployed in step with folders and configuration files. */
import { isDeepStrictEqual } from 'node:util'
import type { Clock, Timer } from '#base/clock.ts'
import { PorticoError, sentenceOf } from '#base/errors.ts'
import type { Log } from '#base/log.ts'
import type { Application } from './application.ts'
import { Arrivals } from './arrivals.ts'
import { ConfigurationFiles } from './configuration-files.ts'
import { type DeployedFolders, foldersIn, inOrderOfArrival, isSame, sameFolders } from './deployed-folders.ts'
import { FolderWatch } from './folder-watch.ts'
import { compose, type Snapshot } from './snapshot.ts'

export interface RegistryOptions {
  readonly configDirectory: string
  readonly appsDirectory: string
  readonly clock: Clock
  readonly log: Log
  /** Puts a snapshot in force. When it throws, the last one stays in force. Never called twice at once. */
  apply(snapshot: Snapshot): Promise<void>
}

/** A change that was refused; what was good before it is in force. */
export interface RefusedChange {
  readonly of: 'configuration' | 'folders'
  readonly text: string
  /** Milliseconds since the epoch. */
  readonly since: number
}

/** Changes within this time become one snapshot: milliseconds after the last, but not more than so many after the first. */
const coalesce = { afterLast: 100, afterFirst: 400 } as const
/** So many applications that come or go at once are logged one by one. */
const loggedOneByOne = 20

export class Registry implements AsyncDisposable {
  readonly #options: RegistryOptions
  readonly #files: ConfigurationFiles
  readonly #arrivals: Arrivals
  readonly #owned = new AsyncDisposableStack()
  #snapshot: Snapshot
  /** The snapshot that is being put in force: connections may ask for its applications already. */
  #next: Snapshot | undefined
  /** The folders of the snapshot in force. */
  #folders: DeployedFolders | undefined
  #refused: RefusedChange | undefined
  #timer: Timer | undefined
  #firstChange: number | undefined
  #refreshing: Promise<void> = Promise.resolve()
  #closed = false

  private constructor(
    options: RegistryOptions,
    files: ConfigurationFiles,
    folders: DeployedFolders,
    snapshot: Snapshot,
  ) {
    this.#options = options
    this.#files = files
    this.#folders = folders
    this.#snapshot = snapshot
    this.#arrivals = new Arrivals(options.clock)
  }

  /**
   * Reads everything, puts it in force and watches from then on. Throws what is wrong: there is no last good snapshot
   * yet.
   */
  static async open(options: RegistryOptions): Promise<Registry> {
    const { configDirectory, appsDirectory, apply } = options
    const { files, configuration } = await ConfigurationFiles.open(configDirectory)
    const folders = await foldersIn(appsDirectory)
    if (!folders) throw new PorticoError('APPS_FOLDER_MISSING', { folder: appsDirectory })
    const snapshot = compose(configuration, appsDirectory, folders)
    await apply(snapshot)
    const registry = new Registry(options, files, folders, snapshot)
    for (const { folder, changedAt } of folders.values()) registry.#arrivals.found(folder, changedAt)
    for (const { folder, origin } of snapshot.applications.values())
      if (origin === 'configuration') registry.#arrivals.found(folder)
    await registry.#watch()
    return registry
  }

  get snapshot(): Snapshot {
    return this.#snapshot
  }

  /** The last change, if it was refused. */
  get refused(): RefusedChange | undefined {
    return this.#refused
  }

  /** Resolves when the application's files have arrived. Throws APPLICATION_STILL_ARRIVING. */
  async arrived(id: string, limit: number, signal: AbortSignal): Promise<void> {
    const application = this.#next?.applications.get(id) ?? this.#snapshot.applications.get(id)
    if (application) await this.#arrivals.settled(application.path, application.folder, limit, signal)
  }

  /** The folder's files have changed: whoever loads its applications waits until they are still. */
  changing(folder: string): void {
    this.#arrivals.appeared(folder)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    this.#timer?.[Symbol.dispose]()
    this.#arrivals[Symbol.dispose]()
    await this.#owned.disposeAsync()
    await this.#refreshing
  }

  async #watch(): Promise<void> {
    const { appsDirectory, clock, log } = this.#options
    for (const folder of new Set([appsDirectory, ...this.#files.folders]))
      this.#owned.use(await FolderWatch.open(folder, clock, log, () => this.#changed()))
  }

  #changed(): void {
    if (this.#closed) return
    const { clock } = this.#options
    this.#firstChange ??= clock.elapsed()
    const latest = this.#firstChange + coalesce.afterFirst - clock.elapsed()
    this.#timer?.[Symbol.dispose]()
    this.#timer = clock.after(Math.max(0, Math.min(coalesce.afterLast, latest)), () => {
      this.#firstChange = undefined
      this.#refreshing = this.#refreshing.then(() => this.#refresh())
    })
  }

  async #refresh(): Promise<void> {
    if (this.#closed) return
    const folders = await this.#lookAtFolders()
    if (await this.#takeConfiguration(folders)) return
    if (sameFolders(folders, this.#folders)) return
    try {
      await this.#take(compose(this.#snapshot.configuration, this.#options.appsDirectory, folders), folders)
      this.#accept('folders')
    } catch (error) {
      this.#refuse('folders', error)
    }
  }

  /** The folders as they are; those in force while that can't be found out. */
  async #lookAtFolders(): Promise<DeployedFolders | undefined> {
    try {
      const found = await foldersIn(this.#options.appsDirectory, this.#folders)
      if (!sameFolders(found, this.#folders)) return found && inOrderOfArrival(this.#folders, found)
      this.#accept('folders')
      return this.#folders
    } catch (error) {
      this.#refuse('folders', error)
      return this.#folders
    }
  }

  /** Puts what the files say in force if it is new; false when there is nothing new, or it is refused. */
  async #takeConfiguration(folders: DeployedFolders | undefined): Promise<boolean> {
    try {
      const configuration = await this.#files.readIfWritten()
      if (!configuration) return false
      const isNew = !isDeepStrictEqual(configuration, this.#snapshot.configuration)
      if (isNew) {
        await this.#take(compose(configuration, this.#options.appsDirectory, folders), folders)
        this.#options.log.info('configuration.changed')
      }
      this.#accept('configuration')
      return isNew
    } catch (error) {
      this.#refuse('configuration', error)
      return false
    }
  }

  /** Puts `next` in force, unless applying it fails. */
  async #take(next: Snapshot, folders: DeployedFolders | undefined): Promise<void> {
    const before = this.#snapshot
    const came = without(next, before)
    const went = without(before, next)
    // Applying opens the way for connections, so what has just appeared must be known by then.
    this.#next = next
    for (const { folder } of came) this.#arrivals.appeared(folder)
    try {
      await this.#options.apply(next)
    } catch (error) {
      for (const { folder } of came) this.#arrivals.gone(folder)
      throw error
    } finally {
      this.#next = undefined
    }
    this.#snapshot = next
    this.#folders = folders
    const arriving = new Set(came.map(({ folder }) => folder)) // a folder may have taken the place of another
    for (const { folder } of went) if (!arriving.has(folder)) this.#arrivals.gone(folder)
    this.#tell('application.removed', went)
    this.#tell('application.deployed', came)
  }

  /** A refusal is over: the cause has gone. */
  #accept(of: RefusedChange['of']): void {
    if (this.#refused?.of !== of) return
    this.#refused = undefined
    this.#options.log.info(`${of}.accepted`)
  }

  #refuse(of: RefusedChange['of'], error: unknown): void {
    const text = explained(error)
    if (this.#refused?.text === text) return
    this.#refused = { of, text, since: this.#options.clock.now() }
    const code = error instanceof PorticoError ? error.code : undefined
    this.#options.log.error(`${of}.refused`, { code, error })
  }

  #tell(event: string, applications: readonly Application[]): void {
    const { log } = this.#options
    if (applications.length > loggedOneByOne) log.info(event, { count: applications.length })
    else for (const { path, pool, folder } of applications) log.info(event, { app: path, pool, folder })
  }
}

/** The applications of `one` that `other` doesn't have in the very same folder. */
function without(one: Snapshot, other: Snapshot): Application[] {
  return [...one.applications.values()].filter(
    (application) => !isSame(application, other.applications.get(application.id)),
  )
}

function explained(error: unknown): string {
  return error instanceof PorticoError ? `${error.message}\n${error.remedy}` : sentenceOf(error)
}
