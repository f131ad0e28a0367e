/** Which folders are still being copied: an application isn't loaded before its files have stopped changing. */
import { type Stats, statSync } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Clock, sleep } from '#base/clock.ts'
import { PorticoError, systemCodeOf } from '#base/errors.ts'
import { orAbort } from '#base/signal.ts'

/** Milliseconds without a change after which a folder counts as complete. */
const quietPeriod = 500
/** Milliseconds since its last change for which a folder that was there at the start is looked at. */
const recentChange = 60_000
/**
 * So many entries of a folder are looked at, the upper levels first; a larger one is judged by them. That bounds what a
 * look costs where node_modules holds more than the application.
 */
const greatestScan = 20_000

export class Arrivals implements Disposable {
  readonly #clock: Clock
  /** The folders that have appeared, with the look that is under way, if any. */
  readonly #appeared = new Map<string, Promise<void> | undefined>()
  readonly #lifetime = new AbortController()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The folder has just appeared: it may be half-copied. */
  appeared(folder: string): void {
    this.#appeared.set(folder, undefined)
  }

  /** The folder was there before Portico looked: only one that changed a moment ago may be half-copied. */
  found(folder: string, changedAt = statSync(folder, { throwIfNoEntry: false })?.ctimeMs ?? 0): void {
    if (this.#clock.now() - changedAt < recentChange) this.appeared(folder)
  }

  gone(folder: string): void {
    this.#appeared.delete(folder)
  }

  /**
   * Resolves when nothing in the folder has changed for the quiet period: at once for a folder that was copied some time
   * ago. Throws APPLICATION_STILL_ARRIVING when that takes more than `limit` milliseconds. An empty folder is waited for
   * as long, and then it is for the loader to say what is missing, as it is at once for one that isn't there.
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

  /** Nobody waits for a folder any longer. */
  [Symbol.dispose](): void {
    this.#lifetime.abort(new PorticoError('SHUTTING_DOWN', {}))
  }

  async #lookUntilQuiet(app: string, folder: string, limit: number): Promise<void> {
    const { signal } = this.#lifetime
    const begin = this.#clock.elapsed()
    let lastSeen: number | undefined
    let quietSince = begin
    try {
      for (;;) {
        const newest = await newestChange(folder)
        signal.throwIfAborted() // a folder that goes while Portico ends has not arrived
        if (newest === 'missing') break
        const now = this.#clock.elapsed()
        if (newest !== lastSeen) {
          // A time that a server's clock has put into the future tells only that something changed.
          const age = newest === undefined ? 0 : Math.min(Math.max(0, this.#clock.now() - newest), quietPeriod)
          lastSeen = newest
          quietSince = now - age
        }
        const quietFor = newest === undefined ? 0 : now - quietSince
        if (quietFor >= quietPeriod) break
        const left = limit - (now - begin)
        if (left <= 0 && newest === undefined) break
        if (left <= 0) throw new PorticoError('APPLICATION_STILL_ARRIVING', { app, folder, seconds: limit / 1000 })
        const wait = newest === undefined ? quietPeriod / 2 : quietPeriod - quietFor
        await sleep(this.#clock, Math.max(1, Math.min(wait, left)), signal)
      }
      this.#appeared.delete(folder)
    } catch (error) {
      if (this.#appeared.has(folder)) this.#appeared.set(folder, undefined)
      throw error
    }
  }
}

/**
 * When anything in the folder changed last, in milliseconds since the epoch; undefined when it is empty. The kernel's time
 * of change counts, because a copy can set every other time to what it was in the original. The folder's own time does
 * not: renaming it into place changes that, and nothing in it.
 */
async function newestChange(folder: string): Promise<number | 'missing' | undefined> {
  let newest: number | undefined
  let left = greatestScan
  const folders = [folder]
  for (const next of folders) {
    const entries = await readdir(next, { withFileTypes: true }).catch((error: unknown) => {
      if (next === folder && systemCodeOf(error) === 'ENOENT') return 'missing' as const
      return []
    })
    if (entries === 'missing') return 'missing'
    const looked = entries.slice(0, left)
    left -= looked.length
    const stats = await Promise.all(looked.map((entry) => lstat(join(next, entry.name)).catch(() => undefined)))
    for (const { ctimeMs } of stats.filter((it): it is Stats => it !== undefined))
      newest = Math.max(newest ?? 0, ctimeMs)
    for (const entry of looked) if (entry.isDirectory()) folders.push(join(next, entry.name))
    if (left <= 0) break
  }
  return newest
}
