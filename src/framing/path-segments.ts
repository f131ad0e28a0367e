/** Paths by their segments, as addresses are compared: ignoring case, and `/a//b/` is `/a/b`. */

export function segmentsOf(path: string): string[] {
  return path
    .toLowerCase()
    .split('/')
    .filter((segment) => segment !== '')
}

/** Whether `below` is `above` or lies below it. */
export function isAbove(above: readonly string[], below: readonly string[]): boolean {
  return above.every((segment, at) => segment === below[at])
}

/** Of those that have a path, the one with the longest that is above `path`. */
export function longestAbove<T>(all: Iterable<T>, pathOf: (each: T) => string, path: string): T | undefined {
  const below = segmentsOf(path)
  let longest: T | undefined
  let length = -1
  for (const each of all) {
    const above = segmentsOf(pathOf(each))
    if (above.length <= length || !isAbove(above, below)) continue
    longest = each
    length = above.length
  }
  return longest
}
