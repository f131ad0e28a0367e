/** Files that may not be there, as those under /proc and /sys, or that another account may not read. */
import { readFileSync } from 'node:fs'

/** The text of the file; undefined when it can't be read. */
export function textIfReadable(path: string, encoding: BufferEncoding = 'utf8'): string | undefined {
  try {
    return readFileSync(path, encoding)
  } catch {
    return undefined
  }
}
