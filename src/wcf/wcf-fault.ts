/** A fault that an operation means its client to get, or that a client answered to a callback. */
import type { FaultCode } from '#soap/fault.ts'

export interface WcfFaultOptions {
  /** A sentence for people: what `FaultException.Message` is. */
  readonly reason: string
  /** Whose fault it is: `Sender`, unless given, or `Receiver`. Or another one, as `new FaultCode(…)` takes it. */
  readonly code?: string | FaultCode
  readonly subcode?: FaultCode
  /** What its type in `faults` of the operation says. */
  readonly detail?: unknown
  /** Which of the operation's `faults` the detail is; needed where there are several. */
  readonly fault?: string
  /** That of the fault contract, or SOAP's, unless given. */
  readonly action?: string
}

export class WcfFault extends Error {
  override readonly name = 'WcfFault'
  readonly code: string | FaultCode
  readonly subcode: FaultCode | undefined
  readonly detail: unknown
  readonly fault: string | undefined
  readonly action: string | undefined

  constructor({ reason, code, subcode, detail, fault, action }: WcfFaultOptions) {
    super(reason)
    this.code = code ?? 'Sender'
    this.subcode = subcode
    this.detail = detail
    this.fault = fault
    this.action = action
  }
}
