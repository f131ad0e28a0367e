/** One call of a net.tcp service: preamble, acknowledgement, one envelope, its reply, the end; each with its time. */
import { randomUUID } from 'node:crypto'
import { type Clock, systemClock } from '#base/clock.ts'
import { encodeSizedEnvelope, end, preambleEnd } from '#framing/envelopes.ts'
import { encodePreamble } from '#framing/preamble.ts'
import { type Closed, ProbeConnection } from './probe-connection.ts'
import { encodeProbeRequest } from './probe-envelope.ts'
import { failureOf, TimeIsUp } from './probe-failure.ts'
import { type ProbeResult, probeLimits, type Stage } from './probe-result.ts'
import type { ProbeTarget } from './probe-target.ts'

export interface ProbeOptions {
  readonly clock?: Clock
  readonly contentType?: string
  /** What is sent instead of the probe's own message. */
  readonly envelope?: Uint8Array
  /** Is called when the connection is there, before a byte is sent; the time until it resolves doesn't count. */
  connected?(connection: Pick<ProbeConnection, 'ends' | 'staysHere'>): Promise<void>
  /** Replies over so many bytes are counted and not kept. */
  readonly keepUpTo?: number
}

const largestKept = 16 * 1024 * 1024

/** The encoding that WCF's buffered net.tcp clients use. */
export const probeEncoding = 'application/soap+msbinsession1'

/** A request that no service has an operation for: it answers with a SOAP fault, and nothing is done. */
export function probeMessage(via: string): Buffer {
  return encodeProbeRequest({
    action: 'urn:portico:probe',
    messageId: randomUUID(),
    to: via,
    operation: 'Probe',
    namespace: 'urn:portico',
    parameter: 'text',
    value: 'hello',
  })
}

type Measured = { -readonly [Key in keyof ProbeResult]?: ProbeResult[Key] }

/** Never throws for what network, server or signal do: what was measured until then is in the result. */
export async function probeOnce(target: ProbeTarget, options: ProbeOptions, signal: AbortSignal): Promise<ProbeResult> {
  const { clock = systemClock, contentType = probeEncoding, envelope = probeMessage(target.via) } = options
  const measured: Measured = {}
  let stage: Stage = 'connection'
  let connection: ProbeConnection | undefined

  const within = async <T>(next: Stage, work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    stage = next
    const limit = new AbortController()
    using _timer = clock.after(probeLimits[next], () => limit.abort(new TimeIsUp()))
    return await work(AbortSignal.any([signal, limit.signal]))
  }

  try {
    let began = clock.elapsed()
    connection = await within('connection', (either) => ProbeConnection.open(target, either))
    using open = connection
    measured.connectMs = clock.elapsed() - began
    measured.isHere = open.staysHere
    if (options.connected) {
      const paused = clock.elapsed()
      await options.connected(open)
      began += clock.elapsed() - paused
    }

    open.write(Buffer.concat([encodePreamble({ mode: 'duplex', via: target.via, contentType }), preambleEnd]))
    const answer = await within('acknowledgement', (either) => open.next(either))
    if (answer.is !== 'preambleAck') return { ...measured, ...refusal(answer), stage, received: open.received }
    measured.ackMs = clock.elapsed() - began

    const sent = clock.elapsed()
    open.write(encodeSizedEnvelope(envelope))
    const refused = await within('reply', (either) => readReply(open, options, measured, either))
    if (refused) return { ...measured, ...refusal(refused), stage, received: open.received }
    measured.replyMs = clock.elapsed() - sent

    open.write(end)
    const unended = await within('end', (either) => readEnd(open, either))
    return { ...measured, outcome: 'replied', stage, received: open.received, ...(unended && { error: unended }) }
  } catch (error) {
    const failure = failureOf(error, stage, connection?.undecoded, signal)
    return { ...measured, ...failure, stage, received: connection?.received ?? 0 }
  }
}

type Answer = Awaited<ReturnType<ProbeConnection['next']>>

/** Reads the reply into `measured`; gives what came instead of one. */
async function readReply(
  connection: ProbeConnection,
  { keepUpTo = largestKept }: ProbeOptions,
  measured: Measured,
  signal: AbortSignal,
): Promise<Answer | undefined> {
  const announced = await connection.next(signal)
  if (announced.is !== 'envelopeAnnounced') return announced
  if (announced.size > keepUpTo) {
    if (!(await connection.skip(announced.size, signal))) return { is: 'closed' } satisfies Closed
  } else {
    const reply = await connection.next(signal)
    if (reply.is !== 'envelope') return reply
    measured.reply = reply.bytes
  }
  measured.replyBytes = announced.size
  return undefined
}

/** Passes over further messages to the End; gives what came instead. */
async function readEnd(connection: ProbeConnection, signal: AbortSignal): Promise<string | undefined> {
  for (;;) {
    const item = await connection.next(signal)
    if (item.is === 'end') return undefined
    if (item.is === 'closed') return 'the server closed without ending the session'
    if (item.is === 'fault') return `the server ended the session with the fault ${item.uri}`
    if (item.is === 'envelopeAnnounced') await connection.skip(item.size, signal)
  }
}

function refusal(answer: Answer): Pick<ProbeResult, 'outcome' | 'fault' | 'error'> {
  if (answer.is === 'fault') return { outcome: 'fault', fault: answer.uri }
  if (answer.is === 'end') return { outcome: 'ended' }
  if (answer.is === 'closed') return { outcome: 'closed' }
  return { outcome: 'notFraming', error: `the answer ${answer.is} was not asked for` }
}
