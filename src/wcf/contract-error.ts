/** A value that is not what its contract says: where it stands, what came, and what would be right. */
import { printable } from '#base/printable.ts'
import { EncodingError } from '#encoding/encoding-error.ts'
import type { QualifiedName } from './contract-names.ts'

/** A name of a stranger may be long; a log line need not. */
const longestMessage = 600

/** `message` is a sentence without its end: `order/Items[3]/Quantity: "many" is not an int`. */
export class ContractError extends Error {
  override readonly name = 'ContractError'
  /** Names of elements with `/` between them, items of lists as `[3]`. Empty where the whole is meant. */
  readonly path: string
  /** The message without the path. */
  readonly says: string

  constructor(says: string, path = '', cause?: unknown) {
    const shown = printable(path === '' ? says : `${path}: ${says}`)
    super(
      shown.length > longestMessage ? `${shown.slice(0, longestMessage)}…` : shown,
      cause === undefined ? undefined : { cause },
    )
    this.path = path
    this.says = says
  }
}

/**
 * The error as seen from outside of `segment`, the name of an element or `[index]`. Errors that are about more than a value
 * (the message is broken, a quota is exceeded) stay as they are.
 */
export function within(error: unknown, segment: string): unknown {
  if (error instanceof ContractError) {
    return new ContractError(error.says, joined(segment, error.path), error.cause)
  }
  if (error instanceof EncodingError && isAboutValue(error)) {
    return new ContractError(error.message, segment, error)
  }
  return error
}

function isAboutValue({ code, offset }: EncodingError): boolean {
  // A character that can't be written is one of a value; in a message that came, the message is broken.
  return code === 'invalidValue' || code === 'unexpectedContent' || (code === 'invalidCharacter' && offset < 0)
}

const longestPath = 200

/** Of a path in a long linked list, only the beginning and the end. */
function joined(segment: string, path: string): string {
  if (path === '') return segment
  const whole = path.startsWith('[') ? segment + path : `${segment}/${path}`
  return whole.length <= longestPath ? whole : `${segment}/…${path.slice(-longestPath / 2)}`
}

const longest = 60

/** A name that came, with its namespace. */
export function named({ name, namespace }: QualifiedName): string {
  return `${cut(name)} of ${cut(namespace)}`
}

function cut(text: string): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text
}

/** Says that a value to be written is not what it must be. */
export function mismatch(value: unknown, expected: string): ContractError {
  return new ContractError(`${shown(value)} is not ${expected}`)
}

/** A value for a message, on one line and not long. */
export function shown(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid Date' : value.toISOString()
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value === 'object' && value !== null) return `an object of ${value.constructor?.name ?? 'no class'}`
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return cut(text)
}
