/** Values of zod schemas to and from XML, as WCF's DataContractSerializer has them. */
import type { z } from 'zod'
import { type Name, textOf } from '#encoding/dictionary-string.ts'
import type { XmlReader } from '#encoding/xml-reader.ts'
import type { XmlWriter } from '#encoding/xml-writer.ts'
import { compile } from './compilation.ts'
import type { Content } from './content.ts'
import { within } from './contract-error.ts'
import { absentValue, instanceName, instancePrefix, mayBeAbsent, readSlot, writeElement } from './slot.ts'

/** What stands in an element: reads and writes it as WCF's data contracts do. */
export interface Part {
  /**
   * Writes the element `name` in `namespace`, which becomes its default namespace, with the value; null and undefined as
   * i:nil where the schema allows one of them. Throws ContractError when the value isn't one of the schema.
   */
  write(writer: XmlWriter, name: Name, namespace: Name, value: unknown): void
  /**
   * Reads the element at which the reader stands, to its `endElement`; the reader must have the whole message. Throws
   * ContractError naming the path when it isn't one, and EncodingError when the message is broken or over a quota.
   */
  read(reader: XmlReader): unknown
  /** Whether an element that is absent stands for undefined, null or a default instead of being an error. */
  readonly mayBeAbsent: boolean
  /** What an element means that is absent, and may be. */
  absent(): unknown
}

const parts = new WeakMap<z.ZodType, Map<string, Part>>()

/**
 * The part of a schema, made once. `contractNamespace` is that of contracts and enumerations that have none of their own.
 * Throws ContractError, with the path, for schemas that have no data contract.
 */
export function partOf(schema: z.ZodType, contractNamespace: string): Part {
  let ofSchema = parts.get(schema)
  if (!ofSchema) {
    ofSchema = new Map()
    parts.set(schema, ofSchema)
  }
  let part = ofSchema.get(contractNamespace)
  if (!part) {
    part = makePart(schema, contractNamespace)
    ofSchema.set(contractNamespace, part)
  }
  return part
}

function makePart(schema: z.ZodType, contractNamespace: string): Part {
  const { slot, writesInstance } = compile(schema, contractNamespace)
  const root = writesInstance ? { ...slot, content: withInstanceDeclared(slot.content) } : slot
  return {
    mayBeAbsent: mayBeAbsent(slot),
    absent: () => absentValue(slot),
    write(writer, name, namespace, value) {
      try {
        writeElement(root, writer, '', name, namespace, value, 0)
      } catch (error) {
        throw within(error, textOf(name))
      }
    },
    read(reader) {
      const { name } = reader
      try {
        return readSlot(slot, reader)
      } catch (error) {
        throw within(error, name)
      }
    },
  }
}

/** Declares `i` where the value begins, so that not every null in it does. */
function withInstanceDeclared(content: Content): Content {
  return {
    ...content,
    write(writer, value, depth) {
      writer.declareNamespace(instancePrefix, instanceName)
      content.write(writer, value, depth)
    },
  }
}
