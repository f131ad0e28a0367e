/** The C library: the system calls that Node lacks, and what they need of memory and errors. */
import { getSystemErrorName } from 'node:util'
import koffi from 'koffi'

const library = koffi.load(null)

/** A system call that failed, named by the system (`EAGAIN`, …). */
export class SystemCallError extends Error {
  override readonly name = 'SystemCallError'
  readonly code: string
  readonly syscall: string

  constructor(syscall: string, errno: number) {
    const code = getSystemErrorName(-errno)
    super(`${syscall} failed: ${code}`)
    this.code = code
    this.syscall = syscall
  }
}

/** The number of the last failure, as `errno` in C. */
export const errno = (): number => koffi.errno()

/** The errors that mean "not now". */
export const wouldBlock = 11 // EAGAIN

/** A function of the C library by its prototype. */
export function declare<A extends readonly unknown[]>(prototype: string): (...args: A) => number {
  const call = library.func(prototype)
  return (...args) => Number(call(...args))
}

/** The same for a function that may take long: it runs beside the event loop, and its `errno` is not to be had. */
export function declareSlow<A extends readonly unknown[]>(prototype: string): (...args: A) => Promise<number> {
  const call = library.func(prototype)
  return (...args) => {
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    call.async(...args, (error: unknown, result: unknown) => (error ? reject(error) : resolve(Number(result))))
    return promise
  }
}

/** The address of an ArrayBuffer's memory, for structures that point into it; the buffer never moves. */
export const addressOf = (memory: ArrayBuffer): bigint => koffi.address(memory)

/** The pointer that C keeps at an address. */
export const pointerAt = (address: bigint): bigint => BigInt(koffi.decode.uint64(address))

/** The text that C keeps at an address; C's NULL is no text. */
export const textAt = (address: bigint): string => (address === 0n ? '' : koffi.decode.string(address))
