/** Reads a text file: bounded in size, UTF-8, and nothing but a regular file. */
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

const mebibyte = 1024 * 1024

/** The text, or what keeps the file from having one. */
export type TextRead = { readonly text: string } | { readonly wrong: string }

/** Throws when the file can't be read: what the system says, or that it is no file. `most`: mebibytes. */
export async function readText(file: string, most = 1): Promise<TextRead> {
  const bytes = await firstBytes(file, most * mebibyte)
  if (bytes.length > most * mebibyte) return { wrong: `is larger than ${most} MiB, the most that is read` }
  const text = decode(bytes)
  return text === undefined ? { wrong: 'is not UTF-8 text; save it as UTF-8' } : { text }
}

/** The file's bytes, one more than allowed at most: a file may grow while it is read. */
async function firstBytes(file: string, most: number): Promise<Uint8Array> {
  // Whoever deploys an application chooses what lies in its folder, and opening a pipe would wait for its other end.
  await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK)
  if (!(await handle.stat()).isFile()) throw new Error('it is not a regular file')
  const buffer = new Uint8Array(most + 1)
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
