/** Stops an idle worker process in place of ending it, gives its memory back, and lets it go on before it is spoken to. */
import { sentenceOf } from '#base/errors.ts'
import type { Log, LogFields } from '#base/log.ts'
import type { WorkerChannel } from './worker-channel.ts'

export class Suspension implements Disposable {
  readonly #log: Log
  readonly #names: () => LogFields
  readonly #hasGoneOn: () => void
  /** Aborts when the process goes on; undefined while it isn't stopped. */
  #stopped: AbortController | undefined
  #hasTold = false

  /** `names`: of the process, for the log. `hasGoneOn`: is called when the process has been let go on. */
  constructor(log: Log, names: () => LogFields, hasGoneOn: () => void) {
    this.#log = log
    this.#names = names
    this.#hasGoneOn = hasGoneOn
  }

  /** Stops the process; false when that can't be done safely. Its memory follows in a while. */
  begin(channel: WorkerChannel): boolean {
    if (this.#stopped) return true
    if (!channel.suspend()) {
      this.#tellOnce(
        'worker.notSuspended',
        'its process has ended, or this kernel (before 6.5) names no process safely',
      )
      return false
    }
    this.#stopped = new AbortController()
    void this.#giveMemoryBack(channel, this.#stopped.signal)
    return true
  }

  /** Lets the process go on if it is stopped. */
  end(channel: WorkerChannel | undefined): void {
    if (!this.#stopped) return
    this[Symbol.dispose]()
    channel?.resume()
    this.#hasGoneOn()
  }

  /** The channel through which whatever is said to the process lets it go on first. */
  wakingFirst(channel: WorkerChannel): WorkerChannel {
    const awake = () => {
      this.end(channel)
      return channel
    }
    return {
      peer: channel.peer,
      get connections() {
        return channel.connections
      },
      get offered() {
        return channel.offered
      },
      open: (worker, reports) => channel.open(worker, reports),
      activate: (application) => awake().activate(application),
      deactivate: (application, reason) => awake().deactivate(application, reason),
      drain: (reason, timeLimit) => awake().drain(reason, timeLimit),
      ping: (signal) => awake().ping(signal),
      suspend: () => channel.suspend(),
      resume: () => channel.resume(),
      giveMemoryBack: (signal) => channel.giveMemoryBack(signal),
      kill: () => channel.kill(), // that ends a stopped process, too
      close: () => channel.close(),
    }
  }

  [Symbol.dispose](): void {
    this.#stopped?.abort()
    this.#stopped = undefined
  }

  async #giveMemoryBack(channel: WorkerChannel, signal: AbortSignal): Promise<void> {
    try {
      const { before, after } = await channel.giveMemoryBack(signal)
      if (signal.aborted) return
      this.#log.info('worker.memoryGivenBack', { ...this.#names(), residentBefore: before, residentAfter: after })
    } catch (error) {
      if (!signal.aborted) this.#tellOnce('worker.memoryKept', sentenceOf(error))
    }
  }

  /** It would be the same with every suspension. */
  #tellOnce(event: string, reason: string): void {
    if (this.#hasTold) return
    this.#hasTold = true
    this.#log.info(event, { ...this.#names(), reason })
  }
}
