/** What ended a call before its reply, as an outcome. */
import { isPorticoError, sentenceOf, systemCodeOf } from '#base/errors.ts'
import type { ProbeResult, Stage } from './probe-result.ts'

/** Why a stage ended before its time. */
export class TimeIsUp extends Error {}

type Failure = Pick<ProbeResult, 'outcome' | 'error' | 'code' | 'speaks'>

/** The outcome that an error at `stage` is; `undecoded` are the bytes of the server from the one on that made no sense. */
export function failureOf(error: unknown, stage: Stage, undecoded: Buffer | undefined, signal: AbortSignal): Failure {
  const timedOut = error instanceof TimeIsUp
  // The reply is there: how the session ends changes nothing.
  if (stage === 'end') {
    if (signal.aborted) return { outcome: 'replied', error: 'interrupted before the session had ended' }
    return { outcome: 'replied', error: timedOut ? 'the server did not end the session in time' : sentenceOf(error) }
  }
  if (signal.aborted) return { outcome: 'interrupted' }
  if (timedOut) return { outcome: 'timedOut' }
  const code = systemCodeOf(error)
  if (isPorticoError(error, 'FRAMING_INVALID')) {
    const speaks = protocolOf(undecoded ?? Buffer.alloc(0))
    return { outcome: 'notFraming', error: error.message, ...(speaks && { speaks }) }
  }
  return {
    outcome: stage === 'connection' ? 'unreachable' : 'reset',
    error: sentencesOf(error),
    ...(code !== undefined && { code }),
  }
}

/** A name with several addresses fails once for each. */
function sentencesOf(error: unknown): string {
  return error instanceof AggregateError ? error.errors.map(sentenceOf).join('; ') : sentenceOf(error)
}

/** Guesses by the first bytes what a server speaks. */
function protocolOf(bytes: Buffer): string | undefined {
  const start = bytes.subarray(0, 5).toString('latin1')
  if (start.startsWith('HTTP'.slice(0, start.length || 1)) || /^\s*</.test(start)) return 'HTTP'
  if (start.startsWith('SSH-')) return 'SSH'
  return bytes[1] === 3 && (bytes[0] === 0x15 || bytes[0] === 0x16) ? 'TLS' : undefined
}
