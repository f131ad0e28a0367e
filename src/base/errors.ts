/** Portico's own errors: every one is an entry of the catalogue, with a sentence, a remedy and what the client gets. */
import { type CatalogueEntry, type Code, catalogue, type Reply } from './catalogue.ts'

/** The arguments that the sentence of `code` needs. */
export type ArgsOf<C extends Code> = Parameters<(typeof catalogue)[C]['says']>[0]

/** One step of something that took several, with the milliseconds since the first. */
export interface JourneyStep {
  readonly step: string
  readonly afterMs: number
}

/** What an error may carry besides its sentence. */
export interface ErrorExtras {
  readonly cause?: unknown
  /** The steps taken until it failed, the failing one last. */
  readonly journey?: readonly JourneyStep[]
  /** The last lines that the process wrote. */
  readonly lastOutput?: string
}

/** By this an error is known that another copy of this module has made: a worker process may have two. */
const brand = Symbol.for('portico.error')

/** An error of the catalogue: `message` says what happened, `remedy` what to do, `reply` what a waiting client is told. */
export class PorticoError<C extends Code = Code> extends Error {
  override readonly name = 'PorticoError'
  readonly code: C
  readonly args: ArgsOf<C>
  readonly journey: readonly JourneyStep[]
  readonly lastOutput: string

  constructor(code: C, args: ArgsOf<C>, extras: ErrorExtras = {}) {
    // The entry and its arguments belong together by construction; the compiler can't follow the correlation.
    const says = catalogue[code].says as (args: ArgsOf<C>) => string
    super(says(args), extras.cause === undefined ? undefined : { cause: extras.cause })
    this.code = code
    this.args = args
    this.journey = extras.journey ?? []
    this.lastOutput = extras.lastOutput ?? ''
  }

  get [brand](): true {
    return true
  }

  get remedy(): string {
    return catalogue[this.code].remedy
  }

  get reply(): Reply {
    return catalogue[this.code].reply
  }

  /** The id under which Windows logs the same fact, where it has one. */
  get windowsEventId(): number | undefined {
    const entry: CatalogueEntry = catalogue[this.code]
    return entry.windowsEventId
  }
}

/** Whether `error` is the catalogue's error `code`. */
export function isPorticoError<C extends Code>(error: unknown, code: C): error is PorticoError<C> {
  return error instanceof Error && brand in error && 'code' in error && error.code === code
}

/** The sentence of anything that was thrown. */
export function sentenceOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** The system's name of a failure (`EADDRINUSE`, …), if it has one. */
export function systemCodeOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined
  return typeof thrown.code === 'string' ? thrown.code : undefined
}
