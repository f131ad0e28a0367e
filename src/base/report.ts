/** What this worker process writes to the log of its pool, and tells Portico of errors. */

const greatestText = 4_000

export const bounded = (text: string) => (text.length > greatestText ? `${text.slice(0, greatestText)}…` : text)
export const sentence = (error: unknown) => (error instanceof Error ? error.message : String(error))
export const detail = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error))

/** Writes to the log of the pool. */
export function report(what: string, error: unknown): void {
  process.stderr.write(`${new Date().toISOString()} portico: ${what}: ${detail(error)}\n`)
}
