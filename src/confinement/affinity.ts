/** Keeps processes to processors: all their threads, so that every thread and child that they start is kept to them too. */
import { readdirSync } from 'node:fs'
import { keepThreadTo } from '#syscalls/affinity.ts'

/** Looks at the threads of a process until one look finds no new one: a new thread has what the one has that started it. */
const greatestLooks = 16

/** Throws when the process belongs to another account, or none of the processors is there. */
export function keepProcessTo(pid: number, processors: readonly number[]): void {
  const kept = new Set<number>()
  for (let look = 0; look < greatestLooks; look++) {
    const threads = threadsOf(pid).filter((thread) => !kept.has(thread))
    if (threads.length === 0) return
    for (const thread of threads) {
      keepThreadTo(thread, processors)
      kept.add(thread)
    }
  }
}

function threadsOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number)
  } catch {
    return [] // it has ended
  }
}
