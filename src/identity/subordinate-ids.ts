/** Ids that containers of users may map, by /etc/subuid and /etc/subgid. Source: subuid(5). */
import { textIfReadable } from '#base/file-text.ts'

const files = ['/etc/subuid', '/etc/subgid'] as const

/** Whose range has the id; undefined when none has. */
export function subordinateOwner(id: number): string | undefined {
  for (const file of files) {
    const owner = ownerIn(textIfReadable(file) ?? '', id) // a machine without subordinate ids has no such file
    if (owner !== undefined) return `${owner} in ${file}`
  }
  return undefined
}

/** The owner of the line `owner:first:count` whose range has the id. */
export function ownerIn(text: string, id: number): string | undefined {
  for (const line of text.split('\n')) {
    const [owner, first, count] = line.trim().split(':')
    if (owner === undefined || first === undefined || count === undefined || owner.startsWith('#')) continue
    if (id >= Number(first) && id < Number(first) + Number(count)) return owner
  }
  return undefined
}
