/** A contract made ready: operations by action, with the names, actions and bodies of their messages. */
import type { z } from 'zod'
import { type DictionaryString, dictionaryString } from '#encoding/dictionary-string.ts'
import { clrNamespace } from './contract-names.ts'
import { type Part, partOf } from './data-contract.ts'
import type { FaultContract, OperationContext, OperationDeclaration, ServiceDeclaration } from './definition.ts'
import { MessageBody } from './message-body.ts'
import { rootNameOf } from './root-name.ts'
import { isStream } from './stream.ts'

/** The messages of an operation, whoever offers it. */
export interface OperationMessages {
  readonly name: string
  readonly action: DictionaryString
  readonly request: MessageBody
  readonly isOneWay: boolean
  readonly replyAction: DictionaryString
  readonly reply: MessageBody
  /** The name of the result's element; undefined where there is no result, or it is a stream. */
  readonly result: string | undefined
  readonly faults: ReadonlyMap<string, FaultMessage>
}

export interface FaultMessage {
  readonly action: DictionaryString
  readonly name: DictionaryString
  readonly namespace: DictionaryString
  readonly part: Part
}

export interface ServiceOperation extends OperationMessages {
  run(input: unknown, context: OperationContext): unknown
}

export interface Contract {
  readonly name: string
  readonly operations: ReadonlyMap<string, ServiceOperation>
  readonly callbacks: readonly OperationMessages[]
  readonly hasStreams: boolean
}

/** A service as it is declared, its types forgotten. */
export interface DeclaredService extends ServiceDeclaration {
  readonly operations: Readonly<
    Record<string, OperationDeclaration & { run(input: unknown, context: OperationContext): unknown }>
  >
}

export const defaultNamespace = 'http://tempuri.org/'

/** Throws TypeError for what makes no contract. */
export function contractOf(service: DeclaredService): Contract {
  const operations = new Map<string, ServiceOperation>()
  for (const [name, declared] of Object.entries(service.operations)) {
    const messages = messagesOf(service, name, declared)
    const { text: action } = messages.action
    const other = operations.get(action)
    if (other) throw new TypeError(`${service.name}: ${other.name} and ${name} have the same action ${action}`)
    operations.set(action, { ...messages, run: (input, context) => declared.run(input, context) })
  }
  const callbacks = callbacksOf(service)
  const hasStreams = [...operations.values()].some(({ request, reply }) => request.stream ?? reply.stream)
  return { name: service.name, operations, callbacks, hasStreams }
}

/** The messages of the operations, in their order. Throws TypeError for what makes no contract. */
export function operationsOf(service: ServiceDeclaration): readonly OperationMessages[] {
  return Object.entries(service.operations).map(([name, declared]) => messagesOf(service, name, declared))
}

/** The same of the callbacks. */
export function callbacksOf(service: ServiceDeclaration): readonly OperationMessages[] {
  return Object.entries(service.callbacks ?? {}).map(([name, declared]) => messagesOf(service, name, declared))
}

function messagesOf(service: ServiceDeclaration, name: string, declared: OperationDeclaration): OperationMessages {
  const namespaces = { namespace: service.namespace ?? defaultNamespace, dataNamespace: dataNamespaceOf(service) }
  const { in: input = {}, out, oneWay: isOneWay = false, faults = {} } = declared
  if (isOneWay && (out || Object.keys(faults).length > 0)) {
    throw new TypeError(`${service.name}.${name} is one-way: it can have neither out nor faults`)
  }
  const action = declared.action ?? actionOf(service, name)
  const resultName = `${name}Result`
  const result = out === undefined || isStream(out) ? undefined : resultName
  const outBody = isStream(out) ? out : out === undefined ? {} : { [resultName]: out }
  return {
    name,
    action: dictionaryString(action),
    request: new MessageBody(name, namespaces, input, 'stream'),
    isOneWay,
    replyAction: dictionaryString(declared.replyAction ?? actionOf(service, `${name}Response`)),
    reply: new MessageBody(`${name}Response`, namespaces, outBody, resultName),
    result,
    faults: new Map(Object.entries(faults).map(([each, fault]) => [each, faultOf(service, name, each, fault)])),
  }
}

function dataNamespaceOf({ dataNamespace = clrNamespace('') }: ServiceDeclaration): string {
  return dataNamespace
}

/** As WCF forms it, callbacks included: from the service's contract and the name. */
export function actionOf(
  { name: contract, namespace = defaultNamespace }: Pick<ServiceDeclaration, 'name' | 'namespace'>,
  name: string,
): string {
  if (namespace === '') return `urn:${contract}/${name}`
  return `${namespace}${namespace.endsWith('/') ? '' : '/'}${contract}/${name}`
}

function faultOf(
  service: ServiceDeclaration,
  operation: string,
  key: string,
  written: FaultContract | z.ZodType,
): FaultMessage {
  const fault: FaultContract = '_zod' in written ? { detail: written } : written
  const { detail, action = actionOf(service, `${operation}${key}Fault`) } = fault
  const dataNamespace = dataNamespaceOf(service)
  const root = rootNameOf(detail, dataNamespace) ?? { name: key, namespace: dataNamespace }
  return {
    action: dictionaryString(action),
    name: dictionaryString(fault.name ?? root.name),
    namespace: dictionaryString(fault.namespace ?? root.namespace),
    part: partOf(detail, dataNamespace),
  }
}
