/** Socket calls that Node lacks: looking at bytes without taking them, passing descriptors, and listening options. */
import { addressOf, declare, errno, SystemCallError, wouldBlock } from './libc.ts'

const ipprotoTcp = 6
const tcpNoDelay = 1
const tcpDeferAccept = 9
const msgPeek = 0x02
const msgDontWait = 0x40
const msgNoSignal = 0x4000
const solSocket = 1
const scmRights = 1
const soPassRights = 83

const noSuchOption = 92 // ENOPROTOOPT
const tooManyInFlight = 109 // ETOOMANYREFS: descriptors of this account that nobody has received, on all sockets together

const setsockopt = declare<[fd: number, level: number, option: number, value: Uint8Array, size: number]>(
  'int setsockopt(int fd, int level, int option, void *value, uint32_t size)',
)
const listen = declare<[fd: number, backlog: number]>('int listen(int fd, int backlog)')
const recv = declare<[fd: number, buffer: Uint8Array, size: number, flags: number]>(
  'int64_t recv(int fd, void *buffer, size_t size, int flags)',
)
const sendmsg = declare<[fd: number, header: Uint8Array, flags: number]>(
  'int64_t sendmsg(int fd, void *header, int flags)',
)

/** Lets the connections that `listener` accepts send small pieces without waiting for more; they inherit it. Source: tcp(7), TCP_NODELAY. */
export function sendAtOnce(listener: number): void {
  const value = new Uint8Array(Int32Array.of(1).buffer)
  if (setsockopt(listener, ipprotoTcp, tcpNoDelay, value, 4) < 0) throw new SystemCallError('setsockopt', errno())
}

/**
 * Makes the kernel report a connection only when its first bytes are there, or `seconds` later.
 * Source: tcp(7), TCP_DEFER_ACCEPT.
 */
export function deferAccept(listener: number, seconds: number): void {
  const value = new Uint8Array(Int32Array.of(seconds).buffer)
  if (setsockopt(listener, ipprotoTcp, tcpDeferAccept, value, 4) < 0) throw new SystemCallError('setsockopt', errno())
}

/** Changes the backlog of a socket that listens already; Linux allows that at any time. */
export function changeBacklog(listener: number, backlog: number): void {
  if (listen(listener, backlog) < 0) throw new SystemCallError('listen', errno())
}

/**
 * Lets nobody send descriptors to those that `listener` accepts: one is closed in the moment that it is thrown away, and
 * closing a socket can take as long as its sender wants (SO_LINGER). False on kernels before 6.16, which can't.
 * Source: net/unix/af_unix.c, SO_PASSRIGHTS.
 */
export function refuseDescriptors(listener: number): boolean {
  const off = new Uint8Array(Int32Array.of(0).buffer)
  if (setsockopt(listener, solSocket, soPassRights, off, 4) === 0) return true
  const code = errno()
  if (code !== noSuchOption) throw new SystemCallError('setsockopt', code)
  return false
}

/** What a look at the receive queue found. */
export type Peek =
  | { readonly is: 'bytes'; readonly count: number }
  | { readonly is: 'nothing' }
  | { readonly is: 'end' }

const nothing: Peek = { is: 'nothing' }
const end: Peek = { is: 'end' }

/**
 * Copies the bytes that wait on `socket` into `buffer` and leaves them in the queue.
 * Throws SystemCallError when the connection is broken.
 */
export function peek(socket: number, buffer: Uint8Array): Peek {
  const count = recv(socket, buffer, buffer.byteLength, msgPeek | msgDontWait)
  if (count > 0) return { is: 'bytes', count }
  if (count === 0) return end
  const code = errno()
  if (code === wouldBlock) return nothing
  throw new SystemCallError('recv', code)
}

const pollReadHangUp = 0x2000
const pollError = 0x08 | 0x10 // POLLERR, POLLHUP
const poll = declare<[entries: Uint8Array, count: number, timeout: number]>(
  'int poll(void *entries, unsigned long count, int timeout)',
)
const pollEntry = new DataView(new ArrayBuffer(8))
const pollBytes = new Uint8Array(pollEntry.buffer)

/** Whether the other side will send nothing more, even when bytes of it still wait. Source: poll(2), POLLRDHUP. */
export function hasHungUp(socket: number): boolean {
  return (polled(socket, pollReadHangUp) & (pollReadHangUp | pollError)) !== 0
}

/** Whether the connection is broken, as after a reset: unlike one that only sends nothing more, nobody is there to answer. */
export function isBroken(socket: number): boolean {
  return (polled(socket, 0) & pollError) !== 0
}

function polled(socket: number, events: number): number {
  pollEntry.setInt32(0, socket, true)
  pollEntry.setInt16(4, events, true)
  pollEntry.setInt16(6, 0, true)
  if (poll(pollBytes, 1, 0) < 0) throw new SystemCallError('poll', errno())
  return pollEntry.getInt16(6, true)
}

// One block of memory for every sendmsg: the calls are synchronous, so they can't overlap.
const headerAt = 64
const controlAt = 128
const bytesAt = 256
const greatestMessage = 64 * 1024
const memory = new ArrayBuffer(bytesAt + greatestMessage)
const fields = new DataView(memory)
const header = new Uint8Array(memory, headerAt, 56)
const payload = new Uint8Array(memory, bytesAt)
const base = addressOf(memory)
fields.setBigUint64(0, base + BigInt(bytesAt), true) // iovec: address
fields.setBigUint64(headerAt + 16, base, true) // msghdr: iovec
fields.setBigUint64(headerAt + 24, 1n, true)
fields.setBigUint64(headerAt + 32, base + BigInt(controlAt), true) // msghdr: control
fields.setBigUint64(headerAt + 40, 24n, true)
fields.setBigUint64(controlAt, 20n, true) // cmsghdr: length, level, type, then the descriptor
fields.setInt32(controlAt + 8, solSocket, true)
fields.setInt32(controlAt + 12, scmRights, true)

/**
 * Sends `bytes` and one descriptor in a single message and returns how many bytes went; 0 when it has to wait, because the
 * peer's queue is full or too many descriptors are on their way, and then the descriptor hasn't gone either. The receiver gets a descriptor of its own. Source: unix(7), SCM_RIGHTS.
 */
export function sendDescriptor(socket: number, bytes: Uint8Array, descriptor: number): number {
  payload.set(bytes)
  fields.setBigUint64(8, BigInt(bytes.byteLength), true) // iovec: length
  fields.setInt32(controlAt + 16, descriptor, true)
  const count = sendmsg(socket, header, msgDontWait | msgNoSignal)
  if (count >= 0) return count
  const code = errno()
  if (code === wouldBlock || code === tooManyInFlight) return 0
  throw new SystemCallError('sendmsg', code)
}
