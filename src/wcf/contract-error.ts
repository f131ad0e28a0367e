/** A value that is not what its contract says: where it stands, what came, and what would be right. */
import { EncodingError } from '#encoding/encoding-error.ts'

/** `message` is a sentence without its end: `order/Items[3]/Quantity: "many" is not an int`. */
export class ContractError extends Error {
  override readonly name = 'ContractError'
  /** Names of elements with `/` between them, items of lists as `[3]`. Empty where the whole is meant. */
  readonly path: string
  /** The message without the path. */
  readonly says: string

  constructor(says: string, path = '', cause?: unknown) {
    super(path === '' ? says : `${path}: ${says}`, cause === undefined ? undefined : { cause })
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
    const { path } = error
    const separator = path === '' || path.startsWith('[') ? '' : '/'
    return new ContractError(error.says, segment + separator + path, error.cause)
  }
  if (error instanceof EncodingError && (error.code === 'invalidValue' || error.code === 'unexpectedContent')) {
    return new ContractError(error.message, segment, error)
  }
  return error
}

const longest = 60

/** Says that a value to be written is not what it must be. */
export function mismatch(value: unknown, expected: string): ContractError {
  return new ContractError(`${shown(value)} is not ${expected}`)
}

function shown(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value === 'object' && value !== null) return `an object of ${value.constructor?.name ?? 'no class'}`
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return text.length > longest ? `${text.slice(0, longest)}…` : text
}
