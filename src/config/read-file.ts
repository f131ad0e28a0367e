/** Reads a configuration file: XML with one `<configuration>`. */
import { PorticoError, sentenceOf, systemCodeOf } from '#base/errors.ts'
import { readText, type TextRead } from './read-text.ts'
import type { Problem } from './report.ts'
import { parseXml, type XmlElement } from './xml.ts'

/** The root element, or what keeps the file from having one. */
export type FileRead = { readonly root: XmlElement } | { readonly problem: Problem }

/** The root element; `missing` when there is no such file. */
export async function readFile(file: string): Promise<FileRead | 'missing'> {
  let read: TextRead
  try {
    read = await readText(file)
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return 'missing'
    throw new PorticoError('CONFIG_UNREADABLE', { file, reason: sentenceOf(error) }, { cause: error })
  }
  if ('wrong' in read) return { problem: { file, line: 1, expected: read.wrong } }
  const parsed = parseXml(file, read.text)
  if ('problem' in parsed || parsed.root.name === 'configuration') return parsed
  const { name } = parsed.root
  return { problem: { file, line: parsed.root.line(), element: name, expected: 'must be <configuration>' } }
}
