/** Who a running process is: its user and groups, as the kernel shows them under /proc. */
import { readFileSync } from 'node:fs'
import type { Credentials } from './credentials.ts'

/**
 * The credentials of the process that has this pid now; undefined when there is none, or it isn't ours to look at.
 * A pid may have gone to another process: who relies on the answer makes sure that the process lived all the time.
 */
export function processCredentials(pid: number): Credentials | undefined {
  let status: string
  try {
    status = readFileSync(`/proc/${pid}/status`, 'latin1')
  } catch (error) {
    if (goneOrHidden.includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
  return parseStatus(status)
}

const goneOrHidden = ['ENOENT', 'ESRCH', 'EACCES', 'EPERM']

/** Reads the effective ids, which are the second of each line, and the groups. Source: proc_pid_status(5). */
export function parseStatus(status: string): Credentials | undefined {
  const uid = numbersOf(status, 'Uid')?.[1]
  const gid = numbersOf(status, 'Gid')?.[1]
  const groups = numbersOf(status, 'Groups')
  return uid === undefined || gid === undefined || groups === undefined ? undefined : { uid, gid, groups }
}

/** A process can't add a line by its name, the first field: the kernel escapes line ends in it. */
function numbersOf(status: string, field: string): readonly number[] | undefined {
  const line = new RegExp(`^${field}:(.*)$`, 'm').exec(status)?.[1]
  return line?.match(/\d+/g)?.map(Number) ?? (line === undefined ? undefined : [])
}
