/** What `portico probe --journey` shows of the way of one connection: made of facts only. */
import type { Found } from '#activation/connection-journey.ts'
import type { TimedStep } from '#base/journey.ts'

/** Which connection is meant: the address and port of its client, and the port that it came to. */
export interface ConnectionEnds {
  readonly address: string
  readonly port: number
  readonly to: number
}

export type JourneyAnswer =
  /** No such connection has come. */
  { readonly known: false } | ({ readonly known: true } & JourneyStatus)

export interface JourneyStatus {
  /** Its number, as in log and events. */
  readonly connection: number
  /** How it found its worker process; these three are null when it came to none. */
  readonly found: Found | null
  readonly pool: string | null
  readonly worker: string | null
  /** The code of the error when nobody took it. */
  readonly refused: string | null
  /** Whether its way has ended: somebody has taken it, or nobody will. */
  readonly ended: boolean
  /** Milliseconds since it was accepted, and since the step before. */
  readonly steps: readonly TimedStep[]
}
