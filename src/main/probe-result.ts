/** What is known after one call of a net.tcp service. */

/** What the probe waits for, in this order. */
export type Stage = 'connection' | 'acknowledgement' | 'reply' | 'end'

/** How a call went. All but `replied` are failures. */
export type Outcome =
  | 'replied'
  /** The server answered with a framing fault. */
  | 'fault'
  /** The server ended the session in order, without a reply. */
  | 'ended'
  /** The server closed the connection. */
  | 'closed'
  /** The connection broke; a server that closes with bytes unread looks like this, too. */
  | 'reset'
  | 'unreachable'
  | 'timedOut'
  /** The server speaks something else. */
  | 'notFraming'
  /** The signal of the caller aborted. */
  | 'interrupted'

export interface ProbeResult {
  readonly outcome: Outcome
  /** Where it failed; `end` when nothing did. */
  readonly stage: Stage
  /** Milliseconds to the established connection, with the look-up of the name. */
  readonly connectMs?: number
  /** Milliseconds from the same beginning to the acknowledgement. */
  readonly ackMs?: number
  /** Milliseconds from the envelope to the whole reply. */
  readonly replyMs?: number
  readonly replyBytes?: number
  /** The reply, unless it is over `keepUpTo`. */
  readonly reply?: Buffer
  /** The URI of the framing fault. */
  readonly fault?: string
  /** What the system or the decoder says; for a reply, why the session did not end in order. */
  readonly error?: string
  /** The system's name of a failure. */
  readonly code?: string
  /** What the server speaks instead of net.tcp framing, if it can be told. */
  readonly speaks?: string
  /** Bytes of the server, all together. */
  readonly received: number
  /** Whether the server runs on this machine; undefined without a connection. */
  readonly isHere?: boolean
}

/** Milliseconds for each stage. A cold start may take long; an end that does not come matters little. */
export const probeLimits: Readonly<Record<Stage, number>> = {
  connection: 30_000,
  acknowledgement: 120_000,
  reply: 120_000,
  end: 5000,
}
