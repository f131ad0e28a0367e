/** What the files of an application said of its services the last time: reading them anew costs a start twice its time. */
import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import type { ServiceFiles } from '#config/service-files.ts'
import type { ApplicationServices } from '#config/services.ts'

const readers = join(import.meta.dirname, '../config')

export class ServicesCache {
  readonly #file: string
  /** Everything that what is kept depends on: the files, and the code that reads them. */
  readonly #key: string

  /** `directory` belongs to the account of this process alone. Made before the files are read, so that no change is missed. */
  constructor(directory: string, folder: string, { webConfig, serviceFiles }: ServiceFiles) {
    const files = [...(webConfig === undefined ? [] : [webConfig]), ...serviceFiles.map(({ file }) => file)]
    const code = readdirSync(readers).map((name) => join(readers, name))
    this.#key = JSON.stringify([folder, process.version, files.map(stateOf), code.map(stateOf)])
    // Two folders may share a name: then they replace each other, and the key tells them apart.
    this.#file = join(directory, `services-${Buffer.from(folder).toString('base64url').slice(-200)}`)
  }

  /** What is kept, if it is of these very files. */
  get(): ApplicationServices | undefined {
    try {
      const { key, services } = deserialize(readFileSync(this.#file)) as { key: string; services: ApplicationServices }
      return key === this.#key ? services : undefined
    } catch {
      return undefined // there is none, or it is of another version
    }
  }

  /** Keeps it for the next start. What can't be kept is read again. */
  set(services: ApplicationServices): void {
    if (services.services.some(({ problem }) => problem !== undefined)) return // an error is told as it is found
    const partial = `${this.#file}.${process.pid}`
    try {
      writeFileSync(partial, serialize({ key: this.#key, services }), { mode: 0o600 })
      renameSync(partial, this.#file)
    } catch {
      // A full disk costs the next start its time, and nothing else.
    }
  }
}

function stateOf(file: string): string {
  const stats = statSync(file, { bigint: true, throwIfNoEntry: false })
  return stats ? `${file}:${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}` : `${file}:none`
}
