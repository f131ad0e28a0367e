/** Writes events: as JSON lines to the log of the home, and as readable lines to standard error. */
import pino from 'pino'
import { PorticoError } from '#base/errors.ts'
import type { Log, LogFields } from '#base/log.ts'

/** A log and its end; `close` writes what is still held. */
export interface OpenLog extends Log {
  close(): void
}

export function openLog(file: string, readable: NodeJS.WritableStream | undefined): OpenLog {
  const destination = pino.destination({ dest: file, append: true, mkdir: true, sync: false, mode: 0o600 })
  destination.on('error', (error: Error) =>
    process.stderr.write(`portico: ${file} can't be written: ${error.message}\n`),
  )
  const streams: pino.StreamEntry[] = [{ stream: destination }]
  if (readable) streams.push({ stream: { write: (line: string) => void readable.write(`${toReadable(line)}\n`) } })
  const logger = pino(
    { base: null, messageKey: 'event', timestamp: pino.stdTimeFunctions.isoTime },
    pino.multistream(streams),
  )
  let isOpen = true
  const at =
    (level: 'info' | 'warn' | 'error') =>
    (event: string, fields: LogFields = {}) => {
      if (isOpen) logger[level](flat(fields), event)
    }
  return {
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    close() {
      isOpen = false
      try {
        destination.flushSync()
      } catch {
        // a file that was never opened has nothing to write
      }
      destination.end()
    },
  }
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

const levels: Readonly<Record<number, string>> = { 30: 'info ', 40: 'warn ', 50: 'error' }
const unshown = new Set(['level', 'time', 'event', 'reason', 'remedy', 'journey', 'lastOutput', 'code'])

/** One event as a person reads it. */
function toReadable(line: string): string {
  const event = JSON.parse(line) as Record<string, unknown>
  const time = String(event.time).slice(11, 23)
  const details = Object.entries(event)
    .filter(([key, value]) => !unshown.has(key) && value !== undefined)
    .map(([key, value]) => `${key}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
  const { level, code, reason, remedy, lastOutput } = event
  const head = [time, levels[Number(level)] ?? 'info ', event.event, ...details].join(' ')
  const more = [
    reason !== undefined && `${code === undefined ? '' : `${code}: `}${reason}`,
    remedy !== undefined && `to do: ${remedy}`,
    lastOutput !== undefined && `its last output: ${lastOutput}`,
  ].filter((text) => text !== false)
  return [head, ...more.map((text) => `    ${String(text).replaceAll('\n', '\n    ')}`)].join('\n')
}

/** The catalogue's sentence and remedy of anything thrown, for a person at a terminal. */
export function explain(thrown: unknown): string {
  if (!(thrown instanceof PorticoError))
    return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
  return `${thrown.message}\n  ${thrown.remedy} (${thrown.code})`
}
