/** Operations of a portType, with the messages and faults that they name. */
import type { Report } from '#config/report.ts'
import { type QualifiedName, schemaNamespace, serializationNamespace } from '#wcf/contract-names.ts'
import { actionOf } from '#wcf/service-contract.ts'
import type { SoapBindings } from './bindings.ts'
import { complain } from './complain.ts'
import { childrenOf, type Element } from './element.ts'
import type { Body, Messages } from './messages.ts'
import type { Fault, Operation, Type } from './model.ts'
import { addressing, wsdl } from './namespaces.ts'

interface ReadOperation {
  readonly operation: Operation
  /** Whether it is the client that answers. */
  readonly isCallback: boolean
}

export class OperationReader {
  readonly #contract: QualifiedName
  readonly #messages: Messages
  readonly #bindings: SoapBindings
  readonly #report: Report

  constructor(contract: QualifiedName, messages: Messages, bindings: SoapBindings, report: Report) {
    this.#contract = contract
    this.#messages = messages
    this.#bindings = bindings
    this.#report = report
  }

  /** Undefined for one that was reported. */
  operation(element: Element): ReadOperation | undefined {
    const name = element.attribute('name') ?? ''
    const responseName = `${name}Response`
    const isMessage = (child: Element) => child.name === 'input' || child.name === 'output'
    const [request, reply] = element.children.filter((child) => child.namespace === wsdl && isMessage(child))
    if (!request) return this.#refuse(element, 'has neither an input nor an output')
    const isCallback = request.name === 'output'
    const [asked, answered] = [this.#messages.body(request), reply && this.#messages.body(reply)]
    if (!asked || (reply && !answered)) return undefined
    // Mono's exporter writes the names of callbacks the wrong way round; the messages have the right ones.
    const isSwapped = isCallback && isNamed(asked, responseName) && (!answered || isNamed(answered, name))
    if (!isSwapped && !this.#areNamed(name, asked, answered)) return undefined
    if (answered && !this.#isResult(name, answered)) return undefined
    if (asked.members.length > 1 && asked.members.some(({ type }) => type.is === 'stream')) {
      return this.#refuse(asked.wrapper, 'has parameters beside a stream, which WCF does not have either')
    }
    const faults = childrenOf(element, 'fault', wsdl).flatMap((fault) => this.#fault(name, fault))
    if (!reply && faults.length > 0) return this.#refuse(element, 'has faults without having an answer')
    const action = actionAttribute(request) ?? (isCallback ? undefined : this.#bindings.actionOf(name))
    const operation: Operation = {
      name,
      in: asked.members,
      out: answered?.members[0],
      isOneWay: reply === undefined,
      action: this.#differing(action, name),
      replyAction: reply && this.#differing(actionAttribute(reply), responseName),
      faults,
    }
    return { operation, isCallback }
  }

  #areNamed(name: string, asked: Body, answered: Body | undefined): boolean {
    return this.#checkWrapper(asked, name) && (!answered || this.#checkWrapper(answered, `${name}Response`))
  }

  /** Whether what comes back is at most the result of the method. */
  #isResult(name: string, { wrapper, members }: Body): boolean {
    const [out, ...further] = members
    const others = out && out.name !== `${name}Result` && out.type.is !== 'stream' ? members : further
    if (others.length === 0) return true
    const names = others.map((each) => each.name).join(', ')
    this.#refuse(
      wrapper,
      `answers with ${names}: only the result of the method, ${name}Result, can be declared, and no out or ref parameters`,
    )
    return false
  }

  #checkWrapper(body: Body, name: string): boolean {
    const { wrapper, namespace } = body
    if (isNamed(body, name) && namespace === this.#contract.namespace) return true
    this.#refuse(
      wrapper,
      `of ${namespace} is the body of a message that must be ${name} of ${this.#contract.namespace}: message contracts with names of their own can't be declared`,
    )
    return false
  }

  #fault(operation: string, element: Element): Fault[] {
    const detail = this.#messages.detail(element)
    if (!detail) return []
    const name = element.attribute('name') ?? ''
    const key = name.endsWith('Fault') ? name.slice(0, -'Fault'.length) : name
    const action = this.#differing(actionAttribute(element), `${operation}${key}Fault`)
    const expected = rootOf(detail.place.type)
    const differs: Record<string, string> = {}
    if (action !== undefined) differs.action = action
    if (detail.root.name !== expected?.name) differs.name = detail.root.name
    if (detail.root.namespace !== expected?.namespace) differs.namespace = detail.root.namespace
    return [{ key, detail: detail.place, differs }]
  }

  /** The action, unless it is the one that is made of names. */
  #differing(action: string | undefined, name: string): string | undefined {
    return action === actionOf(this.#contract, name) ? undefined : action
  }

  #refuse(element: Element, why: string): undefined {
    return complain(this.#report, element, why)
  }
}

const isNamed = ({ wrapper }: Body, name: string) => wrapper.attribute('name') === name

function actionAttribute(element: Element): string | undefined {
  return addressing.map((each) => element.attribute('Action', each)).find((each) => each !== undefined)
}

/** The element that a value of the type is when it stands for itself. */
function rootOf(type: Type): QualifiedName | undefined {
  if (type.is === 'stream') return undefined
  const { name, namespace } = type.name
  return { name, namespace: namespace === schemaNamespace ? serializationNamespace : namespace }
}
