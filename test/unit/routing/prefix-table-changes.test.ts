/** The table while entries come and go, against a plain map; and what the deepest paths cost. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseVia } from '#framing/via.ts'
import { type PrefixEntry, prefixTable } from '#routing/prefix-table.ts'

const entryAt = (path: string): PrefixEntry<string> => ({
  mode: 'WeakWildcard',
  host: '',
  port: 808,
  path,
  target: path,
})
const path = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 6 }).map((segments) => `/${segments.join('/')}`)
const local = { address: '10.0.0.5', port: 808 }

/** The longest of the paths that `asked` lies under. */
function longest(paths: Iterable<string>, asked: string): string | undefined {
  const above = Array.from(paths).filter((each) => each === '/' || asked === each || asked.startsWith(`${each}/`))
  return above.toSorted((a, b) => b.length - a.length)[0]
}

test('entries that come and go in any order leave exactly those that are there', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), path), { maxLength: 40 }), fc.array(path), (changes, asked) => {
      const table = prefixTable<string>([])
      const there = new Map<string, PrefixEntry<string>>()
      for (const [comes, at] of changes) {
        const known = there.get(at)
        if (comes) {
          const entry = entryAt(at)
          expect(table.add(entry)).toBe(known)
          if (!known) there.set(at, entry)
        } else {
          table.remove(known ?? entryAt(at))
          there.delete(at)
        }
      }
      expect(table.size).toBe(there.size)
      for (const each of [...asked, ...changes.map(([, at]) => at)]) {
        const via = parseVia(`net.tcp://h${each}`)
        expect(table.at(entryAt(each))).toBe(there.get(each))
        expect(via && table.lookup(via, local)).toBe(longest(there.keys(), each))
      }
    }),
    { numRuns: 2_000 },
  )
})

test('a path of a thousand segments costs about as much as its text', () => {
  const table = prefixTable<string>([])
  const before = process.memoryUsage().heapUsed
  const entries = Array.from({ length: 1_000 }, (_, at) => entryAt(`/${at}${'/a'.repeat(1_000)}`))
  for (const entry of entries) table.add(entry)
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(100 * 1024 * 1024) // with what is collected later
  for (const entry of entries) table.remove(entry)
  expect(table.size).toBe(0)
})
