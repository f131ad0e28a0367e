/** Waiting for what other processes, the network and the file system bring; the test's time limit is the only limit. */
import { setTimeout as pause } from 'node:timers/promises'

/** Resolves with what `found` returns as soon as that is something. */
export async function eventually<T>(found: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const result = await found()
    if (result) return result
    await pause(5)
  }
}
