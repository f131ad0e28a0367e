/** What the SOAP bindings of a contract say: styles, headers, and actions where the contract itself says none. */
import type { Report } from '#config/report.ts'
import type { QualifiedName } from '#wcf/contract-names.ts'
import { complain } from './complain.ts'
import { childrenOf, type Element } from './element.ts'
import { soapBindings, wsdl } from './namespaces.ts'

export class SoapBindings {
  /** By the names of operations. */
  readonly #actions = new Map<string, string>()

  /** Reports what no contract in Portico has: RPC, SOAP encoding, headers of messages. */
  constructor(definitions: readonly Element[], portType: QualifiedName, report: Report) {
    const bindings = definitions.flatMap((each) => childrenOf(each, 'binding', wsdl))
    for (const binding of bindings.filter((each) => isOf(each, portType))) {
      for (const soap of soapIn(binding, 'binding')) refuseRpc(soap, report)
      for (const operation of childrenOf(binding, 'operation', wsdl)) {
        const name = operation.attribute('name') ?? ''
        for (const soap of soapIn(operation, 'operation')) {
          refuseRpc(soap, report)
          const action = soap.attribute('soapAction')
          if (action && !this.#actions.has(name)) this.#actions.set(name, action)
        }
        for (const message of operation.children) {
          for (const body of soapIn(message, 'body')) {
            if (body.attribute('use') === 'encoded')
              complain(
                report,
                body,
                'uses SOAP encoding; only document/literal, which is the default of WCF, can be read',
              )
          }
          for (const header of soapIn(message, 'header'))
            complain(report, header, 'is a header of a message contract, which Portico does not have')
        }
      }
    }
  }

  actionOf(operation: string): string | undefined {
    return this.#actions.get(operation)
  }
}

function isOf(binding: Element, { name, namespace }: QualifiedName): boolean {
  const type = binding.resolve(binding.attribute('type') ?? '')
  return type.name === name && type.namespace === namespace
}

const soapIn = (element: Element, name: string) => soapBindings.flatMap((each) => childrenOf(element, name, each))

function refuseRpc(soap: Element, report: Report): void {
  if (soap.attribute('style') !== 'rpc') return
  complain(report, soap, 'is in RPC style; only document/literal, which is the default of WCF, can be read')
}
