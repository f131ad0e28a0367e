/** The faults that a message gets before, or instead of, an operation: codes and actions are those of WCF's dispatcher. */
import { type FaultCode, type SoapFault, soapCode } from './fault.ts'
import type { QualifiedName } from './headers.ts'
import { addressing, dispatcher } from './names.ts'

const ofAddressing = (name: string, subcode?: FaultCode): FaultCode => ({
  name,
  namespace: addressing.namespace.text,
  subcode,
})
const ofDispatcher = (name: string): FaultCode => ({ name, namespace: dispatcher.namespace })

export function actionNotSupported(action: string, contract: string): SoapFault {
  return {
    action: addressing.faultAction,
    code: soapCode('Sender', ofAddressing('ActionNotSupported')),
    reason: `The message with Action '${action}' cannot be processed: the contract ${contract} has no operation with it. Check that sender and receiver have the same contract.`,
  }
}

export function headerMissing(name: string): SoapFault {
  return {
    action: addressing.faultAction,
    code: soapCode('Sender', ofAddressing('MessageAddressingHeaderRequired')),
    reason: `The message needs the addressing header ${name}.`,
  }
}

export function headerTwice(name: string): SoapFault {
  return {
    action: addressing.faultAction,
    code: soapCode('Sender', ofAddressing('InvalidAddressingHeader', ofAddressing('InvalidCardinality'))),
    reason: `The addressing header ${name} is there more than once.`,
  }
}

export function notUnderstood(headers: readonly QualifiedName[]): SoapFault {
  const names = headers.map(({ name, namespace }) => `${name} of ${namespace || 'no namespace'}`).join(', ')
  return {
    action: addressing.soapFaultAction,
    code: soapCode('MustUnderstand'),
    reason: `The message has headers that must be understood and are not: ${names}.`,
    notUnderstood: headers,
  }
}

/** The body is not what the contract says, or can't be read. */
export function deserializationFailed(why: string): SoapFault {
  return {
    action: dispatcher.faultAction,
    code: soapCode('Sender', ofDispatcher('DeserializationFailed')),
    reason: `The message could not be read: ${why}.`,
  }
}

export function internalServiceFault(reason: string, detail?: SoapFault['detail']): SoapFault {
  return {
    action: dispatcher.faultAction,
    code: soapCode('Receiver', ofDispatcher('InternalServiceFault')),
    reason,
    detail,
  }
}
