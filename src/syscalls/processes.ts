/** Calls about processes: who is at the other end of a Unix socket, a handle on it, file locks, and giving up privileges. */
import { closeSync } from 'node:fs'
import { declare, errno, SystemCallError, wouldBlock } from './libc.ts'

const noId = 0xffff_ffff // what the kernel says of a socket without a peer
const solSocket = 1
const soPeerCred = 17
const soPeerGroups = 59
const soPeerPidFd = 77
const pidfdSendSignal = 424
const lockExclusive = 2
const lockNonBlocking = 4
const setNoNewPrivileges = 38
const ambientCapabilities = 47
const clearAll = 4

const tooSmall = 34 // ERANGE
const noGroups = [61, 92] // ENODATA: no peer; ENOPROTOOPT: a kernel before 4.13

const getsockopt = declare<[fd: number, level: number, option: number, value: Uint8Array, size: Uint8Array]>(
  'int getsockopt(int fd, int level, int option, void *value, void *size)',
)
const flock = declare<[fd: number, operation: number]>('int flock(int fd, int operation)')
const syscall = declare<[number: number, pidfd: number, signal: number, info: null, flags: number]>(
  'long syscall(long number, int pidfd, int signal, void *info, uint32_t flags)',
)
const prctl = declare<[option: number, first: number, second: number, third: number, fourth: number]>(
  'int prctl(int option, unsigned long first, unsigned long second, unsigned long third, unsigned long fourth)',
)

/** Reads an option into `value`: 0 and how many bytes it has, or the error and how many it would have. */
function readOption(socket: number, name: number, value: Uint32Array<ArrayBuffer>): [error: number, size: number] {
  const size = Uint32Array.of(value.byteLength)
  const failed = getsockopt(socket, solSocket, name, new Uint8Array(value.buffer), new Uint8Array(size.buffer)) < 0
  return [failed ? errno() : 0, size[0] ?? 0]
}

function option(socket: number, name: number, words: number): Uint32Array {
  const value = new Uint32Array(words)
  const [error] = readOption(socket, name, value)
  if (error !== 0) throw new SystemCallError('getsockopt', error)
  return value
}

/** Who connected, by the kernel's word at the time of the connection. */
export interface PeerCredentials {
  readonly pid: number
  readonly uid: number
  readonly gid: number
  /** The supplementary groups, with or without `gid`; none where the kernel (before 4.13) doesn't tell. */
  readonly groups: readonly number[]
}

/** The process at the other end of a Unix socket. Sources: unix(7), SO_PEERCRED; asm-generic/socket.h. */
export function peerCredentials(socket: number): PeerCredentials {
  const [pid = 0, uid = noId, gid = noId] = option(socket, soPeerCred, 3)
  return { pid, uid, gid, groups: peerGroups(socket) }
}

/** The kernel keeps the groups of the time of the connection: a second look has the same size. */
function peerGroups(socket: number): readonly number[] {
  for (let room = 32; ; ) {
    const value = new Uint32Array(room)
    const [error, size] = readOption(socket, soPeerGroups, value)
    const count = size / value.BYTES_PER_ELEMENT
    if (error === 0) return [...value.subarray(0, count)]
    if (noGroups.includes(error)) return []
    if (error !== tooSmall || count <= room) throw new SystemCallError('getsockopt', error)
    room = count
  }
}

/** A claim on exactly one process: a pid that was used again is never hit. */
export interface ProcessHandle extends Disposable {
  /** The kernel's descriptor of it; -1 once disposed. */
  readonly descriptor: number
  /** Sends the signal by its number; false when the process has ended. */
  signal(number: number): boolean
}

/** The process at the other end of a Unix socket as a handle; undefined where the kernel (before 6.5) has none. */
export function peerProcess(socket: number): ProcessHandle | undefined {
  let pidfd: number
  try {
    pidfd = option(socket, soPeerPidFd, 1)[0] ?? -1
  } catch {
    return undefined
  }
  return {
    get descriptor() {
      return pidfd
    },
    signal: (number) => pidfd >= 0 && syscall(pidfdSendSignal, pidfd, number, null, 0) === 0,
    [Symbol.dispose]() {
      if (pidfd >= 0) closeSync(pidfd)
      pidfd = -1
    },
  }
}

/** Takes the lock of an open file for this process; false when another process has it. The kernel frees it at the end. */
export function lockFile(file: number): boolean {
  if (flock(file, lockExclusive | lockNonBlocking) === 0) return true
  const code = errno()
  if (code === wouldBlock) return false
  throw new SystemCallError('flock', code)
}

/**
 * Takes from this thread and from every process that it starts afterwards, for good, to gain privileges by executing a
 * program: set-user-id, set-group-id and the capabilities of files count no more. And drops the ambient capabilities,
 * which those processes would inherit. What the thread may do itself stays, and other threads keep everything.
 * Sources: PR_SET_NO_NEW_PRIVS(2const), PR_CAP_AMBIENT(2const).
 */
export function forgoPrivileges(): void {
  if (prctl(setNoNewPrivileges, 1, 0, 0, 0) < 0) throw new SystemCallError('prctl', errno())
  if (prctl(ambientCapabilities, clearAll, 0, 0, 0) < 0) throw new SystemCallError('prctl', errno())
}
