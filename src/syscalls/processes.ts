/** Calls about processes: who is at the other end of a Unix socket, a handle on exactly that process, and file locks. */
import { closeSync } from 'node:fs'
import { declare, errno, SystemCallError, wouldBlock } from './libc.ts'

const solSocket = 1
const soPeerCred = 17
const soPeerPidFd = 77
const pidfdSendSignal = 424
const lockExclusive = 2
const lockNonBlocking = 4

const getsockopt = declare<[fd: number, level: number, option: number, value: Uint8Array, size: Uint8Array]>(
  'int getsockopt(int fd, int level, int option, void *value, void *size)',
)
const flock = declare<[fd: number, operation: number]>('int flock(int fd, int operation)')
const syscall = declare<[number: number, pidfd: number, signal: number, info: null, flags: number]>(
  'long syscall(long number, int pidfd, int signal, void *info, uint32_t flags)',
)

function option(socket: number, name: number, words: number): Int32Array {
  const value = new Int32Array(words)
  const size = Int32Array.of(value.byteLength)
  if (getsockopt(socket, solSocket, name, new Uint8Array(value.buffer), new Uint8Array(size.buffer)) < 0)
    throw new SystemCallError('getsockopt', errno())
  return value
}

/** Who connected, by the kernel's word at the time of the connection. */
export interface PeerCredentials {
  readonly pid: number
  readonly uid: number
  readonly gid: number
}

/** The process at the other end of a Unix socket. Source: unix(7), SO_PEERCRED. */
export function peerCredentials(socket: number): PeerCredentials {
  const [pid = -1, uid = -1, gid = -1] = option(socket, soPeerCred, 3)
  return { pid, uid, gid }
}

/** A claim on exactly one process: a pid that was used again is never hit. */
export interface ProcessHandle extends Disposable {
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
