/**
 * What `portico probe` prints: lines for people, or with `--json` one object a line for each connection.
 *
 * The keys of the object are always there, null where there is nothing to say:
 *
 * | key           | value                                                                                               |
 * |---------------|-----------------------------------------------------------------------------------------------------|
 * | `n`           | number of the connection, from 1                                                                    |
 * | `outcome`     | `replied`, or how it failed: `fault`, `ended`, `closed`, `reset`, `unreachable`, `timedOut`, `notFraming`, `interrupted` |
 * | `cold`        | true when the application was inactive, false when it was active, null when that is unknown         |
 * | `coldUnknown` | why it is unknown                                                                                   |
 * | `connectMs`   | milliseconds to the established connection, with the look-up of the name                            |
 * | `ackMs`       | milliseconds from the same beginning to the acknowledgement                                         |
 * | `replyMs`     | milliseconds from the envelope to the whole reply; a SOAP fault is a reply                          |
 * | `replyBytes`  | size of the reply's content                                                                         |
 * | `fault`       | name of the framing fault, or its URI if it has no name                                             |
 * | `meaning`     | what a failure means                                                                                |
 * | `error`       | what the system or the decoder says; with `replied`, why the session did not end in order           |
 * | `journey`     | with `--journey`: the `JourneyStatus` of the connection                                             |
 * | `journeyUnknown` | with `--journey`: why there is none                                                              |
 */
import type { Temperature } from './probe-cold.ts'
import { journeyLines, type Told } from './probe-journey.ts'
import { faultLabel, meaningOf } from './probe-meaning.ts'
import type { Outcome, ProbeResult, Stage } from './probe-result.ts'
import type { ProbeTarget } from './probe-target.ts'

/** One connection of a probe. */
export interface ProbeRun {
  readonly n: number
  readonly temperature: Temperature
  readonly result: ProbeResult
  /** Undefined when nobody wants it. */
  readonly journey?: Told | undefined
}

export function toJson({ n, temperature, result, journey }: ProbeRun, target: ProbeTarget): string {
  return JSON.stringify({
    n,
    outcome: result.outcome,
    cold: temperature.is === 'unknown' ? null : temperature.is === 'cold',
    coldUnknown: temperature.is === 'unknown' ? temperature.why : null,
    connectMs: rounded(result.connectMs),
    ackMs: rounded(result.ackMs),
    replyMs: rounded(result.replyMs),
    replyBytes: result.replyBytes ?? null,
    fault: result.fault === undefined ? null : faultLabel(result.fault),
    meaning: meaningOf(result, target)?.meaning ?? null,
    error: result.error ?? null,
    journey: journey?.is === 'known' ? journey.journey : null,
    journeyUnknown: journey?.is === 'unknown' ? journey.why : null,
  })
}

/** The lines of a connection; what the one before has explained in the same words is not explained again. */
export function toLines(run: ProbeRun, target: ProbeTarget, before: ProbeRun | undefined): string[] {
  const { n, temperature, result } = run
  const { ackMs, replyMs, replyBytes } = result
  const parts = [
    result.connectMs !== undefined && temperatureLabel(temperature, before?.temperature),
    ackMs !== undefined && `ack ${inMs(ackMs)}`,
    replyMs !== undefined && `reply ${inMs(replyMs)}`,
    replyBytes !== undefined && `(${replyBytes} bytes back)`,
    result.outcome !== 'replied' && failureLabel(result),
  ].filter((part) => part !== false)
  const explained = explanation(result, target)
  const isNew = !before || explanation(before.result, target).join() !== explained.join()
  const more = [...(isNew ? explained : []), ...(run.journey ? journeyLines(run.journey) : [])]
  return [`${n}: ${parts.join('  ')}`, ...more.map((line) => `   ${line}`)]
}

/** How all went, where there was more than one: how many got a reply, and how long that took. */
export function toSummary(results: readonly ProbeResult[], count: number): string[] {
  if (count === 1) return []
  const replied = results.filter(({ outcome }) => outcome === 'replied')
  const untried = count - results.length
  return [
    `${replied.length} of ${count} connections got a reply${untried > 0 ? `; ${untried} were not tried` : ''}`,
    ...distribution('ack  ', results, 'ackMs'),
    ...distribution('reply', results, 'replyMs'),
  ]
}

function temperatureLabel(temperature: Temperature, before: Temperature | undefined): string {
  if (temperature.is !== 'unknown') return temperature.is
  return before?.is === 'unknown' && before.why === temperature.why ? 'unknown' : `unknown (${temperature.why})`
}

const failureLabels: Readonly<Record<Exclude<Outcome, 'replied'>, (stage: Stage, result: ProbeResult) => string>> = {
  fault: (stage, { fault = '' }) => `fault ${faultLabel(fault)} instead of the ${stage}`,
  ended: (stage) => `session ended instead of the ${stage}`,
  closed: (stage) => `closed instead of the ${stage}`,
  reset: (stage, { code }) => `broken before the ${stage}${code ? ` (${code})` : ''}`,
  unreachable: (_, { code }) => `no connection${code ? ` (${code})` : ''}`,
  timedOut: (stage) => `no ${stage} in time`,
  notFraming: (stage) => `no net.tcp framing instead of the ${stage}`,
  interrupted: (stage) => `interrupted before the ${stage}`,
}

function failureLabel(result: ProbeResult): string {
  return result.outcome === 'replied' ? '' : failureLabels[result.outcome](result.stage, result)
}

function explanation(result: ProbeResult, target: ProbeTarget): string[] {
  if (result.outcome === 'interrupted') return []
  const meaning = meaningOf(result, target)
  if (!meaning) return result.error === undefined ? [] : [result.error]
  return [meaning.meaning, meaning.hint, result.outcome === 'notFraming' ? (result.error ?? '') : ''].filter(Boolean)
}

function distribution(label: string, results: readonly ProbeResult[], key: 'ackMs' | 'replyMs'): string[] {
  const times = results.flatMap(({ [key]: ms }) => (ms === undefined ? [] : [ms])).sort((a, b) => a - b)
  if (times.length === 0) return []
  return [
    `${label}  median ${inMs(quantile(times, 0.5))}  p99 ${inMs(quantile(times, 0.99))}  max ${inMs(quantile(times, 1))}`,
  ]
}

/** The smallest time that so great a part of all is not above. */
export function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN
}

function inMs(ms: number): string {
  return `${ms.toFixed(2)} ms`
}

function rounded(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.round(ms * 100) / 100
}
