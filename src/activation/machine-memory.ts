/** How much of the machine's memory is in use, by the kernel's word. */
import { readFileSync } from 'node:fs'

/**
 * What is in use, what was moved to swap included, in percent of the memory that the machine has: more than 100 when there is
 * swap. NaN when that can't be found out. Source: proc(5), meminfo.
 */
export function memoryInUse(meminfo = readFileSync('/proc/meminfo', 'utf8')): number {
  const kb = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(meminfo)?.[1])
  const total = kb('MemTotal')
  return ((total - kb('MemAvailable') + kb('SwapTotal') - kb('SwapFree')) / total) * 100
}
