/** The configuration files as the registry sees them: read again when one of them was written. */
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Configuration, readConfiguration } from '#config/configuration.ts'

export class ConfigurationFiles {
  readonly #directory: string
  readonly #files: readonly string[]
  /** What the files were when they were read last. */
  #read: string

  private constructor(directory: string, files: readonly string[], read: string) {
    this.#directory = directory
    this.#files = files
    this.#read = read
  }

  /** Reads them for the first time; throws what is wrong with them. */
  static async open(directory: string): Promise<{ files: ConfigurationFiles; configuration: Configuration }> {
    const configuration = await readConfiguration(directory)
    // Known as never read, so that a change during the first reading isn't missed: it costs one more reading.
    return { files: new ConfigurationFiles(directory, configuration.files, ''), configuration }
  }

  /** The folders that hold them. */
  get folders(): readonly string[] {
    return [...new Set(this.#files.map((file) => dirname(file)))]
  }

  /** What they say now; undefined when none was written since the last time. Throws what is wrong with them. */
  async readIfWritten(): Promise<Configuration | undefined> {
    const now = await this.#fingerprint()
    if (now === this.#read) return undefined
    this.#read = now // before reading: what is written from now on differs
    return readConfiguration(this.#directory)
  }

  async #fingerprint(): Promise<string> {
    const stats = await Promise.all(this.#files.map((file) => stat(file, { bigint: true }).catch(() => undefined)))
    return stats.map((it) => (it ? `${it.dev}:${it.ino}:${it.size}:${it.mtimeNs}:${it.ctimeNs}` : 'none')).join(' ')
  }
}
