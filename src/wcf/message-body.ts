/** The body of a request or reply: a wrapper element with one element for each parameter, or for the result. */
import type { z } from 'zod'
import { type DictionaryString, dictionaryString } from '#encoding/dictionary-string.ts'
import { nextElement, skipElement, type XmlReader } from '#encoding/xml-reader.ts'
import type { XmlWriter } from '#encoding/xml-writer.ts'
import { MessageError } from '#soap/message-error.ts'
import { type Part, partOf } from './data-contract.ts'
import { isStream, nameOfStream, type StreamBody, type StreamNames } from './stream.ts'

export type Parameters = Readonly<Record<string, z.ZodType>>

export interface Namespaces {
  /** Of the wrapper and its elements: the service contract's. */
  readonly namespace: string
  /** Of data contracts that have none of their own. */
  readonly dataNamespace: string
}

interface NamedPart {
  readonly name: DictionaryString
  readonly part: Part
}

export class MessageBody {
  readonly wrapper: DictionaryString
  readonly namespace: DictionaryString
  /** The names of a body that is a stream. */
  readonly stream: StreamNames | undefined
  readonly #parts: readonly NamedPart[]

  /** `streamName` names a stream that has no name of its own. */
  constructor(
    wrapper: string,
    { namespace, dataNamespace }: Namespaces,
    body: Parameters | StreamBody,
    streamName: string,
  ) {
    this.wrapper = dictionaryString(wrapper)
    this.namespace = dictionaryString(namespace)
    if (isStream(body)) {
      const part = dictionaryString(nameOfStream(body) ?? streamName)
      this.stream = { wrapper: this.wrapper, part, namespace: this.namespace }
    }
    const parts = isStream(body) ? [] : Object.entries(body)
    this.#parts = parts.map(([name, schema]) => ({ name: dictionaryString(name), part: partOf(schema, dataNamespace) }))
  }

  write(writer: XmlWriter, values: Readonly<Record<string, unknown>>): void {
    writer.startElement('', this.wrapper, this.namespace)
    for (const { name, part } of this.#parts) {
      const value = values[name.text]
      if (value === undefined && part.mayBeAbsent) continue
      part.write(writer, name, this.namespace, value)
    }
    writer.endElement()
  }

  /**
   * At `Body`: the values by name, with the reader behind the message afterwards. Elements that nobody knows are skipped, as
   * WCF does; those of the contract may come in any order.
   */
  read(reader: XmlReader): Record<string, unknown> {
    if (!nextElement(reader)) throw new MessageError(`the body is empty, ${this.wrapper.text} was expected`)
    return this.readWrapper(reader)
  }

  /** The same at the wrapper. */
  readWrapper(reader: XmlReader): Record<string, unknown> {
    if (reader.name !== this.wrapper.text || reader.namespace !== this.namespace.text) {
      const expected = `${this.wrapper.text} of ${this.namespace.text}`
      throw new MessageError(`the body has ${reader.name} of ${reader.namespace}, ${expected} was expected`)
    }
    const values: Record<string, unknown> = {}
    let stranger = ''
    while (nextElement(reader)) {
      const { name, namespace } = reader
      const known = namespace === this.namespace.text && this.#parts.find((each) => each.name.text === name)
      if (!known) {
        stranger = `, but ${name} of ${namespace}`
        skipElement(reader)
        continue
      }
      if (Object.hasOwn(values, name)) throw new MessageError(`${this.wrapper.text} has ${name} twice`)
      values[name] = known.part.read(reader)
    }
    for (const { name, part } of this.#parts) {
      if (Object.hasOwn(values, name.text)) continue
      if (!part.mayBeAbsent) throw new MessageError(`${this.wrapper.text} has no ${name.text}${stranger}`)
      values[name.text] = part.absent()
    }
    while (reader.read() !== 'end');
    return values
  }
}
