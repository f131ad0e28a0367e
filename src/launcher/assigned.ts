/** Remembers what processes became after their launch, also for later runs: a file for each, in PM2's home. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LaunchOrder } from '#activation/launcher.ts'

/** Who such a process is now, and the environment that it was given. */
export type Assignment = Pick<LaunchOrder, 'worker' | 'env'>

export class Assigned {
  readonly #folder: string
  /** By the name under which the process was launched. */
  readonly #assignments: Map<string, Assignment>

  constructor(home: string) {
    this.#folder = join(home, 'assigned')
    this.#assignments = new Map(assignmentsIn(this.#folder))
  }

  of(name: string): Assignment | undefined {
    return this.#assignments.get(name)
  }

  /** What is written outlives Portico, not the machine: its processes don't either. */
  add(name: string, { worker, env }: Assignment): void {
    mkdirSync(this.#folder, { mode: 0o700, recursive: true })
    writeFileSync(join(this.#folder, name), JSON.stringify({ worker, env }), { mode: 0o600 })
    this.#assignments.set(name, { worker, env })
  }

  /** Such a process has ended. */
  delete(name: string): void {
    if (!this.#assignments.delete(name)) return
    rmSync(join(this.#folder, name), { force: true })
  }

  /** Forgets those that are not among the living. */
  keep(living: ReadonlySet<string>): void {
    for (const name of this.#assignments.keys()) if (!living.has(name)) this.delete(name)
  }
}

function assignmentsIn(folder: string): [string, Assignment][] {
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch {
    return [] // no process ever became another
  }
  return names.flatMap((name) => {
    const file = join(folder, name)
    try {
      return [[name, JSON.parse(readFileSync(file, 'utf8')) as Assignment]]
    } catch {
      rmSync(file, { force: true }) // Portico ended while it wrote this, so that the process was told nothing
      return []
    }
  })
}
