/** The known name that a mistyped one most likely meant. */

/** The nearest of `known` to `name`, or undefined when none is within `most` slips of the pen. */
export function nearest(
  name: string,
  known: Iterable<string>,
  most: number = Math.max(2, Math.floor(name.length / 3)),
): string | undefined {
  const lower = name.toLowerCase()
  let best: string | undefined
  let least = most + 1
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) >= least) continue
    const distance = editDistance(lower, candidate.toLowerCase())
    if (distance < least) {
      least = distance
      best = candidate
    }
  }
  return best
}

/** What to say of an unknown name: the nearest known one, or all of them when they are few. */
export function suggestion(name: string, known: readonly string[]): string {
  const near = nearest(name, known)
  if (near?.toLowerCase() === name.toLowerCase()) return `names are case-sensitive: write ${near}`
  if (near !== undefined) return `did you mean ${near}?`
  if (known.length === 0) return 'none is expected here'
  return known.length <= 12 ? `known here: ${known.join(', ')}` : 'docs/configuration.md lists the known ones'
}

/** Insertions, deletions and replacements that turn `a` into `b`. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i++) {
    const above = row
    row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (above[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      row.push(Math.min(replaced, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1))
    }
  }
  return row[b.length] ?? 0
}
