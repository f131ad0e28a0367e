/** Prints the values of the vectors as Portico writes them, for .NET's serializer to read: see test/fixtures/data-contracts/README.md. */
import { BinaryWriter } from '#encoding/binary-writer.ts'
import { staticStrings } from '#encoding/static-dictionary.ts'
import { TextWriter } from '#encoding/text-writer.ts'
import type { XmlWriter } from '#encoding/xml-writer.ts'
import { partOf } from '#wcf/data-contract.ts'
import { contractVectors, meanings, shop } from './data-contracts.ts'

function write(writer: XmlWriter, name: string): Buffer {
  const { schema, value } = meanings[name] ?? {}
  if (!schema) return Buffer.alloc(0)
  writer.begin()
  partOf(schema, shop).write(writer, 'value', 'http://tempuri.org/', value)
  return writer.finish()
}

// .NET's serializer doesn't know the static dictionary by itself.
for (const string of staticStrings) process.stdout.write(`${JSON.stringify({ string })}\n`)

for (const { name } of contractVectors) {
  if (!(name in meanings) || meanings[name]?.isOnlyRead) continue
  const [binary, text] = [write(new BinaryWriter(), name), write(new TextWriter(), name)]
  process.stdout.write(`${JSON.stringify({ name, hex: binary.toString('hex') })}\n`)
  process.stdout.write(`${JSON.stringify({ name, xml64: text.toString('base64') })}\n`)
}
