/** An event of the history as a person reads it: one line with when, what, to what, why, who, and how long it took. */
import { humanDuration } from '#base/duration.ts'
import type { JourneyStep } from '#base/errors.ts'
import { timed } from '#base/journey.ts'
import { printable } from '#base/printable.ts'
import type { KeptEvent } from './history.ts'
import { isLifeEvent, lifeEvents } from './life-events.ts'

type Fields = KeptEvent['fields']

export function eventText(fields: Fields): string {
  const { time, event, actor, windowsEventId } = fields
  const name = String(event)
  const parts = [
    localTime(new Date(String(time))),
    [isLifeEvent(name) ? lifeEvents[name] : name, subject(fields)].filter(Boolean).join(' '),
    ...because(fields),
    ...lasted(fields),
    ...(actor === undefined ? [] : [`by ${actor}`]),
    ...(windowsEventId === undefined ? [] : [`Windows event ${windowsEventId}`]),
  ]
  return printable(parts.join('  '))
}

function subject({ worker, pid, pool, app, service, uri, description, count, uid, version }: Fields): string {
  const isOfWorker = worker !== undefined
  return [
    isOfWorker ? worker : undefined,
    isOfWorker || uri !== undefined ? pid !== undefined && `(pid ${pid})` : undefined,
    service,
    uri,
    app !== undefined && (isOfWorker ? `for ${app}` : app),
    pool !== undefined && (isOfWorker || app !== undefined ? `in pool ${pool}` : pool),
    version,
    description,
    count !== undefined && `(${count})`,
    uid !== undefined && `of uid ${uid}`,
  ]
    .filter((part) => part !== undefined && part !== false)
    .join(' ')
}

/** Why, in words where there are some. */
const reasons: Readonly<Record<string, string>> = {
  idle: 'nothing needed it for idleTimeout',
  removed: 'the configuration or the application folder no longer has it',
  recycled: 'another one takes its place',
  shutdown: 'its pool, or Portico, stops',
  startupTimeLimit: 'it was not ready within startupTimeLimit',
  shutdownTimeLimit: 'it did not finish within shutdownTimeLimit',
  channelLost: 'it closed its channel without leaving',
  leftUnasked: 'it left without being asked',
  notResponding: 'it does not answer',
  autoStart: 'its autoStart changed',
  alwaysRunning: 'its pool is always running',
  administrator: 'an administrator asked for it',
  OnDemand: 'an administrator asked for it',
  ConfigChange: 'the configuration or files of an application changed',
  Time: 'it reached its age',
  Requests: 'it served its number of requests',
  Schedule: 'it is the scheduled time',
  Memory: 'it has more virtual memory than it may',
  PrivateMemory: 'it has more private memory than it may',
  recycle: 'it is to take over',
  load: 'the other worker processes of the pool are busy',
}

function because({ why, how, reason, code, connection, via, from }: Fields): string[] {
  const texts = [why, how, reason === 'connection' ? connectionText(connection, via, from) : reason]
  const said = texts.filter((text) => text !== undefined).map((text) => reasons[String(text)] ?? String(text))
  const text = said.join(', ')
  return text === '' ? [] : [code === undefined ? `because: ${text}` : `because: ${text} (${code})`]
}

function connectionText(connection: unknown, via: unknown, from: unknown): string {
  if (connection === undefined) return 'a connection asked for it'
  return `connection ${connection} from ${from} asked for ${via}`
}

function lasted(fields: Fields): string[] {
  const { event, ageMs, waitedMs, afterMs, ranMs, served, open, found, standby, retryMs, journey } = fields
  const turn = waitedMs === undefined ? '' : `, ${duration(waitedMs)} of it waiting for its turn to start`
  const known = found === true ? ' since Portico found it' : ''
  switch (event) {
    case 'worker.ready':
    case 'worker.connected':
      return [`after ${duration(ageMs)}${known}${turn}${standby === true ? ', from standby' : ''}`]
    case 'worker.draining':
      return [`lived ${duration(ageMs)}${known}, served ${served}, ${open} open`]
    case 'worker.exited':
      return [`lived ${duration(ageMs)}${known}, served ${served}${turn}`]
    default:
  }
  if (retryMs !== undefined) return [`the next one in ${duration(retryMs)}`]
  if (afterMs !== undefined) return [`after ${duration(afterMs)}`, ...stepsText(journey)]
  return ranMs === undefined ? [] : [`ran ${duration(ranMs)}`]
}

/** Where the milliseconds went: each step with its own. */
function stepsText(journey: unknown): string[] {
  if (!isJourney(journey)) return []
  return [
    `of these: ${timed(journey)
      .map(({ step, tookMs }) => `${step} ${tookMs.toFixed(1)}`)
      .join(', ')}`,
  ]
}

function isJourney(value: unknown): value is readonly JourneyStep[] {
  if (!Array.isArray(value) || value.length === 0) return false
  return value.every((each) => typeof each?.step === 'string' && typeof each.afterMs === 'number')
}

const duration = (ms: unknown) => (typeof ms === 'number' ? humanDuration(ms) : '?')

/** As `2026-11-26T15:04:05.678+01:00`. */
export function localTime(at: Date): string {
  if (Number.isNaN(at.getTime())) return '?'
  const offset = -at.getTimezoneOffset()
  const wall = new Date(at.getTime() + offset * 60_000).toISOString().slice(0, -1)
  const two = (value: number) => String(Math.trunc(value)).padStart(2, '0')
  return `${wall}${offset < 0 ? '-' : '+'}${two(Math.abs(offset) / 60)}:${two(Math.abs(offset) % 60)}`
}
