import { expect, test } from 'vitest'
import { BinaryReader } from '#encoding/binary-reader.ts'
import { BinaryWriter } from '#encoding/binary-writer.ts'
import { readElement, writeElement } from '#encoding/element-tree.ts'
import { greatestQuotas } from '#encoding/reader-quotas.ts'
import { OutgoingSession } from '#encoding/session-dictionary.ts'
import { staticStrings } from '#encoding/static-dictionary.ts'
import { TextWriter } from '#encoding/text-writer.ts'
import { play, vectors } from '../../support/writer-script.ts'

// The vectors were made where local time is UTC.
process.env.TZ = 'UTC'

test('the static dictionary has its 487 strings', () => {
  expect(staticStrings).toHaveLength(487)
})

function written({ calls, session }: (typeof vectors)[number]): Buffer {
  const writer = new BinaryWriter(session ? new OutgoingSession(2048) : undefined)
  writer.begin()
  play(writer, calls)
  return writer.finish()
}

test.each(vectors)('the same calls give the same bytes as with .NET: $name', (vector) => {
  const table = Buffer.concat(
    (vector.session ?? []).map((text) => Buffer.concat([Buffer.of(Buffer.byteLength(text)), Buffer.from(text)])),
  )
  const tableHex = vector.session ? Buffer.concat([Buffer.of(table.length), table]).toString('hex') : ''
  expect(written(vector).toString('hex')).toBe(tableHex + vector.hex)
})

test.each(vectors)('what .NET wrote is read as .NET reads it: $name', (vector) => {
  const reader = new BinaryReader(Buffer.from(vector.hex, 'hex'), greatestQuotas, vector.session ?? undefined)
  const writer = new TextWriter()
  while (reader.read() === 'comment') writer.comment(String(reader.value.kind === 'text' && reader.value.value))
  writeElement(writer, readElement(reader))
  while (reader.read() === 'comment') writer.comment(String(reader.value.kind === 'text' && reader.value.value))
  expect(reader.node).toBe('end')
  expect(asNet(writer.finish().toString())).toBe(asNet(vector.xml))
})

/** Where declarations stand, and what is a reference, is left to each. */
function asNet(xml: string): string {
  const plain = xml.replaceAll('&#xD;', '\r').replaceAll('&gt;', '>')
  return plain.replaceAll(/<[^/!][^>]*>/g, (tag) => (tag.match(/[^ <>"]+(="[^"]*")?/g) ?? []).sort().join(' '))
}
