/** What is wrong with an answer, to the caller of a service. */
import { EncodingError } from '#encoding/encoding-error.ts'
import { CommunicationError } from '#net-tcp-client/communication-error.ts'
import { MessageError } from '#soap/message-error.ts'
import { ContractError } from './contract-error.ts'

/** The error as it is, unless it tells of an answer that can't be read. */
export function unreadable(operation: string, cause: unknown): unknown {
  const isOfAnswer = cause instanceof EncodingError || cause instanceof MessageError || cause instanceof ContractError
  if (!isOfAnswer) return cause
  const says = `the answer to ${operation} could not be read: ${cause.message}`
  return new CommunicationError('protocol', says, { mayHaveRun: true, cause })
}
