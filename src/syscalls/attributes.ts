/** Extended attributes of files. */
import { declare } from './libc.ts'

const getAttribute = declare<[path: string, name: string, value: Uint8Array, size: number]>(
  'long getxattr(const char *path, const char *name, void *value, size_t size)',
)

/** A short text; undefined when the file has none of that name, or this account may not see it. Source: getxattr(2). */
export function fileAttribute(path: string, name: string): string | undefined {
  const value = new Uint8Array(256)
  const size = getAttribute(path, name, value, value.byteLength)
  return size < 0 ? undefined : Buffer.from(value.subarray(0, size)).toString()
}
