/** What is used of a limit at the moment, in words. */
import type { CpuWatch } from './cpu-watch.ts'
import type { LimitInForce } from './limits.ts'
import type { WorkerConfinement } from './worker-confinement.ts'

/** Undefined where nothing is known, or there is nobody who could use anything. */
export function usedOf(
  { of, by }: LimitInForce,
  workers: Iterable<WorkerConfinement>,
  watch: CpuWatch | undefined,
): string | undefined {
  if (by === undefined) return undefined
  const ofEach = (say: (worker: WorkerConfinement) => string) =>
    Array.from(workers, (worker) => `${say(worker)} in ${worker.worker}`).join(', ') || undefined
  switch (of) {
    case 'cpu':
      return watch && `${watch.percent} % in this interval so far`
    case 'memory':
      return ofEach(({ group, memory }) => {
        const bytes = group?.number('memory.current')
        return `${bytes === undefined ? memory : Math.round(bytes / 1024)} KB`
      })
    case 'processes':
      return ofEach(({ group }) => `${group?.number('pids.current') ?? '?'}`)
    case 'processors':
      return undefined
    default:
      return of satisfies never
  }
}
