/** On which processors the threads of another process may run. */
import { declare, errno, SystemCallError } from './libc.ts'

const noSuchProcess = 3 // ESRCH
const greatestProcessors = 8192 // CONFIG_NR_CPUS of the largest kernels

const setAffinity = declare<[thread: number, size: number, mask: Uint8Array]>(
  'int sched_setaffinity(int thread, size_t size, const void *mask)',
)

/**
 * Lets a thread run on these processors only; what it starts from now on inherits that. False when it has ended. Throws
 * when it belongs to another account, or none of the processors is there. Source: sched_setaffinity(2).
 */
export function keepThreadTo(thread: number, processors: readonly number[]): boolean {
  const mask = new Uint8Array(greatestProcessors / 8)
  for (const processor of processors) mask[processor >> 3] = (mask[processor >> 3] ?? 0) | (1 << (processor & 7))
  if (setAffinity(thread, mask.byteLength, mask) === 0) return true
  const code = errno()
  if (code === noSuchProcess) return false
  throw new SystemCallError('sched_setaffinity', code)
}
