/** How much memory a process has, by the kernel's word. */
import { textIfReadable } from '#base/file-text.ts'

export interface ProcessMemory {
  /** KB; undefined when it can't be found out, as when the process has ended. */
  readonly virtual: number | undefined
  /** KB that it shares with nobody. */
  readonly private: number | undefined
}

/** Source: proc(5), status and smaps_rollup; the latter is for the process' own account and root. */
export function processMemory(pid: number): ProcessMemory {
  const status = textIfReadable(`/proc/${pid}/status`) ?? ''
  const rollup = textIfReadable(`/proc/${pid}/smaps_rollup`) ?? ''
  const ofRollup = sum(rollup, 'Private_Clean', 'Private_Dirty')
  return { virtual: sum(status, 'VmSize'), private: ofRollup ?? sum(status, 'RssAnon') }
}

/** The sum of the lines of these names; undefined when one isn't there. */
function sum(text: string, ...names: readonly string[]): number | undefined {
  const values = names.map((name) => new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1])
  return values.includes(undefined) ? undefined : values.reduce((total, value) => total + Number(value), 0)
}
