/** The registry: keeps the snapshot of what is deployed in step with folders and configuration files. */
import { dirname } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Clock, Timer } from '#base/clock.ts'
import { PorticoError, sentenceOf } from '#base/errors.ts'
import type { Log } from '#base/log.ts'
import { type Configuration, readConfiguration } from '#config/configuration.ts'
import type { Application } from './application.ts'
import { Arrivals } from './arrivals.ts'
import { FolderWatch, foldersIn } from './folders.ts'
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
  readonly #arrivals: Arrivals
  readonly #watches: FolderWatch[] = []
  #snapshot: Snapshot
  #refused: RefusedChange | undefined
  #timer: Timer | undefined
  #firstChange: number | undefined
  #refreshing: Promise<void> = Promise.resolve()

  private constructor(options: RegistryOptions, snapshot: Snapshot) {
    this.#options = options
    this.#snapshot = snapshot
    this.#arrivals = new Arrivals(options.clock)
  }

  /**
   * Reads everything, puts it in force and watches from then on. Throws what is wrong: there is no last good snapshot
   * yet.
   */
  static async open(options: RegistryOptions): Promise<Registry> {
    const { configDirectory, appsDirectory, apply } = options
    const configuration = await readConfiguration(configDirectory)
    const folders = await foldersIn(appsDirectory)
    if (!folders) throw new PorticoError('APPS_FOLDER_MISSING', { folder: appsDirectory })
    const snapshot = compose(configuration, appsDirectory, folders)
    await apply(snapshot)
    const registry = new Registry(options, snapshot)
    for (const { folder } of snapshot.applications.values()) registry.#arrivals.found(folder)
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
    const application = this.#snapshot.applications.get(id)
    if (application) await this.#arrivals.settled(application.path, application.folder, limit, signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = this.#watches.map((watch) => watch[Symbol.asyncDispose]())
    this.#timer?.[Symbol.dispose]() // nothing sets it again now
    await Promise.all(closed)
    await this.#refreshing
  }

  async #watch(): Promise<void> {
    const { appsDirectory, clock } = this.#options
    const folders = new Set([appsDirectory, ...this.#snapshot.configuration.files.map((file) => dirname(file))])
    for (const folder of folders) this.#watches.push(new FolderWatch(folder, clock, () => this.#changed()))
    await Promise.all(this.#watches.map((watch) => watch.ready()))
  }

  #changed(): void {
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
    const { appsDirectory } = this.#options
    try {
      const folders = await foldersIn(appsDirectory)
      const composed = (configuration: Configuration): Snapshot => {
        const snapshot = compose(configuration, appsDirectory, folders ?? [])
        return folders ? snapshot : { ...snapshot, problems: [missing(appsDirectory), ...snapshot.problems] }
      }
      if (await this.#takeConfiguration(composed)) return
      await this.#take(composed(this.#snapshot.configuration))
    } catch (error) {
      this.#refuse(error)
    }
  }

  /** Puts what the files say in force; false when that is refused and the last good configuration stays. */
  async #takeConfiguration(composed: (configuration: Configuration) => Snapshot): Promise<boolean> {
    try {
      await this.#take(composed(await readConfiguration(this.#options.configDirectory)))
      this.#refused = undefined
      return true
    } catch (error) {
      this.#refuse(error)
      return false
    }
  }

  async #take(next: Snapshot): Promise<void> {
    const before = this.#snapshot
    if (isDeepStrictEqual(next, before)) return
    await this.#options.apply(next)
    this.#snapshot = next
    this.#tell(before, next)
  }

  #refuse(error: unknown): void {
    const text = explained(error)
    if (this.#refused?.text === text) return
    this.#refused = { text, since: this.#options.clock.now() }
    this.#options.log.error('configuration.refused', { error })
  }

  #tell(before: Snapshot, now: Snapshot): void {
    const { log } = this.#options
    const came = without(now, before)
    const went = without(before, now)
    for (const { folder } of went) this.#arrivals.gone(folder)
    for (const { folder } of came) this.#arrivals.appeared(folder)
    for (const [event, applications] of [
      ['application.removed', went],
      ['application.deployed', came],
    ] as const) {
      if (applications.length > loggedOneByOne) log.info(event, { count: applications.length })
      else for (const { path, pool, folder } of applications) log.info(event, { app: path, pool, folder })
    }
    if (!isDeepStrictEqual(before.configuration, now.configuration)) log.info('configuration.changed')
  }
}

/** The applications of `one` that `other` doesn't have in the very same folder. */
function without(one: Snapshot, other: Snapshot): Application[] {
  return [...one.applications.values()].filter(({ id, folder, version }) => {
    const there = other.applications.get(id)
    return there?.folder !== folder || there.version !== version
  })
}

function missing(folder: string): string {
  return new PorticoError('APPS_FOLDER_MISSING', { folder }).message
}

function explained(error: unknown): string {
  return error instanceof PorticoError ? `${error.message}\n${error.remedy}` : sentenceOf(error)
}
