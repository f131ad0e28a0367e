/** Processor time: what processes and their threads have used so far, by the kernel's count. */
import { readdirSync, readFileSync } from 'node:fs'

/** The kernel counts in these, whatever its own clock: sysconf(_SC_CLK_TCK) is 100 on all that Node runs on. */
const ticksPerSecond = 100

/** Seconds that the processes have run, in user and kernel mode, with their threads that have ended. */
export function processorSeconds(pids: Iterable<number>): number {
  let ticks = 0
  for (const pid of pids) {
    // The name of the program, in brackets, may hold anything.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    ticks += Number(fields[11]) + Number(fields[12])
  }
  return ticks / ticksPerSecond
}

/** The children of a process that run now. */
export function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((each) => parentOf(each) === pid)
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(
      readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')[1],
    )
  } catch {
    return undefined
  }
}

/** Resident memory in MB. */
export function residentMb(pid: number): number {
  const [, kilobytes = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) / 1024
}
