import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'

/** Megabytes for new objects after many were made that are kept, in a process of its own. */
function forNewObjects(first: string): number {
  const program = `
    import { getHeapSpaceStatistics } from 'node:v8'
    import { holdHeap, letHeapGrow } from '#main/start-heap.ts'
    ${first}
    const kept = Array.from({ length: 1e6 }, (_, n) => ({ n, of: [n] }))
    const { space_size } = getHeapSpaceStatistics().find((each) => each.space_name === 'new_space')
    console.log(kept.length && space_size / 2 ** 20)`
  return Number(
    execFileSync(process.execPath, ['--input-type=module', '--eval', program], { cwd: import.meta.dirname }),
  )
}

test('what a start makes does not grow the room for new objects, until it may grow', () => {
  expect(forNewObjects('holdHeap()')).toBeLessThanOrEqual(4)
  expect(forNewObjects('holdHeap(); letHeapGrow()')).toBeGreaterThan(8)
})
