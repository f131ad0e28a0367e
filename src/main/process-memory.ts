/** How much memory a process has, by the kernel's word. */
import { readFileSync } from 'node:fs'

/** In bytes; undefined where this account may not see it, or the process has gone. */
export interface ProcessMemory {
  /** What it has in memory, shared with others or not. */
  readonly resident: number | undefined
  /** What its end would free. */
  readonly private: number | undefined
}

export function memoryOf(pid: number | undefined): ProcessMemory {
  if (pid === undefined) return { resident: undefined, private: undefined }
  const shares = kibibytes(`/proc/${pid}/smaps_rollup`, /^Private_(?:Clean|Dirty):\s+(\d+) kB$/gm)
  return { resident: kibibytes(`/proc/${pid}/status`, /^VmRSS:\s+(\d+) kB$/gm), private: shares }
}

/** The sum of what matches, in bytes. */
function kibibytes(file: string, pattern: RegExp): number | undefined {
  try {
    const found = [...readFileSync(file, 'utf8').matchAll(pattern)]
    return found.length === 0 ? undefined : found.reduce((sum, [, kB]) => sum + Number(kB) * 1024, 0)
  } catch {
    return undefined
  }
}
