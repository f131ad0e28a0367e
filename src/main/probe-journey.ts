/** The steps that a probe's connection took inside Portico: asked of the Portico of this machine, and as lines for people. */
import type { JourneyAnswer, JourneyStatus } from '#admin/journey.ts'
import { sentenceOf } from '#base/errors.ts'
import type { TimedStep } from '#base/journey.ts'
import { askAndStay, type OpenQuestion } from './admin-client.ts'
import type { ProbeConnection } from './probe-connection.ts'

export type Told =
  | { readonly is: 'known'; readonly journey: JourneyStatus }
  | { readonly is: 'unknown'; readonly why: string }

/** A connection that has been made and over which nothing has been sent. */
export type Connected = Pick<ProbeConnection, 'ends' | 'staysHere'>

/** Milliseconds for Portico to take the question down, and to answer it when the call is over. */
const answerLimit = 3000

/** The question of one connection. It has to be put before a byte is sent: of connections that nobody asks about nothing is kept. */
export class JourneyQuestion implements Disposable {
  readonly #home: string
  readonly #signal: AbortSignal
  #question: OpenQuestion<Partial<JourneyAnswer>> | undefined
  #unknown = 'there was no connection'

  constructor(home: string, signal: AbortSignal) {
    this.#home = home
    this.#signal = signal
  }

  /** Resolves when Portico waits for the connection, or when it is known that it doesn't. */
  async connected({ ends, staysHere }: Connected): Promise<void> {
    if (!staysHere) {
      this.#unknown = 'the server is another host, and only Portico on this one is asked'
      return
    }
    const { address, port, to } = ends
    const path = `/journey?address=${encodeURIComponent(address)}&port=${port}&to=${to}`
    const question = askAndStay<Partial<JourneyAnswer>>(this.#home, path, this.#signal)
    try {
      await within(question.heard)
      this.#question = question
    } catch (error) {
      question[Symbol.dispose]()
      this.#unknown = sentenceOf(error)
    }
  }

  /** What Portico knows once the call is over; never throws. */
  async answer(): Promise<Told> {
    if (!this.#question) return { is: 'unknown', why: this.#unknown }
    try {
      const answer = await within(this.#question.answer())
      if (answer.known === true) {
        const { known: _, ...journey } = answer as { known: true } & JourneyStatus
        return { is: 'known', journey }
      }
      if (answer.known === false) return { is: 'unknown', why: `the Portico of the home ${this.#home} did not get it` }
      return { is: 'unknown', why: 'portico serve gave no answer that says it' }
    } catch (error) {
      return { is: 'unknown', why: sentenceOf(error) }
    }
  }

  [Symbol.dispose](): void {
    this.#question?.[Symbol.dispose]()
  }
}

async function within<T>(work: Promise<T>): Promise<T> {
  const limit = Promise.withResolvers<never>()
  const expired = () => limit.reject(new Error(`portico serve gave no answer within ${answerLimit / 1000} s`))
  const timer = setTimeout(expired, answerLimit)
  try {
    return await Promise.race([work, limit.promise])
  } finally {
    clearTimeout(timer)
  }
}

const because: Readonly<Record<NonNullable<JourneyStatus['found']>, string>> = {
  cold: 'cold: no worker process was there, and one was launched for it',
  standby: 'from standby: no worker process was there, and a standby process became one',
  joined: 'joined: a worker process was starting, or loading the application, for somebody else',
  loads: 'loaded: the worker process ran, and had to load the application',
  suspended: 'woken: the worker process was suspended',
  warm: 'warm: the worker process was ready',
}

/** What stands below the line of a connection. */
export function journeyLines(told: Told): string[] {
  if (told.is === 'unknown') return [`its journey is unknown: ${told.why}`]
  const { connection, found, pool, worker, refused, ended, steps } = told.journey
  const at = worker === null ? [] : [`worker process ${worker} in pool ${pool}`]
  const why = found === null ? [] : [because[found]]
  return [
    [`journey of connection ${connection}`, ...why, ...at].join(', '),
    ...steps.map(stepLine),
    ...(refused === null ? [] : [`nobody took it: ${refused}`]),
    ...(ended ? [] : ['it was still under way when the call was over']),
  ]
}

function stepLine({ step, afterMs, tookMs }: TimedStep): string {
  return `${afterMs.toFixed(2).padStart(10)} ms ${`+${tookMs.toFixed(2)}`.padStart(9)}  ${step}`
}
