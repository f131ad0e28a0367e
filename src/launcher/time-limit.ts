/** A bound on waiting for something that may never answer. */
import type { Clock } from '#base/clock.ts'

/** Settles as `work` does; after `ms` rejects with what `expired` makes. */
export function within<T>(work: Promise<T>, ms: number, clock: Clock, expired: () => Error): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = clock.after(ms, () => reject(expired()))
    work.then(resolve, reject).finally(() => timer[Symbol.dispose]())
  })
}
