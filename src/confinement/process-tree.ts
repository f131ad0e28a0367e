/** A process with its children and theirs, as /proc shows them: what they use, and who has gone from the tree. */
import { readdirSync } from 'node:fs'
import { textIfReadable } from '#base/file-text.ts'
import { descendantsOf, signalTo } from '#launcher/processes.ts'

const ticksPerSecond = 100 // what Linux shows to programs, on every architecture

/** A process may fork while it is being ended: its child is met at the next look. */
const greatestLooks = 10

export function treeOf(pid: number): number[] {
  return [pid, ...descendantsOf(pid)]
}

/** Milliseconds of processor time of these processes, and of those children of theirs that have ended. */
export function processorTimeOf(pids: readonly number[]): number {
  const ticks = pids.map((pid) => {
    const text = textIfReadable(`/proc/${pid}/stat`, 'latin1') ?? ''
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
  })
  return (ticks.reduce((sum, each) => sum + each, 0) * 1000) / ticksPerSecond
}

/** KB of memory that is these processes' own, in memory or swapped out. */
export function ownMemoryOf(pids: readonly number[]): number {
  const sizes = pids.flatMap((pid) =>
    Array.from(
      (textIfReadable(`/proc/${pid}/status`, 'latin1') ?? '').matchAll(/^(?:RssAnon|VmSwap):\s+(\d+) kB$/gm),
      ([, kb]) => Number(kb),
    ),
  )
  return sizes.reduce((sum, each) => sum + each, 0)
}

/** Ends every process whose environment has this variable with this value, and says how many there were. */
export function endMarked(variable: string, value: string): number {
  const ended = new Set<number>()
  for (let look = 0; look < greatestLooks; look++) {
    const found = markedWith(variable, value).filter((pid) => !ended.has(pid))
    if (found.length === 0) break
    for (const pid of found) {
      signalTo(pid, 'SIGKILL')
      ended.add(pid)
    }
  }
  return ended.size
}

function markedWith(variable: string, value: string): number[] {
  const mark = Buffer.from(`\0${variable}=${value}\0`).toString('latin1')
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.filter((pid) => `\0${textIfReadable(`/proc/${pid}/environ`, 'latin1') ?? ''}`.includes(mark)).map(Number)
}
