/** What a shared port counts; the names are those of the Windows sharing service's performance counters. */
export interface Counters {
  connectionsAccepted: number
  connectionsDispatched: number
  /** Bytes that are no preamble, preambles that don't come in time, too many being read. */
  protocolFailures: number
  /** Connections that were routed and reached no worker process. */
  dispatchFailures: number
  /** Connections for which nothing is registered. */
  notFound: number
}

export const noCounts = (): Counters => ({
  connectionsAccepted: 0,
  connectionsDispatched: 0,
  protocolFailures: 0,
  dispatchFailures: 0,
  notFound: 0,
})
