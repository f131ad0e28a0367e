/** Processes as the kernel shows them under /proc: who they are, and their end. */
import { readdirSync } from 'node:fs'
import type { Clock } from '#base/clock.ts'
import { textIfReadable } from '#base/file-text.ts'

/** One process, and never another that got its pid later. */
export interface ProcessIdentity {
  readonly pid: number
  /** Clock ticks between the machine's boot and the start of the process. */
  readonly startTicks: number
}

interface Stat extends ProcessIdentity {
  readonly state: string
  readonly session: number
}

const ticksPerSecond = 100 // what Linux shows to programs, on every architecture

/** Reads `/proc/<pid>/stat`; the name in it may hold blanks and brackets, so that fields count from its last bracket. */
export function parseStat(text: string): Stat | undefined {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [state, session, startTicks] = [fields[0], fields[3], fields[19]]
  if (state === undefined || session === undefined || startTicks === undefined) return undefined
  return { pid: Number.parseInt(text, 10), state, session: Number(session), startTicks: Number(startTicks) }
}

function statOf(pid: number): Stat | undefined {
  const text = textIfReadable(`/proc/${pid}/stat`, 'latin1')
  return text === undefined ? undefined : parseStat(text)
}

/** Who has this pid now. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const stat = statOf(pid)
  return stat && { pid, startTicks: stat.startTicks }
}

/** Whether the process still runs; one that is dead and only not yet collected by its parent doesn't. */
export function lives(process: ProcessIdentity): boolean {
  const stat = statOf(process.pid)
  return stat?.startTicks === process.startTicks && stat.state !== 'Z' && stat.state !== 'X'
}

/** The identity of a process that has ended before anybody looked. */
export function nobody(pid: number): ProcessIdentity {
  return { pid, startTicks: Number.NaN }
}

/** When the process was started, in milliseconds since the epoch, to about 10 ms; now for one that nobody saw. */
export function startOf(process: ProcessIdentity): number {
  if (Number.isNaN(process.startTicks)) return Date.now()
  const bootSeconds = Number(/^btime (\d+)$/m.exec(textIfReadable('/proc/stat', 'latin1') ?? '')?.[1] ?? 0)
  return Math.round(bootSeconds * 1000 + (process.startTicks * 1000) / ticksPerSecond)
}

/** The environment that the process was started with. */
export function environmentOf(pid: number): Record<string, string> {
  const entries: [string, string][] = []
  const text = textIfReadable(`/proc/${pid}/environ`, 'latin1') ?? ''
  for (const line of Buffer.from(text, 'latin1').toString().split('\0')) {
    const equals = line.indexOf('=')
    if (equals > 0) entries.push([line.slice(0, equals), line.slice(equals + 1)])
  }
  return Object.fromEntries(entries)
}

/** The processes, oldest first, that lead a session and whose environment has this variable with this value. */
export function leadersWith(variable: string, value: string): ProcessIdentity[] {
  const found: ProcessIdentity[] = []
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    if (!Number.isInteger(pid)) continue
    const stat = statOf(pid)
    if (stat?.session !== pid || environmentOf(pid)[variable] !== value) continue
    found.push({ pid, startTicks: stat.startTicks })
  }
  return found.sort((a, b) => a.startTicks - b.startTicks)
}

/** The pids of all children, and of theirs. */
export function descendantsOf(pid: number): number[] {
  let threads: string[]
  try {
    threads = readdirSync(`/proc/${pid}/task`)
  } catch {
    return []
  }
  const children = threads.flatMap((thread) => {
    const text = textIfReadable(`/proc/${pid}/task/${thread}/children`, 'latin1')?.trim()
    return text ? text.split(' ').map(Number) : []
  })
  return children.flatMap((child) => [child, ...descendantsOf(child)])
}

/** Sends a signal; a process that is gone already is no error. */
export function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** Lets a process go on that was stopped; one that was not doesn't notice. */
export function goOn(process: ProcessIdentity): void {
  if (lives(process)) signalTo(process.pid, 'SIGCONT')
}

/** Ends a process that leads its own process group, stopped or not, with its group and all its descendants. */
export function endTree(leader: ProcessIdentity): void {
  if (!lives(leader)) return
  signalTo(-leader.pid, 'SIGSTOP') // so that no child appears between the look and the kill
  const descendants = descendantsOf(leader.pid)
  for (const pid of [-leader.pid, ...descendants]) signalTo(pid, 'SIGKILL')
}

/** Ends what is left of the group of a leader that has just ended: nobody can have got its pid while members live. */
export function endRemains(leader: ProcessIdentity): void {
  if (statOf(leader.pid) === undefined) signalTo(-leader.pid, 'SIGKILL')
}

/** What this process takes from the mode of files that it makes, in octal; the kernel tells without a change of it. */
export function ownUmask(): string {
  return /^Umask:\s*(\d+)$/m.exec(textIfReadable('/proc/self/status', 'latin1') ?? '')?.[1] ?? '0022'
}

const lookEvery = 5

/** Resolves with true once the process is gone, and with false when it lives on after `ms`. */
export function untilGone(process: ProcessIdentity, ms: number, clock: Clock): Promise<boolean> {
  const deadline = clock.elapsed() + ms
  return new Promise((resolve) => {
    const look = () => {
      if (!lives(process)) resolve(true)
      else if (clock.elapsed() >= deadline) resolve(false)
      else clock.after(lookEvery, look)
    }
    look()
  })
}
