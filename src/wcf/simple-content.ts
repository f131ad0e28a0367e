/** Contents that are one text. */
import { readContent } from '#encoding/xml-reader.ts'
import type { Content } from './content.ts'
import type { QualifiedName } from './contract-names.ts'
import type { SimpleType } from './simple-type.ts'
import { type SimpleTypeName, simpleTypes } from './simple-types.ts'
import { checkType } from './slot.ts'

export function simpleContent(simple: SimpleType, name = (): QualifiedName => simple): Content {
  return {
    contractName: name,
    isValueType: simple.isValueType,
    simple,
    write(writer, value) {
      writer.value(simple.to(value))
    },
    read(reader, type) {
      checkType(type, name)
      return simple.from(readContent(reader))
    },
  }
}

const contents = new Map<SimpleTypeName, Content>()

export function contentOfType(name: SimpleTypeName): Content {
  const known = contents.get(name)
  if (known) return known
  const content = simpleContent(simpleTypes[name])
  contents.set(name, content)
  return content
}
