/** The history as it is asked for: which of its events, in which order, and those to come. */
import { existsSync, readFileSync, watch } from 'node:fs'
import { PorticoError, sentenceOf, systemCodeOf } from '#base/errors.ts'
import { beginning, linesFrom, type ReadingPlace } from './event-files.ts'
import type { HomePaths } from './home.ts'

/** One event as it was written. */
export interface KeptEvent {
  readonly line: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** What is asked for; undefined is everything. */
export interface Wish {
  readonly pool: string | undefined
  readonly app: string | undefined
  /** Milliseconds since the epoch. */
  readonly since: number | undefined
}

/** Milliseconds between looks whether Portico still runs, and for what the kernel hasn't told. */
const lookEvery = 250

export class History {
  readonly #home: HomePaths
  readonly #wish: Wish
  #place: ReadingPlace = beginning
  /** Worker processes that have had something to do with the application that is asked for. */
  readonly #workers = new Set<unknown>()
  /** Names of pools and applications that were seen, as they are compared. */
  readonly #seen = new Set<string>()

  constructor(home: HomePaths, wish: Wish) {
    this.#home = home
    this.#wish = wish
  }

  /** Whether an event has named it, whether or not it was asked for. */
  knows(name: string): boolean {
    return this.#seen.has(compared(name))
  }

  /** What has been written since the last call. Throws EVENTS_MISSING and EVENTS_NOT_READABLE. */
  async *read(): AsyncGenerator<KeptEvent> {
    const { events, home } = this.#home
    try {
      for await (const [lines, place] of linesFrom(events, this.#place)) {
        this.#place = place
        for (const line of lines) {
          const fields = parsed(line)
          if (fields && this.#isWanted(fields)) yield { line, fields }
        }
      }
    } catch (error) {
      if (systemCodeOf(error) === 'ENOENT') throw new PorticoError('EVENTS_MISSING', { home }, { cause: error })
      throw new PorticoError('EVENTS_NOT_READABLE', { folder: events, reason: sentenceOf(error) }, { cause: error })
    }
  }

  /** The same, and goes on with what happens until the signal aborts or the Portico that runs has ended. */
  async *follow(signal: AbortSignal): AsyncGenerator<KeptEvent> {
    const pid = servingPid(this.#home)
    let wake = Promise.withResolvers<void>()
    const look = () => wake.resolve()
    signal.addEventListener('abort', look)
    const timer = setInterval(look, lookEvery)
    const watcher = watched(this.#home.events, look)
    try {
      while (!signal.aborted) {
        // Looked at first: what it wrote last is read then.
        const isOver = pid === undefined || !existsSync(`/proc/${pid}`)
        wake = Promise.withResolvers()
        yield* this.read()
        if (isOver) return
        await wake.promise
      }
    } finally {
      signal.removeEventListener('abort', look)
      clearInterval(timer)
      watcher?.close()
    }
  }

  #isWanted(fields: KeptEvent['fields']): boolean {
    const { pool, app, since } = this.#wish
    for (const name of [fields.pool, fields.app]) if (typeof name === 'string') this.#seen.add(compared(name))
    if (pool !== undefined && !isNamed(fields.pool, pool)) return false
    if (app !== undefined && !this.#isOf(app, fields)) return false
    return since === undefined || Date.parse(String(fields.time)) >= since
  }

  /** An application's story is also that of the worker processes in which it was. */
  #isOf(app: string, { app: named, worker, event }: KeptEvent['fields']): boolean {
    if (isNamed(named, app)) {
      if (worker !== undefined) this.#workers.add(worker)
      return true
    }
    if (named !== undefined || worker === undefined || !this.#workers.has(worker)) return false
    if (event === 'worker.exited') this.#workers.delete(worker)
    return true
  }
}

const compared = (name: string) => name.toLowerCase()
const isNamed = (value: unknown, name: string) => typeof value === 'string' && compared(value) === compared(name)

function parsed(line: string): KeptEvent['fields'] | undefined {
  try {
    const fields: unknown = JSON.parse(line)
    return typeof fields === 'object' && fields !== null ? (fields as KeptEvent['fields']) : undefined
  } catch {
    return undefined // half a line, of a disk that was full
  }
}

/** The process that serves the home; undefined when none does. */
export function servingPid({ lock }: HomePaths): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(lock, 'utf8'), 10)
    return existsSync(`/proc/${pid}`) ? pid : undefined
  } catch {
    return undefined
  }
}

/** Undefined when the kernel has no watch left: looking now and then is enough. */
function watched(folder: string, changed: () => void) {
  try {
    return watch(folder, changed).on('error', () => {})
  } catch {
    return undefined
  }
}
