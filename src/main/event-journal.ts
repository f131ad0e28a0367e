/** Writes the history: lines in order, without anybody waiting for the disk, in files that are bounded in all. */
import { appendFileSync } from 'node:fs'
import { appendFile, open, rm } from 'node:fs/promises'
import { sentenceOf } from '#base/errors.ts'
import { makeFolder } from '#launcher/folders.ts'
import { eventFile, eventFiles, type HistoryBounds, historyBounds } from './event-files.ts'

/** So many characters may wait for the disk; a disk that hangs must not cost memory without end. */
const greatestWaiting = 1024 * 1024

export interface JournalOptions {
  readonly folder: string
  readonly bounds?: HistoryBounds
  /** Told once when lines can't be written, and again only after some could. */
  readonly complain: (problem: string) => void
}

export class EventJournal implements AsyncDisposable {
  readonly #folder: string
  readonly #bounds: HistoryBounds
  readonly #complain: (problem: string) => void
  #waiting: string[] = []
  /** Characters of these, and of those that are being written. */
  #waitingLength = 0
  #writing: Promise<void> | undefined
  /** The file that is written to, and its bytes; undefined until the first line, and after a failure. */
  #current: Current | undefined
  #isFailing = false

  constructor({ folder, bounds = historyBounds, complain }: JournalOptions) {
    this.#folder = folder
    this.#bounds = bounds
    this.#complain = complain
  }

  /** Takes a line with its line feed. It is on the disk a moment later; a line that can't be written is left out. */
  write(line: string): void {
    if (this.#waitingLength + line.length > greatestWaiting) {
      this.#failed('the disk takes what was written before too slowly')
      return
    }
    this.#waiting.push(line)
    this.#waitingLength += line.length
    this.#writing ??= this.#writeAll()
  }

  /** Resolves when every line is on the disk, or could not be written. */
  async [Symbol.asyncDispose](): Promise<void> {
    while (this.#writing) await this.#writing
  }

  /** Writes at once what waits: the process is about to die of an error. */
  flushNow(): void {
    const lines = this.#take()
    if (!this.#current || lines.length === 0) return
    try {
      appendFileSync(eventFile(this.#folder, this.#current.number), lines.join(''), { mode: 0o600 })
    } catch {
      // The log has it as well.
    }
  }

  #take(): string[] {
    const lines = this.#waiting
    this.#waiting = []
    return lines
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      await undefined // what is told in one turn goes in one write, or in flushNow if that turn ends Portico
      const lines = this.#take()
      try {
        await this.#append(lines)
        this.#isFailing = false
      } catch (error) {
        this.#current = undefined
        this.#failed(sentenceOf(error))
      }
      this.#waitingLength -= lines.reduce((sum, line) => sum + line.length, 0)
    }
    this.#writing = undefined // in the turn of the last look: what is told later begins anew
  }

  #failed(reason: string): void {
    if (!this.#isFailing) this.#complain(`events are not kept in ${this.#folder}: ${reason}`)
    this.#isFailing = true
  }

  /** Goes on in the last file, unless a crash or a full disk has left half a line at its end. */
  async #begin(): Promise<Current> {
    await makeFolder(this.#folder, 0o700)
    const last = (await eventFiles(this.#folder)).at(-1)
    if (last === undefined) return { number: 1, bytes: 0 }
    await using file = await open(eventFile(this.#folder, last), 'r')
    const { size } = await file.stat()
    const end = Buffer.alloc(1)
    if (size > 0) await file.read(end, 0, 1, size - 1)
    return size === 0 || end.toString() === '\n' ? { number: last, bytes: size } : this.#after(last)
  }

  async #append(lines: readonly string[]): Promise<void> {
    this.#current ??= await this.#begin()
    let current = this.#current
    let batch = ''
    for (const line of lines) {
      const bytes = Buffer.byteLength(line)
      if (current.bytes > 0 && current.bytes + bytes > this.#bounds.fileBytes) {
        await this.#put(current, batch)
        batch = ''
        current = await this.#after(current.number)
        this.#current = current
      }
      batch += line
      current.bytes += bytes
    }
    await this.#put(current, batch)
  }

  async #put({ number }: Current, text: string): Promise<void> {
    if (text !== '') await appendFile(eventFile(this.#folder, number), text, { mode: 0o600 })
  }

  /** Another file; the oldest ones make room for it. */
  async #after(number: number): Promise<Current> {
    const files = await eventFiles(this.#folder)
    for (const old of files.slice(0, Math.max(0, files.length - this.#bounds.files + 1)))
      await rm(eventFile(this.#folder, old), { force: true })
    return { number: number + 1, bytes: 0 }
  }
}

/** The file that is written to. */
interface Current {
  readonly number: number
  bytes: number
}
