/** Why a service could not be called, or its answer not be had. */
import { explainFault, type FaultName, faultOf } from '#framing/faults.ts'

export type CommunicationProblem =
  /** No connection came about. */
  | 'unreachable'
  /** The other side answered with a fault of the framing: `fault` names it. */
  | 'framingFault'
  /** What came is no framing, or no message. */
  | 'protocol'
  /** The connection ended. */
  | 'connectionLost'
  /** It took longer than the limit says. */
  | 'timeout'
  /** A message is over `maxReceivedMessageSize`. */
  | 'tooLarge'
  /** The client was closed, or its one session is over. */
  | 'clientClosed'

interface Details {
  /** The URI of a framing fault. */
  readonly uri?: string
  readonly mayHaveRun?: boolean
  readonly cause?: unknown
}

export class CommunicationError extends Error {
  override readonly name = 'CommunicationError'
  readonly problem: CommunicationProblem
  /** The name of a framing fault, if it is one of the twelve. */
  readonly fault: FaultName | undefined
  /** The URI of a framing fault. */
  readonly uri: string | undefined
  /** Whether the request was on its way already, so that the service may have done what it asks. Such calls aren't repeated. */
  readonly mayHaveRun: boolean

  constructor(problem: CommunicationProblem, says: string, { uri, mayHaveRun = false, cause }: Details = {}) {
    super(says, cause === undefined ? undefined : { cause })
    this.problem = problem
    this.uri = uri
    this.fault = uri === undefined ? undefined : faultOf(uri)
    this.mayHaveRun = mayHaveRun
  }

  /** The same as it concerns a request that was on its way. */
  afterSending(): CommunicationError {
    return this.#again(`no answer, although the request may have been carried out: ${this.message}`, true)
  }

  /** The same as the call of an operation throws it: made where that is awaited, its stack leads to the caller. */
  of(operation: string): CommunicationError {
    return this.#again(`${operation}: ${this.message}`, this.mayHaveRun)
  }

  #again(says: string, mayHaveRun: boolean): CommunicationError {
    const uri = this.uri === undefined ? {} : { uri: this.uri }
    return new CommunicationError(this.problem, says, { ...uri, mayHaveRun, cause: this.cause ?? this })
  }
}

export function framingFault(via: string, uri: string): CommunicationError {
  const name = faultOf(uri)
  return new CommunicationError('framingFault', `${via}: ${name ? `${name}: ` : ''}${explainFault(uri)}`, { uri })
}
