/** Operations of a portType, with the messages and faults that they name. */

import { type QualifiedName, schemaNamespace, serializationNamespace } from '#wcf/contract-names.ts'
import { actionOf } from '#wcf/service-contract.ts'
import type { SoapBindings } from './bindings.ts'
import { complain } from './complain.ts'
import { childrenOf, type Element } from './element.ts'
import type { Fault, NamedPlace, Operation, Type } from './model.ts'
import { addressing, message as messageNamespace, wsdl } from './namespaces.ts'
import type { SchemaTypes } from './schema-types.ts'

interface ReadOperation {
  readonly operation: Operation
  /** Whether it is the client that answers. */
  readonly isCallback: boolean
}

export class OperationReader {
  readonly #messages = new Map<string, Element>()
  readonly #contract: QualifiedName
  readonly #types: SchemaTypes
  readonly #bindings: SoapBindings

  constructor(definitions: readonly Element[], contract: QualifiedName, types: SchemaTypes, bindings: SoapBindings) {
    for (const each of definitions) {
      const namespace = each.attribute('targetNamespace') ?? ''
      for (const message of childrenOf(each, 'message', wsdl)) {
        this.#messages.set(`${namespace} ${message.attribute('name')}`, message)
      }
    }
    this.#contract = contract
    this.#types = types
    this.#bindings = bindings
  }

  /** Undefined for one that was reported. */
  operation(element: Element): ReadOperation | undefined {
    const name = element.attribute('name') ?? ''
    const messages = element.children.filter(
      (child) => child.namespace === wsdl && (child.name === 'input' || child.name === 'output'),
    )
    const [request, reply] = messages
    if (!request) return this.#refuse(element, 'has neither an input nor an output')
    const isCallback = request.name === 'output'
    const [requestBody, replyBody] = [this.#body(request), reply && this.#body(reply)]
    if (!requestBody || (reply && !replyBody)) return undefined
    const [asked, answered] = [requestBody, replyBody]
    const responseName = `${name}Response`
    if (isCallback && isNamed(asked.wrapper, responseName) && (!answered || isNamed(answered.wrapper, name))) {
      // Mono's exporter writes the names of callbacks the wrong way round; the messages have the right ones.
    } else {
      if (!this.#checkWrapper(asked, name)) return undefined
      if (answered && !this.#checkWrapper(answered, responseName)) return undefined
    }
    const result = answered?.members
    const [out, ...further] = result ?? []
    if (answered && out && out.name !== `${name}Result` && out.type.is !== 'stream') {
      return this.#refuse(
        answered.wrapper,
        `answers with ${out.name}; only ${name}Result, the result of the method, can be declared`,
      )
    }
    if (answered && further.length > 0) {
      return this.#refuse(
        answered.wrapper,
        `answers with ${further.map((each) => each.name).join(', ')} besides its result: out and ref parameters can't be declared`,
      )
    }
    if (asked.members.length > 1 && asked.members.some(({ type }) => type.is === 'stream')) {
      return this.#refuse(asked.wrapper, 'has parameters beside a stream, which WCF does not have either')
    }
    const differing = (action: string | undefined, of: string) =>
      action === undefined || action === actionOf(this.#contract, of) ? undefined : action
    const action = actionAttribute(request) ?? (isCallback ? undefined : this.#bindings.actionOf(name))
    const operation: Operation = {
      name,
      in: asked.members,
      out,
      isOneWay: reply === undefined,
      action: differing(action, name),
      replyAction: reply && differing(actionAttribute(reply), responseName),
      faults: childrenOf(element, 'fault', wsdl).flatMap((fault) => this.#fault(name, fault)),
    }
    return { operation, isCallback }
  }

  #checkWrapper({ wrapper, namespace }: Body, name: string): boolean {
    if (isNamed(wrapper, name) && namespace === this.#contract.namespace) return true
    this.#refuse(
      wrapper,
      `of ${namespace} is the body of a message that must be ${name} of ${this.#contract.namespace}: message contracts with names of their own can't be declared`,
    )
    return false
  }

  /** What a message has as its body. */
  #body(named: Element): Body | undefined {
    const message = this.#message(named)
    if (!message) return undefined
    const parts = childrenOf(message, 'part', wsdl)
    const [part, ...others] = parts
    if (!part) return this.#refuse(message, 'has no part; messages of WCF have one, with an element')
    const written = part.attribute('element')
    if (written === undefined) {
      const { name, namespace } = part.resolve(part.attribute('type') ?? '')
      if (namespace === messageNamespace && name === 'MessageBody')
        return this.#refuse(
          part,
          "is an untyped Message, which can't be declared: give the operation a contract, or leave it out of the file",
        )
      return this.#refuse(
        part,
        'has a type in place of an element, as RPC style has; only document/literal can be read',
      )
    }
    if (others.length > 0)
      return this.#refuse(message, "has several parts; messages of WCF have one, and headers can't be declared")
    const wrapper = this.#element(part, written)
    if (!wrapper) return undefined
    const members = this.#types.wrapped(wrapper)
    if (!members) {
      return this.#refuse(
        wrapper,
        'is a message without a wrapper: only wrapped ones, which are the default of WCF, can be declared',
      )
    }
    return { wrapper, namespace: part.resolve(written).namespace, members }
  }

  #fault(operation: string, element: Element): Fault[] {
    const message = this.#message(element)
    const part = message && childrenOf(message, 'part', wsdl)[0]
    const written = part?.attribute('element')
    const detail = part && written !== undefined ? this.#element(part, written) : undefined
    if (!message || !part || !detail || written === undefined) {
      if (message && written === undefined) this.#refuse(part ?? message, 'must name the element of the fault')
      return []
    }
    const name = element.attribute('name') ?? ''
    const key = name.endsWith('Fault') ? name.slice(0, -'Fault'.length) : name
    const place = { ...this.#types.place(detail), isNullable: false, isOptional: false }
    const action = actionAttribute(element)
    const root = part.resolve(written)
    const expected = rootOf(place.type)
    const differs: Record<string, string> = {}
    if (action !== undefined && action !== actionOf(this.#contract, `${operation}${key}Fault`)) differs.action = action
    if (root.name !== expected?.name) differs.name = root.name
    if (root.namespace !== expected?.namespace) differs.namespace = root.namespace
    return [{ key, detail: place, differs }]
  }

  #message(element: Element): Element | undefined {
    const { name, namespace } = element.resolve(element.attribute('message') ?? '')
    const found = this.#messages.get(`${namespace} ${name}`)
    return found ?? this.#refuse(element, `has the message ${name} of ${namespace}, which is in none of the files`)
  }

  #element(part: Element, written: string): Element | undefined {
    const { name, namespace } = part.resolve(written)
    const found = this.#types.element({ name, namespace })
    return found ?? this.#refuse(part, `has the element ${name} of ${namespace}, which is in none of the files`)
  }

  #refuse(element: Element, why: string): undefined {
    return complain(this.#types.report, element, why)
  }
}

interface Body {
  readonly wrapper: Element
  readonly namespace: string
  readonly members: readonly NamedPlace[]
}

const isNamed = (wrapper: Element, name: string) => wrapper.attribute('name') === name

function actionAttribute(element: Element): string | undefined {
  return addressing.map((each) => element.attribute('Action', each)).find((each) => each !== undefined)
}

/** The element that a value of the type is when it stands for itself. */
function rootOf(type: Type): QualifiedName | undefined {
  if (type.is === 'stream') return undefined
  const { name, namespace } = type.name
  return { name, namespace: namespace === schemaNamespace ? serializationNamespace : namespace }
}
