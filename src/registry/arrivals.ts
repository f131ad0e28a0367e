/** Which folders are still being copied: an application isn't loaded before its files have stopped changing. */
import { statSync } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Clock, sleep } from '#base/clock.ts'
import { PorticoError } from '#base/errors.ts'
import { orAbort } from '#base/signal.ts'

/** Milliseconds without a change after which a folder counts as complete. */
const quietPeriod = 500
/** Milliseconds since its last change for which a folder that was there at the start is looked at. */
const recentChange = 60_000
/** So many entries of a folder are looked at; a larger one is judged by them. */
const greatestScan = 20_000

export class Arrivals {
  readonly #clock: Clock
  /** The folders that have appeared, with the look that is under way, if any. */
  readonly #appeared = new Map<string, Promise<void> | undefined>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The folder has just appeared: it may be half-copied. */
  appeared(folder: string): void {
    this.#appeared.set(folder, undefined)
  }

  /** The folder was there before Portico looked: only one that changed a moment ago may be half-copied. */
  found(folder: string): void {
    const changed = statSync(folder, { throwIfNoEntry: false })?.ctimeMs ?? 0
    if (this.#clock.now() - changed < recentChange) this.appeared(folder)
  }

  gone(folder: string): void {
    this.#appeared.delete(folder)
  }

  /**
   * Resolves when nothing in the folder has changed for the quiet period: at once for a folder that was copied some time
   * ago. Throws APPLICATION_STILL_ARRIVING when that takes more than `limit` milliseconds. An empty folder is waited for
   * as long, and then it is for the loader to say what is missing.
   */
  async settled(application: string, folder: string, limit: number, signal: AbortSignal): Promise<void> {
    if (!this.#appeared.has(folder)) return
    let look = this.#appeared.get(folder)
    if (!look) {
      look = this.#lookUntilQuiet(application, folder, limit)
      look.catch(() => {}) // whoever waits hears of it; perhaps nobody waits any more
      this.#appeared.set(folder, look)
    }
    await orAbort(look, signal)
  }

  async #lookUntilQuiet(app: string, folder: string, limit: number): Promise<void> {
    const begin = this.#clock.elapsed()
    const untilGone = new AbortController().signal
    try {
      for (;;) {
        const newest = await newestChange(folder)
        const quietFor = this.#clock.now() - newest
        if (quietFor >= quietPeriod) break
        const left = limit - (this.#clock.elapsed() - begin)
        if (left <= 0 && newest === Number.POSITIVE_INFINITY) break
        if (left <= 0) throw new PorticoError('APPLICATION_STILL_ARRIVING', { app, folder, seconds: limit / 1000 })
        const wait = Number.isFinite(quietFor) ? quietPeriod - quietFor : quietPeriod / 2
        await sleep(this.#clock, Math.max(1, Math.min(wait, quietPeriod, left)), untilGone)
      }
      this.#appeared.delete(folder)
    } catch (error) {
      if (this.#appeared.has(folder)) this.#appeared.set(folder, undefined)
      throw error
    }
  }
}

/**
 * When anything in the folder changed last, in milliseconds since the epoch; Infinity when it is empty. The kernel's time
 * of change counts, because a copy can set every other time to what it was in the original.
 */
async function newestChange(folder: string): Promise<number> {
  let newest = 0
  let looked = 0
  const folders = [folder]
  for (let next = folders.pop(); next !== undefined && looked < greatestScan; next = folders.pop()) {
    const entries = await readdir(next, { withFileTypes: true }).catch(() => [])
    for (const entry of entries) {
      const path = join(next, entry.name)
      const found = await lstat(path).catch(() => undefined)
      if (found) newest = Math.max(newest, found.ctimeMs)
      if (entry.isDirectory()) folders.push(path)
      looked++
    }
  }
  return looked === 0 ? Number.POSITIVE_INFINITY : newest
}
