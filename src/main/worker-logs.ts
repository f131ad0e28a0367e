/** The log files of worker processes, one for each pool, and the last lines of one worker process in them. */
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** So many bytes of the end are shown. */
const tailSize = 4_096

/** So many worker processes are remembered; who asks for an older one gets the end of the log. */
const remembered = 256

export class WorkerLogs {
  readonly #folder: string
  /** The size of the log when a worker process was launched. */
  readonly #begin = new Map<string, number>()

  constructor(folder: string) {
    this.#folder = folder
  }

  fileOf(pool: string): string {
    return join(this.#folder, `pool-${pool}.log`)
  }

  /** Of all standby processes, as long as they are no pool's. */
  get standbyFile(): string {
    return join(this.#folder, 'standby.log')
  }

  /** Notes that what the pool's log gets from now on may be this worker process'. */
  began(worker: string, pool: string): void {
    const [oldest] = this.#begin.keys()
    if (oldest !== undefined && this.#begin.size >= remembered) this.#begin.delete(oldest)
    this.#begin.set(worker, statSync(this.fileOf(pool), { throwIfNoEntry: false })?.size ?? 0)
  }

  /** The last lines since the worker process began; empty when there are none. */
  tail(worker: string, pool: string): string {
    try {
      return this.#tail(worker, this.fileOf(pool))
    } catch {
      return '' // there is none yet, or the disk fails: what it would explain is told without it
    }
  }

  #tail(worker: string, path: string): string {
    const file = openSync(path, 'r')
    try {
      const { size } = fstatSync(file)
      const begin = this.#begin.get(worker) ?? 0
      // A log that is shorter than that has been begun anew meanwhile.
      const from = Math.max(begin > size ? 0 : begin, size - tailSize)
      if (size <= from) return ''
      const bytes = Buffer.alloc(size - from)
      return bytes.toString('utf8', 0, readSync(file, bytes, 0, bytes.byteLength, from)).trim()
    } finally {
      closeSync(file)
    }
  }
}
