/** Gives the memory of another process back to the machine, as far as the kernel lets it. */
import { readFile } from 'node:fs/promises'
import { addressOf, declare, declareSlow, errno, SystemCallError } from './libc.ts'
import type { ProcessHandle } from './processes.ts'

const processMadvise = 440
const madvPageOut = 21
/** So many bytes are given back in one call: between two calls the process may be needed again. */
const piece = 8 * 1024 * 1024
/** Mappings of the kernel's own, and room that is only reserved, of which programs may have terabytes. */
const withoutPages = /^\S+ ---|\[(?:vvar|vvar_vclock|vdso|vsyscall)\]$/

const prototype = 'long syscall(long number, int pidfd, uintptr_t ranges, size_t count, int advice, uint32_t flags)'
type Arguments = [number: number, pidfd: number, ranges: bigint, count: number, advice: number, flags: number]
const advise = declare<Arguments>(prototype)
const adviseSlowly = declareSlow<Arguments>(prototype)

/** Resident memory in bytes, before and after. */
export interface MemoryGivenBack {
  readonly before: number
  readonly after: number
}

/** A piece of the memory of a process. */
export interface MemoryRange {
  readonly address: bigint
  readonly size: number
}

/**
 * Asks the kernel to move the pages of the process out of memory: those of programs and libraries that nobody else uses,
 * and, where the machine has swap, its own. Returns between two pieces once the signal aborts. Throws when this process
 * lacks the right to (CAP_SYS_NICE, and whatever reading the other's memory needs), or the kernel is older than 5.10.
 * Sources: process_madvise(2), MADV_PAGEOUT in madvise(2).
 */
export async function giveMemoryBack(of: ProcessHandle, pid: number, signal: AbortSignal): Promise<MemoryGivenBack> {
  // The rights are checked even where there is nothing to do.
  if (advise(processMadvise, of.descriptor, 0n, 0, madvPageOut, 0) < 0)
    throw new SystemCallError('process_madvise', errno())
  const before = await residentBytes(pid)
  for (const { address, size } of mappings(await readFile(`/proc/${pid}/maps`, 'latin1'))) {
    for (let done = 0; done < size; done += piece) {
      if (signal.aborted) return { before, after: await residentBytes(pid) }
      const range = BigUint64Array.of(address + BigInt(done), BigInt(Math.min(piece, size - done)))
      // Refused for mappings that are locked or belong to a device; those stay.
      await adviseSlowly(processMadvise, of.descriptor, addressOf(range.buffer), 1, madvPageOut, 0)
    }
  }
  return { before, after: await residentBytes(pid) }
}

/** The mappings of a process by the text of its `maps` file. */
export function mappings(text: string): readonly MemoryRange[] {
  return text.split('\n').flatMap((line) => {
    const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) /.exec(line) ?? []
    if (from === undefined || to === undefined || withoutPages.test(line)) return []
    const address = BigInt(`0x${from}`)
    return [{ address, size: Number(BigInt(`0x${to}`) - address) }]
  })
}

/** Memory of the process that is resident, in bytes; 0 once it has ended. */
export async function residentBytes(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '')
  return Number(/^VmRSS:\s*(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024
}
