/** Promises that applications get: one that nobody waits for doesn't end the process when it rejects. */

export function ignore(): void {}

/** The same promise, with its rejection seen. */
export function observed<T>(promise: Promise<T>): Promise<T> {
  promise.catch(ignore)
  return promise
}

export function rejected(reason: unknown): Promise<never> {
  return observed(Promise.reject(reason))
}

/** Leaving a loop early ends nothing: another loop goes on where it stopped. */
export function iterable(next: () => Promise<Buffer | undefined>): AsyncIterable<Buffer> {
  const result = (value: Buffer | undefined): IteratorResult<Buffer, undefined> =>
    value === undefined ? { done: true, value } : { done: false, value }
  const iterator: AsyncIterator<Buffer> = { next: () => observed(next().then(result)) }
  return { [Symbol.asyncIterator]: () => iterator }
}
