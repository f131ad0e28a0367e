import { expect, test } from 'vitest'
import { BinaryReader } from '#encoding/binary-reader.ts'
import { BinaryWriter } from '#encoding/binary-writer.ts'
import { dictionaryString } from '#encoding/dictionary-string.ts'
import { greatestQuotas } from '#encoding/reader-quotas.ts'
import { TextReader } from '#encoding/text-reader.ts'
import { TextWriter } from '#encoding/text-writer.ts'
import { toText } from '#encoding/value-text.ts'
import type { XmlReader } from '#encoding/xml-reader.ts'
import type { XmlWriter } from '#encoding/xml-writer.ts'
import { partOf } from '#wcf/data-contract.ts'
import { contractVectors, meanings, shop } from '../../support/data-contracts.ts'

// The vectors were made where local time is UTC.
process.env.TZ = 'UTC'

const name = dictionaryString('value')
const namespace = dictionaryString('http://tempuri.org/')
const vectors = contractVectors.flatMap((vector) => {
  const meaning = meanings[vector.name]
  return meaning ? [{ ...vector, ...meaning }] : []
})

test('all vectors have a meaning but that of a reference', () => {
  const others = contractVectors.map((vector) => vector.name).filter((vector) => !(vector in meanings))
  expect(others).toEqual(['shared, with a reference'])
})

const binary = (hex: string) => new BinaryReader(Buffer.from(hex, 'hex'), greatestQuotas)
const text = (xml: string) => new TextReader(Buffer.from(xml), greatestQuotas)

test.each(vectors)(
  'what DataContractSerializer wrote is read, binary and text: $name',
  ({ schema, value, hex, xml }) => {
    for (const reader of [binary(hex), text(xml)]) {
      reader.read()
      expect(partOf(schema, shop).read(reader)).toEqual(value)
      expect(reader.read()).toBe('end')
    }
  },
)

test.each(vectors.filter(({ isOnlyRead }) => !isOnlyRead))(
  'what is written has the elements of DataContractSerializer: $name',
  ({ schema, value, hex, xml }) => {
    const ours = { binary: write(new BinaryWriter()).toString('hex'), text: write(new TextWriter()).toString() }
    expect(outline(text(ours.text))).toEqual(outline(text(xml)))
    expect(outline(binary(ours.binary))).toEqual(outline(binary(hex)))

    function write(writer: XmlWriter): Buffer {
      writer.begin()
      partOf(schema, shop).write(writer, name, namespace, value)
      return writer.finish()
    }
  },
)

/** Elements, attributes and texts in their order: prefixes and declarations are left to each, and so is z:Id. */
function outline(reader: XmlReader): string[] {
  const lines: string[] = []
  for (let node = reader.read(); node !== 'end'; node = reader.read()) {
    if (node === 'value') {
      const { value } = reader
      // A content may come in several records.
      const isMore = lines.at(-1)?.startsWith('text ')
      const shown = value.kind === 'bytes' ? value.value.toString('hex') : toText(value)
      if (isMore) lines.push(lines.pop() + shown)
      else if (shown !== '') lines.push(`text ${shown}`)
      continue
    }
    const attributes = reader.attributes
      .filter((attribute) => attribute.name !== 'Id')
      .map((attribute) => `${attribute.namespace} ${attribute.name}=${meant(reader, toText(attribute.value))}`)
    lines.push(`${node} ${reader.namespace} ${reader.name} ${node === 'element' ? attributes.sort().join(' ') : ''}`)
  }
  return lines
}

function meant(reader: XmlReader, value: string): string {
  const [prefix = '', local] = value.split(':')
  return local === undefined ? value : `${reader.namespaceOf(prefix)} ${local}`
}
