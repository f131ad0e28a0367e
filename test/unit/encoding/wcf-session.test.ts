import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openEncoding, sessionContentType } from '#encoding/message-encoding.ts'
import { defaultQuotas } from '#encoding/reader-quotas.ts'
import { TextReader } from '#encoding/text-reader.ts'
import { toText } from '#encoding/value-text.ts'
import type { XmlReader } from '#encoding/xml-reader.ts'

interface Message {
  readonly maxSessionSize: number
  readonly hex: string
  readonly xml: string
}

/** Two sessions of System.ServiceModel's own encoder (8.x) with a message of every type that data contracts have. */
const messages: readonly Message[] = readFileSync(
  join(import.meta.dirname, '../../fixtures/encoding/wcf-session.jsonl'),
  'utf8',
)
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line))

test.each([2048, 80])('a session of WCF that may keep %i bytes of strings is understood', async (maxSessionSize) => {
  const encoding = await openEncoding(sessionContentType, { quotas: defaultQuotas, maxSessionSize })
  const session = messages.filter((message) => message.maxSessionSize === maxSessionSize)
  expect(session).toHaveLength(4)
  for (const { hex, xml } of session) {
    const expected = outline(new TextReader(Buffer.from(xml), defaultQuotas))
    expect(outline(encoding.read(Buffer.from(hex, 'hex')))).toEqual(expected)
  }
})

/** Elements, attributes and texts in their order; a content in several records as one. */
function outline(reader: XmlReader): string[] {
  const lines: string[] = []
  let text: Buffer | string = ''
  for (let node = reader.read(); node !== 'end'; node = reader.read()) {
    if (node === 'value') {
      const { value } = reader
      text =
        value.kind === 'bytes' && typeof text !== 'string' ? Buffer.concat([text, value.value]) : plain(reader, text)
      continue
    }
    if (text.length > 0) lines.push(typeof text === 'string' ? text : text.toString('base64'))
    text = ''
    const attributes = reader.attributes.map(({ namespace, name, value }) => `${namespace} ${name}=${toText(value)}`)
    lines.push(`${node} ${reader.namespace} ${reader.name} ${node === 'element' ? attributes.sort().join(' ') : ''}`)
  }
  return lines
}

function plain({ value }: XmlReader, before: Buffer | string): Buffer | string {
  return value.kind === 'bytes' ? value.value : before.toString() + toText(value)
}
