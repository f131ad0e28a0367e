/** A registry of a test's own: real folders, real watchers; its snapshots and its log can be waited for. */
import { EventEmitter } from 'node:events'
import { type Clock, systemClock } from '#base/clock.ts'
import type { LogFields } from '#base/log.ts'
import { Registry } from '#registry/registry.ts'
import type { Snapshot } from '#registry/snapshot.ts'
import { PorticoFolders, type Setup } from './portico-folders.ts'

export interface OpenOptions {
  readonly clock?: Clock
  /** Called before the folders are looked at for the first time. */
  prepare?(folders: PorticoFolders): void
  /** What putting a snapshot in force does; it may throw. */
  apply?(snapshot: Snapshot): void | Promise<void>
}

export class OpenRegistry implements AsyncDisposable {
  readonly folders: PorticoFolders
  readonly logged: [event: string, fields: LogFields][] = []
  /** Every snapshot that was put in force, the first one included. */
  readonly applied: Snapshot[] = []
  readonly #news = new EventEmitter<{ happened: [] }>().setMaxListeners(0)
  #registry: Registry | undefined

  private constructor(folders: PorticoFolders) {
    this.folders = folders
  }

  static async open(setup: Setup = {}, options: OpenOptions = {}): Promise<OpenRegistry> {
    const { clock = systemClock, prepare, apply } = options
    const own = new OpenRegistry(await PorticoFolders.make(setup))
    const note = (event: string, fields: LogFields = {}) => {
      own.logged.push([event, fields])
      own.#news.emit('happened')
    }
    try {
      prepare?.(own.folders)
      own.#registry = await Registry.open({
        configDirectory: own.folders.config,
        appsDirectory: own.folders.apps,
        clock,
        log: { info: note, warn: note, error: note },
        apply: async (snapshot) => {
          await apply?.(snapshot)
          own.applied.push(snapshot)
          queueMicrotask(() => own.#news.emit('happened'))
        },
      })
    } catch (error) {
      own.folders[Symbol.dispose]()
      throw error
    }
    return own
  }

  get registry(): Registry {
    if (!this.#registry) throw new Error('the registry is not open')
    return this.#registry
  }

  /** The ids of what is deployed, in their order. */
  get ids(): string[] {
    return [...this.registry.snapshot.applications.keys()].toSorted()
  }

  /** Resolves once `holds` does, looking again whenever a snapshot came into force or something was logged. */
  async until(holds: (own: OpenRegistry) => boolean): Promise<void> {
    while (!holds(this)) await new Promise<void>((resolve) => this.#news.once('happened', resolve))
  }

  /** Resolves when exactly these are deployed. */
  async deployed(...ids: string[]): Promise<void> {
    const wanted = ids.toSorted().join()
    await this.until(() => this.ids.join() === wanted)
  }

  events(name: string): LogFields[] {
    return this.logged.flatMap(([event, fields]) => (event === name ? [fields] : []))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#registry?.[Symbol.asyncDispose]()
    this.folders[Symbol.dispose]()
  }
}
