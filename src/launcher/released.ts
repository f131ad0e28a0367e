/** Remembers which processes were left to themselves, also for later runs: an empty file for each, in PM2's home. */
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder } from './folders.ts'

export class Released {
  readonly #folder: string
  readonly #workers: Set<string>

  constructor(home: string) {
    this.#folder = join(home, 'released')
    this.#workers = new Set(namesIn(this.#folder))
  }

  get isEmpty(): boolean {
    return this.#workers.size === 0
  }

  has(worker: string): boolean {
    return this.#workers.has(worker)
  }

  async add(worker: string): Promise<void> {
    await makeFolder(this.#folder, 0o700)
    writeFileSync(join(this.#folder, worker), '', { mode: 0o600 })
    this.#workers.add(worker)
  }

  /** Such a process has ended. */
  delete(worker: string): void {
    if (!this.#workers.delete(worker)) return
    rmSync(join(this.#folder, worker), { force: true })
  }

  /** Forgets those that are not among the living. */
  keep(living: { has(worker: string): boolean }): void {
    for (const worker of this.#workers) if (!living.has(worker)) this.delete(worker)
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return [] // nothing was ever left to itself
  }
}
