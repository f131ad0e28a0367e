/** What an operation throws, as the fault that its client gets. */
import { dictionaryString } from '#encoding/dictionary-string.ts'
import type { XmlWriter } from '#encoding/xml-writer.ts'
import type { FaultCode, SoapFault } from '#soap/fault.ts'
import { internalServiceFault } from '#soap/known-faults.ts'
import { addressing } from '#soap/names.ts'
import type { FaultMessage, OperationMessages } from './service-contract.ts'
import type { WcfFault } from './wcf-fault.ts'

/** Throws TypeError for a fault whose detail the operation doesn't declare. */
export function faultOf(operation: OperationMessages, thrown: WcfFault): SoapFault {
  const declared = detailOf(operation, thrown)
  const { detail } = thrown
  return {
    action: thrown.action ?? declared?.action ?? addressing.soapFaultAction,
    code: codeOf(thrown),
    reason: thrown.message,
    detail: declared && ((writer) => declared.part.write(writer, declared.name, declared.namespace, detail)),
  }
}

function detailOf({ name, faults }: OperationMessages, { fault, detail }: WcfFault): FaultMessage | undefined {
  if (fault === undefined && detail === undefined) return undefined
  const [first, ...others] = [...faults.values()]
  const declared = fault === undefined && others.length === 0 ? first : faults.get(fault ?? '')
  if (declared) return declared
  const known = [...faults.keys()].join(', ') || 'none'
  throw new TypeError(
    `the operation ${name} threw a fault with a detail of ${fault ?? 'unnamed'}; its faults are: ${known}`,
  )
}

function codeOf({ code, subcode }: WcfFault): FaultCode {
  return typeof code === 'string' ? { name: code, namespace: '', subcode } : { subcode, ...code }
}

const notTold =
  'The service could not process the request because of an internal error. What it was stands in the log of the service; ' +
  'includeExceptionDetailInFaults lets the service tell its clients.'

/** An error that was not meant for the client: without its message, unless the service says so. */
export function unexpectedFault(error: unknown, includeDetail: boolean): SoapFault {
  if (!includeDetail) return internalServiceFault(notTold)
  return internalServiceFault(messageOf(error), (writer) => writeExceptionDetail(writer, error))
}

const names = {
  namespace: dictionaryString('http://schemas.datacontract.org/2004/07/System.ServiceModel'),
  instance: dictionaryString('http://www.w3.org/2001/XMLSchema-instance'),
  nil: dictionaryString('nil'),
  exceptionDetail: dictionaryString('ExceptionDetail'),
  helpLink: dictionaryString('HelpLink'),
  innerException: dictionaryString('InnerException'),
  message: dictionaryString('Message'),
  stackTrace: dictionaryString('StackTrace'),
  type: dictionaryString('Type'),
} as const

/** Causes of causes, at most. */
const deepest = 8

/** What .NET reads as `ExceptionDetail`. */
function writeExceptionDetail(writer: XmlWriter, error: unknown): void {
  writer.startElement('', names.exceptionDetail, names.namespace)
  writer.declareNamespace('i', names.instance)
  writeException(writer, error, deepest)
  writer.endElement()
}

function writeException(writer: XmlWriter, error: unknown, depth: number): void {
  const isError = error instanceof Error
  const text = (name: (typeof names)['message'], value: string | undefined) => {
    writer.startElement('', name, names.namespace)
    if (value === undefined) writer.attribute('i', names.nil, names.instance, { kind: 'bool', value: true })
    else writer.value(value)
    writer.endElement()
  }
  text(names.helpLink, undefined)
  if (isError && error.cause !== undefined && depth > 0) {
    writer.startElement('', names.innerException, names.namespace)
    writeException(writer, error.cause, depth - 1)
    writer.endElement()
  } else {
    text(names.innerException, undefined)
  }
  text(names.message, messageOf(error))
  text(names.stackTrace, isError ? error.stack : undefined)
  text(names.type, isError ? error.name : typeof error)
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))
