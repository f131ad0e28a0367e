/** A small net.tcp client: one connection, one session, one envelope, and what became of them. */
import { connect, type Socket } from 'node:net'
import { isPorticoError, sentenceOf, systemCodeOf } from '#base/errors.ts'
import { encodeSizedEnvelope, end, preambleEnd } from '#framing/envelopes.ts'
import { explainFault, faultOf } from '#framing/faults.ts'
import { encodePreamble } from '#framing/preamble.ts'
import { SessionDecoder, type SessionItem } from '#framing/session-decoder.ts'
import type { Via } from '#framing/via.ts'

/** What one connection brought; times are milliseconds since the connection was asked for. */
export interface ProbeResult {
  readonly outcome: 'replied' | 'refused' | 'closed' | 'unreachable' | 'notFraming' | 'timedOut'
  readonly connectMs?: number
  readonly ackMs?: number
  /** From the request to the whole reply. */
  readonly replyMs?: number
  readonly replyBytes?: number
  /** The fault that was answered: its name, or its URI when it has none. */
  readonly fault?: string
  /** What happened, for a person. */
  readonly meaning?: string
}

/** Milliseconds for connecting, and for each answer; a cold start may take startupTimeLimit of a pool. */
const limits = { connect: 10_000, answer: 180_000 } as const
/** A reply that is announced larger is not read. */
const greatestReply = 64 * 1024 * 1024

/** Opens one session at `via`, sends `envelope`, and ends it in the right order. Rejects only with the signal's reason. */
export async function probeOnce(via: Via, envelope: Uint8Array, signal: AbortSignal): Promise<ProbeResult> {
  signal.throwIfAborted()
  const begin = performance.now()
  const since = (start: number) => Math.round((performance.now() - start) * 100) / 100
  const measured: { -readonly [K in keyof ProbeResult]?: ProbeResult[K] } = {}
  let socket: Socket | undefined
  try {
    socket = await connected(via, signal)
    measured.connectMs = since(begin)
    const answers = new Answers(socket, signal)
    const contentType = 'application/soap+msbinsession1'
    socket.write(Buffer.concat([encodePreamble({ mode: 'duplex', via: via.canonical, contentType }), preambleEnd]))
    const ack = await answers.next()
    if (ack?.is === 'fault') return { ...measured, ...refused(ack.uri) }
    if (ack?.is !== 'preambleAck') return { ...measured, ...closedBeforeAck }
    measured.ackMs = since(begin)
    const asked = performance.now()
    socket.write(encodeSizedEnvelope(envelope))
    const announced = await answers.next()
    if (announced?.is === 'fault') return { ...measured, ...refused(announced.uri) }
    if (announced?.is === 'envelopeAnnounced' && announced.size > greatestReply)
      return {
        ...measured,
        outcome: 'closed',
        meaning: `the reply of ${announced.size} bytes is larger than probe reads`,
      }
    const reply = announced?.is === 'envelopeAnnounced' ? await answers.next() : announced
    if (reply?.is !== 'envelope')
      return {
        ...measured,
        outcome: 'closed',
        meaning: 'the session was accepted, but it ended without a reply: look in the log of the application',
      }
    measured.replyMs = since(asked)
    measured.replyBytes = reply.bytes.byteLength
    socket.write(end)
    await answers.next() // the other End
    return { ...measured, outcome: 'replied' }
  } catch (error) {
    signal.throwIfAborted()
    return { ...measured, ...failed(error) }
  } finally {
    socket?.destroy()
  }
}

const closedBeforeAck = {
  outcome: 'closed',
  meaning:
    'the connection was closed without an answer: too many connections wait there, or it is no net.tcp port; look in the log of the server',
} as const

function refused(uri: string): ProbeResult {
  return { outcome: 'refused', fault: faultOf(uri) ?? uri, meaning: explainFault(uri) }
}

class TimedOut extends Error {}

function failed(error: unknown): ProbeResult {
  if (error instanceof TimedOut) return { outcome: 'timedOut', meaning: error.message }
  if (isPorticoError(error, 'FRAMING_INVALID'))
    return { outcome: 'notFraming', meaning: `what answers is no net.tcp service: ${error.args.problem}` }
  const code = systemCodeOf(error) ?? ''
  return {
    outcome: unreachable[code] ? 'unreachable' : 'closed',
    meaning: unreachable[code] ?? reset[code] ?? sentenceOf(error),
  }
}

const unreachable: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens on that port: is portico serve running, and is the port right?',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name can not be looked up at the moment',
  EHOSTUNREACH: 'the host can not be reached',
  ENETUNREACH: 'the network can not be reached',
  ETIMEDOUT: 'the host does not answer',
}
const reset: Readonly<Record<string, string>> = {
  ECONNRESET:
    'the connection was reset without an answer: too many connections wait there, or it is no net.tcp port; look in the log of the server',
  EPIPE: 'the connection was closed while the request was being sent',
}

function connected(via: Via, signal: AbortSignal): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const host = via.host.startsWith('[') ? via.host.slice(1, -1) : via.host
  const socket = connect({ host, port: via.port, noDelay: true, signal })
  const timer = setTimeout(() => socket.destroy(new TimedOut('the host does not answer')), limits.connect)
  socket.once('connect', () => resolve(socket))
  socket.once('error', reject)
  return promise.finally(() => clearTimeout(timer))
}

/** The records that come back, one by one. */
class Answers {
  readonly #socket: Socket
  readonly #decoder = new SessionDecoder('client', 'duplex')
  readonly #chunks: AsyncIterator<Buffer>
  readonly #signal: AbortSignal

  constructor(socket: Socket, signal: AbortSignal) {
    this.#socket = socket
    this.#signal = signal
    this.#chunks = socket.iterator({ destroyOnReturn: false })[Symbol.asyncIterator]()
  }

  /** The next record; undefined when the connection ends before it. Throws what is no framing, and TimedOut. */
  async next(): Promise<SessionItem | undefined> {
    const timer = setTimeout(
      () => this.#socket.destroy(new TimedOut(`no answer came for ${limits.answer / 1000} s`)),
      limits.answer,
    )
    try {
      for (;;) {
        const item = this.#decoder.next()
        if (item) return item
        const { done, value } = await this.#chunks.next()
        this.#signal.throwIfAborted()
        if (done) return undefined
        this.#decoder.feed(value)
      }
    } finally {
      clearTimeout(timer)
    }
  }
}
