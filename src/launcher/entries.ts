/** The processes that were launched or found, by the worker process that each is, and by the name under which PM2 lists it. */
import type { LaunchOrder } from '#activation/launcher.ts'
import { Assigned } from './assigned.ts'
import { type Entry, type For, newEntry, type Place } from './entry.ts'
import type { ProcessIdentity } from './processes.ts'

export class Entries implements Iterable<Entry> {
  readonly #byWorker = new Map<string, Entry>()
  readonly #assigned: Assigned

  /** `home` is PM2's. */
  constructor(home: string) {
    this.#assigned = new Assigned(home)
  }

  get size(): number {
    return this.#byWorker.size
  }

  [Symbol.iterator](): Iterator<Entry> {
    return this.#byWorker.values()
  }

  has(worker: string): boolean {
    return this.#byWorker.has(worker)
  }

  get(worker: string): Entry | undefined {
    return this.#byWorker.get(worker)
  }

  /** Whose process it is that was launched under this name, which is the one that PM2 and `/proc` know. */
  workerOf(name: string): string {
    return this.#assigned.of(name)?.worker ?? name
  }

  named(name: string): Entry | undefined {
    return this.get(this.workerOf(name))
  }

  add(
    name: string,
    identity: ProcessIdentity,
    environment: Readonly<Record<string, string>>,
    place: Place | undefined,
    whom: For,
  ): Entry {
    const entry = newEntry(name, identity, environment, place, whom, this.#assigned.of(name))
    this.#byWorker.set(entry.process.worker, entry)
    return entry
  }

  /** The process is the worker process of the order from now on. */
  assign(entry: Entry, { worker, env }: LaunchOrder): void {
    this.#assigned.add(entry.name, { worker, env })
    this.#byWorker.delete(entry.process.worker)
    entry.process = { ...entry.process, worker, env }
    this.#byWorker.set(worker, entry)
  }

  delete({ name, process: { worker } }: Entry): void {
    this.#byWorker.delete(worker)
    this.#assigned.delete(name)
  }

  /** All that runs is known: what processes had become that are gone is forgotten. */
  forgetOthers(): void {
    this.#assigned.keep(new Set(Array.from(this, ({ name }) => name)))
  }
}
