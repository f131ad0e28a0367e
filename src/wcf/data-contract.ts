/** What stands in an element. A stand-in with WCF's plainest types, until the data contracts are here. */
import type { z } from 'zod'
import { type Name, textOf } from '#encoding/dictionary-string.ts'
import { toBoolean, toDouble } from '#encoding/text-value.ts'
import { toText } from '#encoding/value-text.ts'
import { readContent, type XmlReader } from '#encoding/xml-reader.ts'
import type { XmlWriter } from '#encoding/xml-writer.ts'

/** What stands in an element: reads and writes it as WCF's data contracts do. */
export interface Part {
  /** Writes the element `name` in `namespace` (prefix '' with the namespace declared where needed) with the value; null and undefined as i:nil. */
  write(writer: XmlWriter, name: Name, namespace: Name, value: unknown): void
  /** Reads the element at which the reader stands, to behind its end; throws ContractError naming the path when it isn't one. */
  read(reader: XmlReader): unknown
  /** Whether an element that is absent stands for undefined/null/default instead of being an error. */
  readonly mayBeAbsent: boolean
}

export class ContractError extends Error {
  override readonly name = 'ContractError'
}

export function partOf(schema: z.ZodType, _contractNamespace: string): Part {
  const { type } = schema.def
  return {
    mayBeAbsent: type === 'optional',
    write(writer, name, namespace, value) {
      writer.startElement('', name, namespace)
      if (typeof value === 'number') writer.value({ kind: 'double', value })
      else if (typeof value === 'boolean') writer.value({ kind: 'bool', value })
      else if (typeof value === 'string') writer.value(value)
      else throw new ContractError(`${textOf(name)} can't be written`)
      writer.endElement()
    },
    read(reader) {
      const value = readContent(reader)
      if (type === 'number') return toDouble(value)
      return type === 'boolean' ? toBoolean(value) : toText(value)
    },
  }
}
