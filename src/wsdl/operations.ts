/** The operations of a port type as the text of those of `wcf(…)`. */
import type { ContractTypes } from './contract-types.ts'
import { keyText, literal } from './names.ts'
import type { Schemas } from './schemas.ts'
import { type ExpandedName, keyOf, type Scoped, wsdl } from './scoped-xml.ts'
import { streamNamespace } from './simple-names.ts'

export class Operations {
  readonly #schemas: Schemas
  readonly #types: ContractTypes
  readonly #contract: ExpandedName
  readonly #messages = new Map<string, Scoped>()

  /** `contract` is the port type; its namespace is that of its definitions. */
  constructor(schemas: Schemas, types: ContractTypes, contract: ExpandedName, definitions: readonly Scoped[]) {
    this.#schemas = schemas
    this.#types = types
    this.#contract = contract
    for (const each of definitions) {
      const namespace = each.attribute('targetNamespace') ?? ''
      for (const message of each.all(wsdl, 'message'))
        this.#messages.set(keyOf({ namespace, name: message.required('name') }), message)
    }
  }

  /** Those that the service calls at its clients have their output first. */
  isCallback(operation: Scoped): boolean {
    return directionsOf(operation)[0]?.is(wsdl, 'output') === true
  }

  text(operation: Scoped): string {
    const name = operation.required('name')
    const isCallback = this.isCallback(operation)
    const [request, reply] = directionsOf(operation)
    if (!request) return operation.refuse(`the operation ${name} has neither input nor output`)
    const result = reply && this.#result(name, reply)
    const faults = operation.all(wsdl, 'fault').map((fault) => this.#fault(name, fault))
    const parts = [
      ...this.#input(name, request),
      ...(result === undefined ? [] : [`out: ${result},`]),
      ...(reply ? [] : ['oneWay: true,']),
      ...this.#action('action', name, request),
      ...(reply ? this.#action('replyAction', `${name}Response`, reply) : []),
      ...(faults.length === 0 ? [] : [`faults: { ${faults.join(', ')} },`]),
      ...(isCallback ? [] : ['run() {', `  throw new Error(${literal(`${name} is not written yet`)})`, '},']),
    ]
    return `${keyText(name)}: {\n${parts.map((part) => `  ${part}`).join('\n')}\n},`
  }

  #input(name: string, direction: Scoped): readonly string[] {
    const members = this.#wrapped(name, direction)
    const [first] = members
    if (first && this.#isStream(first)) return [`in: ${this.#stream(first.required('name'))},`]
    const parameters = members.map((each) => `${keyText(each.required('name'))}: ${this.#types.slot(each)}`)
    return parameters.length === 0 ? [] : [`in: { ${parameters.join(', ')} },`]
  }

  #result(name: string, direction: Scoped): string | undefined {
    const [result, other] = this.#wrapped(`${name}Response`, direction)
    if (!result) return undefined
    if (other || result.attribute('name') !== `${name}Result`)
      return result.refuse(`the operation ${name} answers with more than a result, as with out and ref`)
    return this.#isStream(result) ? this.#stream() : this.#types.slot(result)
  }

  /** The elements within the wrapper, which is the one part of a message and has the name of its operation. */
  #wrapped(name: string, direction: Scoped): readonly Scoped[] {
    const [part, other] = this.#message(direction).all(wsdl, 'part')
    if (!part) return []
    const element = part.attribute('element')
    if (element === undefined || other)
      return part.refuse(`the message of ${name} is not one element around its parameters`)
    const wrapper = part.expand(element)
    if (wrapper.name !== name || wrapper.namespace !== this.#contract.namespace)
      return part.refuse(`the message of ${name} is ${wrapper.name} of ${wrapper.namespace}: a message contract`)
    return this.#types.membersOf(this.#schemas.element(wrapper, part))
  }

  #message(direction: Scoped): Scoped {
    const name = direction.expand(direction.required('message'))
    return this.#messages.get(keyOf(name)) ?? direction.refuse(`there is no message ${name.name} of ${name.namespace}`)
  }

  #isStream(element: Scoped): boolean {
    if (element.attribute('type') === undefined) return false
    const { namespace, name } = this.#types.nameOfType(element)
    return namespace === streamNamespace && name === 'StreamBody'
  }

  #stream(name?: string): string {
    this.#types.helpers.add('stream')
    return name === undefined ? 'stream()' : `stream(${literal(name)})`
  }

  #fault(operation: string, fault: Scoped): string {
    const [part] = this.#message(fault).all(wsdl, 'part')
    if (!part) return fault.refuse(`the message of a fault of ${operation} has no part`)
    const name = part.expand(part.required('element'))
    const detail = this.#types.plain(this.#types.nameOfType(this.#schemas.element(name, part)), part)
    const settings = [`detail: ${detail}`, `namespace: ${literal(name.namespace)}`]
    const action = fault.attribute('Action')
    if (action !== undefined && action !== this.#usual(`${operation}${name.name}Fault`))
      settings.push(`action: ${literal(action)}`)
    return `${keyText(name.name)}: { ${settings.join(', ')} }`
  }

  #action(key: string, name: string, direction: Scoped): readonly string[] {
    const action = direction.attribute('Action')
    return action === undefined || action === this.#usual(name) ? [] : [`${key}: ${literal(action)},`]
  }

  #usual(name: string): string {
    const { namespace, name: contract } = this.#contract
    return `${namespace}${namespace.endsWith('/') ? '' : '/'}${contract}/${name}`
  }
}

function directionsOf(operation: Scoped): readonly Scoped[] {
  return operation.children.filter((child) => child.is(wsdl, 'input') || child.is(wsdl, 'output'))
}
