/** Reads a configuration file: bounded in size, UTF-8, one `<configuration>`. */
import { open } from 'node:fs/promises'
import { PorticoError, sentenceOf, systemCodeOf } from '#base/errors.ts'
import type { Problem } from './report.ts'
import { parseXml, type XmlElement } from './xml.ts'

const largestFile = 1024 * 1024

/** The root element, or what keeps the file from having one. */
export type FileRead = { readonly root: XmlElement } | { readonly problem: Problem }

/** The root element; `missing` when there is no such file. */
export async function readFile(file: string): Promise<FileRead | 'missing'> {
  let bytes: Uint8Array
  try {
    bytes = await firstBytes(file)
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return 'missing'
    throw new PorticoError('CONFIG_UNREADABLE', { file, reason: sentenceOf(error) }, { cause: error })
  }
  const refuse = (expected: string) => ({ problem: { file, line: 1, expected } })
  if (bytes.length > largestFile) return refuse('is larger than 1 MiB, the most that is read')
  const text = decode(bytes)
  if (text === undefined) return refuse('is not UTF-8 text; save it as UTF-8')
  const parsed = parseXml(file, text)
  if ('problem' in parsed || parsed.root.name === 'configuration') return parsed
  const { name } = parsed.root
  return { problem: { file, line: parsed.root.line(), element: name, expected: 'must be <configuration>' } }
}

/** The file's bytes, one more than allowed at most: a file may grow while it is read, and a device has no size. */
async function firstBytes(file: string): Promise<Uint8Array> {
  await using handle = await open(file)
  const buffer = new Uint8Array(largestFile + 1)
  let length = 0
  while (length < buffer.length) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length, null)
    if (bytesRead === 0) break
    length += bytesRead
  }
  return buffer.subarray(0, length)
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}
