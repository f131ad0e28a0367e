/** Writes events: as JSON lines to the log of the home, as readable lines to standard error, and those of lives to the history. */
import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import pino from 'pino'
import { PorticoError, sentenceOf } from '#base/errors.ts'
import type { Log, LogFields } from '#base/log.ts'
import { printable, printableLines } from '#base/printable.ts'
import { actorOf, isLifeEvent } from './life-events.ts'

/** A log and its end. */
export interface OpenLog extends Log {
  close(): void
}

/** Takes lines with their line feeds. */
export interface LineTaker {
  write(line: string): void
}

export function openLog(
  file: string,
  readable: NodeJS.WritableStream | undefined,
  history?: LineTaker,
  longest = longestLog,
): OpenLog {
  readable?.on('error', () => {}) // nobody may be there to read it any more
  const destination = new LogFile(file, longest, (problem) => readable?.write(`portico: ${problem}\n`))
  const streams: pino.StreamEntry[] = [{ stream: destination }]
  if (readable) streams.push({ stream: { write: (line: string) => void readable.write(`${toReadable(line)}\n`) } })
  const logger = pino(shape, pino.multistream(streams))
  const historian = history && pino(shape, { write: (line: string) => history.write(withoutControls(line)) })
  const at =
    (level: 'info' | 'warn' | 'error') =>
    (event: string, fields: LogFields = {}) => {
      const flattened = flat(fields)
      logger[level](flattened, event)
      if (historian && isLifeEvent(event))
        historian[level](bounded({ actor: actorOf(event, fields), ...flattened }), event)
    }
  return {
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    close: () => destination.close(),
  }
}

/** A pid is that of whoever an event tells of: Portico's own beside it would be taken for that. */
const shape = { base: null, messageKey: 'event', timestamp: pino.stdTimeFunctions.isoTime }

/** So many characters of a text, and steps of a journey, are kept in the history: the log has all of it. */
const keptOfText = 2_048
const keptSteps = 40

function bounded(fields: Record<string, unknown>): Record<string, unknown> {
  const { lastOutput: _, ...kept } = fields
  return Object.fromEntries(Object.entries(kept).map(([key, value]) => [key, boundedValue(key, value)]))
}

function boundedValue(key: string, value: unknown): unknown {
  if (typeof value === 'string') return value.slice(0, keptOfText)
  return key === 'journey' && Array.isArray(value) ? value.slice(0, keptSteps) : value
}

/** So many bytes the log has; then it becomes the older one of two files. */
const longestLog = 32 * 1024 * 1024

/**
 * Appends lines to a file, and to another one when that is long. One that can't be written is left out, and that is said
 * once until it works again.
 */
class LogFile {
  readonly #path: string
  readonly #longest: number
  readonly #complain: (problem: string) => void
  #file: number | undefined
  /** Its bytes. */
  #length = 0
  #isFailing = false

  constructor(path: string, longest: number, complain: (problem: string) => void) {
    this.#path = path
    this.#longest = longest
    this.#complain = complain
  }

  write(line: string): void {
    try {
      if (this.#length > this.#longest) this.#beginAnother()
      this.#file ??= this.#open()
      this.#length += writeSync(this.#file, withoutControls(line))
      this.#isFailing = false
    } catch (error) {
      if (!this.#isFailing) this.#complain(`${this.#path} can't be written: ${sentenceOf(error)}`)
      this.#isFailing = true
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }

  #open(): number {
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 })
    const file = openSync(this.#path, 'a', 0o600)
    this.#length = fstatSync(file).size
    return file
  }

  #beginAnother(): void {
    this.close()
    try {
      renameSync(this.#path, `${this.#path}.1`)
    } catch {
      // Then it is longer than it should be.
    }
  }
}

/** What JSON lets stand and a terminal obeys, as JSON escapes it: the log is read with `cat`, too. */
export function withoutControls(line: string): string {
  return line.replaceAll(obeyed, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** An error as fields that can be searched: what happened, what to do, and how it came to it. */
function flat({ error, ...fields }: LogFields): Record<string, unknown> {
  if (error === undefined) return fields
  if (!(error instanceof PorticoError))
    return { ...fields, reason: error instanceof Error ? error.message : String(error) }
  const { code, message, remedy, journey, lastOutput, reply, windowsEventId } = error
  return {
    ...argumentsOf(error),
    ...(windowsEventId !== undefined && { windowsEventId }),
    ...fields,
    code,
    reason: message,
    remedy,
    reply,
    ...(journey.length > 0 && { journey }),
    ...(lastOutput !== '' && { lastOutput }),
  }
}

/** The arguments that are log keys themselves. */
function argumentsOf(error: PorticoError): Record<string, unknown> {
  const { app, pool, via, worker } = (error.args ?? {}) as Record<string, unknown>
  return Object.fromEntries(Object.entries({ app, pool, via, worker }).filter(([, value]) => value !== undefined))
}

const obeyed = /[\u007f-\u009f\u2028\u2029]|\p{Bidi_Control}/gu
const levels: Readonly<Record<number, string>> = { 30: 'info ', 40: 'warn ', 50: 'error' }
const unshown = new Set(['level', 'time', 'pid', 'event', 'reason', 'remedy', 'journey', 'lastOutput', 'code'])

/** One event as a person reads it. */
function toReadable(line: string): string {
  const event = JSON.parse(line) as Record<string, unknown>
  const time = String(event.time).slice(11, 23)
  const details = Object.entries(event)
    .filter(([key, value]) => !unshown.has(key) && value !== undefined)
    .map(([key, value]) => `${key}=${printable(typeof value === 'object' ? JSON.stringify(value) : String(value))}`)
  const { level, code, reason, remedy, lastOutput } = event
  const head = [time, levels[Number(level)] ?? 'info ', event.event, ...details].join(' ')
  const more = [
    reason !== undefined && `${code === undefined ? '' : `${code}: `}${reason}`,
    remedy !== undefined && `to do: ${remedy}`,
    lastOutput !== undefined && `its last output: ${lastOutput}`,
  ].filter((text) => text !== false)
  return [head, ...more.map((text) => `    ${printableLines(text).replaceAll('\n', '\n    ')}`)].join('\n')
}

/** The catalogue's sentence and remedy of anything thrown, for a person at a terminal. */
export function explain(thrown: unknown): string {
  if (!(thrown instanceof PorticoError))
    return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
  return `${thrown.message}\n  ${thrown.remedy} (${thrown.code})`
}
