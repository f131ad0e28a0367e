/** What reading a configuration finds besides its values: problems, which refuse it, and notices, which don't. */
import { PorticoError } from '#base/errors.ts'
import type { Effect } from './schema.ts'
import type { XmlElement } from './xml.ts'

/** Something wrong in a file. `expected` says what would be right. */
export interface Problem {
  readonly file: string
  readonly line: number
  readonly element?: string
  readonly attribute?: string
  /** As written; absent when there is none, or when it may be a secret. */
  readonly value?: string
  readonly expected: string
}

/** Something that a file says, that is accepted and checked, and that has no effect. */
export interface Notice {
  readonly file: string
  readonly line: number
  /** Absent when it is about something other than an element. */
  readonly element?: string
  readonly attribute?: string
  readonly value?: string
  readonly kind: Exclude<Effect, 'inForce'>
  readonly text: string
}

const longestValueShown = 100

/** Beyond this many problems it is the file that is wrong, and listing helps nobody. */
const mostProblems = 100

const effectsInWords: Readonly<Record<Notice['kind'], string>> = {
  notInForceYet: 'is not in force yet',
  notOnLinux: 'has no meaning on Linux',
  noEffect: 'has no effect',
}

/** Where in an element something was found; `value` only if it may be shown. */
interface Finding {
  readonly attribute?: string
  readonly value?: string
}

/** Collects what is found, so that an administrator sees all of it at once. */
export class Report {
  readonly problems: Problem[] = []
  readonly notices: Notice[] = []
  /** Problems that were found and not kept. */
  further = 0

  problem(at: XmlElement, expected: string, finding: Finding = {}): void {
    if (this.problems.length >= mostProblems) this.further++
    else this.problems.push({ ...placeOf(at, finding), expected })
  }

  notice(at: XmlElement, kind: Notice['kind'], finding: Finding = {}, why?: string): void {
    const place = placeOf(at, finding)
    const text = `${heading(place)} is accepted but ${why ?? effectsInWords[kind]}`
    this.notices.push({ ...place, kind, text })
  }

  /** Throws CONFIG_INVALID when there are problems. */
  refuseProblems(): void {
    if (this.problems.length === 0) return
    throw new PorticoError('CONFIG_INVALID', { problems: this.sentences(), details: this.problems.toSorted(byPlace) })
  }

  /** The problems in the order of files and lines, each with its place. */
  sentences(): string[] {
    const sentences = this.problems.toSorted(byPlace).map(problemText)
    return [...sentences, ...(this.further > 0 ? [`and ${this.further} more`] : [])]
  }

  noticesInOrder(): readonly Notice[] {
    return Object.freeze(this.notices.toSorted(byPlace))
  }
}

/** In the order in which an administrator meets them when reading the files. */
function byPlace(a: Problem | Notice, b: Problem | Notice): number {
  return a.file.localeCompare(b.file) || a.line - b.line
}

/** The sentence of a problem, as it stands in CONFIG_INVALID. */
function problemText(problem: Problem): string {
  return `${heading(problem)} ${problem.expected}`
}

function placeOf(at: XmlElement, { attribute, value }: Finding) {
  return {
    file: at.file,
    line: at.line(attribute),
    element: at.name,
    ...(attribute === undefined ? {} : { attribute }),
    ...(value === undefined || hidesItsValue(attribute) ? {} : { value: shown(value) }),
  }
}

function heading({ file, line, element, attribute, value }: Omit<Problem, 'expected'>): string {
  const written = attribute === undefined ? '' : value === undefined ? ` ${attribute}` : ` ${attribute}="${value}"`
  return `${file}:${line}:${element === undefined ? '' : ` <${element}${written}>`}`
}

/** Passwords stay out of every message, wherever somebody put them. */
function hidesItsValue(attribute: string | undefined): boolean {
  return attribute !== undefined && /pass?wor[dt]/i.test(attribute)
}

function shown(value: string): string {
  // Control characters would let a file write lines of its own into the log.
  const oneLine = value.replace(/\p{Cc}/gu, ' ')
  return oneLine.length > longestValueShown ? `${oneLine.slice(0, longestValueShown)}…` : oneLine
}
