/** The service of WSDL files: its contract, with operations and callbacks. */
import { PorticoError } from '#base/errors.ts'
import { Report } from '#config/report.ts'
import { SoapBindings } from './bindings.ts'
import { complain } from './complain.ts'
import { childrenOf, type Element } from './element.ts'
import { Messages } from './messages.ts'
import type { Operation, ServiceModel } from './model.ts'
import { metadataExchange, wsdl } from './namespaces.ts'
import { OperationReader } from './operations.ts'
import { readFiles } from './read-files.ts'
import { SchemaTypes } from './schema-types.ts'

/** A portType: what C# calls a service contract. */
interface PortType {
  readonly name: string
  readonly namespace: string
  readonly element: Element
}

/**
 * Reads the service `name`, or the only one. Throws CONTRACT_UNREADABLE with everything that is wrong, each with file and
 * line.
 */
export async function readService(files: readonly string[], name: string | undefined): Promise<ServiceModel> {
  const report = new Report()
  const { definitions, schemas } = await readFiles(files, report)
  refuse(report) // types of missing files would only be named again
  const portType = choose(definitions, name)
  const messages = new Messages(definitions, new SchemaTypes(schemas, report))
  const bindings = new SoapBindings(definitions, portType, report)
  const reader = new OperationReader(portType, messages, bindings, report)
  const operations: Operation[] = []
  const callbacks: Operation[] = []
  const names = new Set<string>()
  for (const element of childrenOf(portType.element, 'operation', wsdl)) {
    const read = reader.operation(element)
    if (!read) continue
    if (names.has(read.operation.name)) complain(report, element, 'comes twice: operations need names of their own')
    names.add(read.operation.name)
    ;(read.isCallback ? callbacks : operations).push(read.operation)
  }
  refuse(report)
  return { name: portType.name, namespace: portType.namespace, operations, callbacks }
}

function refuse(report: Report): void {
  if (report.problems.length > 0) throw new PorticoError('CONTRACT_UNREADABLE', { problems: report.sentences() })
}

function choose(definitions: readonly Element[], name: string | undefined): PortType {
  const all = definitions.flatMap((each): PortType[] => {
    const namespace = each.attribute('targetNamespace') ?? ''
    if (namespace === metadataExchange) return []
    return childrenOf(each, 'portType', wsdl).map((element) => ({
      name: element.attribute('name') ?? '',
      namespace,
      element,
    }))
  })
  const chosen = name === undefined ? all : all.filter((each) => each.name === name)
  const [only, ...others] = chosen
  if (only && others.length === 0) return only
  const place = definitions[0]?.xml
  const known = all.map((each) => each.name).join(', ')
  const why =
    all.length === 0
      ? 'declares no portType, which is what a service contract is in WSDL'
      : `declares the contracts ${known}: say which one with --service`
  throw new PorticoError('CONTRACT_UNREADABLE', { problems: [`${place?.file}:${place?.line()}: ${why}`] })
}
