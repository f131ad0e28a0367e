/** The messages that operations name, with the elements that are their bodies. */
import type { QualifiedName } from '#wcf/contract-names.ts'
import { complain } from './complain.ts'
import { childrenOf, type Element } from './element.ts'
import type { NamedPlace, Place } from './model.ts'
import { message as messageNamespace, wsdl } from './namespaces.ts'
import type { SchemaTypes } from './schema-types.ts'

export interface Body {
  readonly wrapper: Element
  readonly namespace: string
  readonly members: readonly NamedPlace[]
}

export interface Detail {
  /** The element that holds it. */
  readonly root: QualifiedName
  readonly place: Place
}

/** Reports what is wrong, and gives undefined then. */
export class Messages {
  readonly #messages = new Map<string, Element>()
  readonly #types: SchemaTypes

  constructor(definitions: readonly Element[], types: SchemaTypes) {
    this.#types = types
    for (const each of definitions) {
      const namespace = each.attribute('targetNamespace') ?? ''
      for (const message of childrenOf(each, 'message', wsdl)) {
        this.#messages.set(`${namespace} ${message.attribute('name')}`, message)
      }
    }
  }

  /** Of what an input or output names. */
  body(named: Element): Body | undefined {
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

  /** Of what a fault names. */
  detail(fault: Element): Detail | undefined {
    const message = this.#message(fault)
    if (!message) return undefined
    const [part] = childrenOf(message, 'part', wsdl)
    const written = part?.attribute('element')
    if (!part || written === undefined) return this.#refuse(part ?? message, 'must name the element of the fault')
    const element = this.#element(part, written)
    // A fault with a detail has one.
    return (
      element && {
        root: part.resolve(written),
        place: { type: this.#types.place(element).type, isNullable: false, isOptional: false },
      }
    )
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
