/** Keeps the logs of pools within a bound: what is more becomes the older one of two files. */
import { createReadStream, createWriteStream } from 'node:fs'
import { rename, rm, stat, truncate } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type { Clock, Timer } from '#base/clock.ts'
import type { Log } from '#base/log.ts'

/** So many bytes a log may have, and so many are kept of what was before. */
export const longestLog = 32 * 1024 * 1024
/** Milliseconds between two looks, while worker processes run that write. */
const lookEvery = 5_000

/** A log that worker processes append to. */
export interface PoolLog {
  readonly pool: string
  readonly file: string
}

export interface BoundsSurroundings {
  readonly clock: Clock
  readonly log: Log
  /** The logs that are written to now. */
  written(): readonly PoolLog[]
  readonly longest?: number
}

export class PoolLogBounds implements AsyncDisposable {
  readonly #around: BoundsSurroundings
  readonly #longest: number
  #timer: Timer | undefined
  #looking: Promise<void> | undefined
  #isOver = false

  constructor(around: BoundsSurroundings) {
    this.#around = around
    this.#longest = around.longest ?? longestLog
  }

  /** A worker process is launched: its log is looked at now, and from now on until none runs. */
  began(): void {
    if (this.#isOver) return
    this.#looking ??= this.#look(this.#around.written()).finally(() => {
      this.#looking = undefined
    })
    if (this.#timer) return
    this.#timer = this.#around.clock.after(lookEvery, () => {
      this.#timer = undefined
      if (this.#around.written().length > 0) this.began()
    })
    this.#timer.unref()
  }

  /** Resolves when the look that is under way is over. */
  async looked(): Promise<void> {
    await this.#looking
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true
    this.#timer?.[Symbol.dispose]()
    await this.#looking
  }

  async #look(logs: readonly PoolLog[]): Promise<void> {
    for (const { pool, file } of logs) {
      const { size } = await stat(file).catch(() => ({ size: 0 })) // there is none yet
      if (size > this.#longest) await this.#begin(pool, file, size)
    }
  }

  /** The worker processes have the file open for appending, and go on at its new beginning. */
  async #begin(pool: string, file: string, bytes: number): Promise<void> {
    const { log } = this.#around
    const older = `${file}.1`
    const part = `${older}.part`
    let kept = Math.min(bytes, this.#longest)
    try {
      await rm(older, { force: true }) // first: the disk may be full
      await pipeline(
        createReadStream(file, { start: bytes - kept, end: bytes - 1 }),
        createWriteStream(part, { mode: 0o600 }),
      )
      await rename(part, older)
    } catch (error) {
      kept = 0
      await rm(part, { force: true }).catch(() => {})
      log.warn('pool.logNotKept', { pool, file: older, error })
    }
    try {
      await truncate(file)
      log.info('pool.logBegun', { pool, file, bytes, kept })
    } catch (error) {
      log.error('pool.logNotBounded', { pool, file, bytes, error })
    }
  }
}
