/** Pings: asks a connected worker process regularly whether it still answers. */
import { type Clock, sleep } from '#base/clock.ts'
import type { PoolSettings } from './pool-settings.ts'
import type { WorkerChannel } from './worker-channel.ts'

/** Milliseconds more for an answer: when Portico itself was held up, it lies there and has only not been read. */
const readingGrace = 1_000

/** The worker process, as far as it is pinged. */
export interface PingedProcess {
  readonly clock: Clock
  settings(): PoolSettings
  /** Whether it may be silent now: an application loads, for as long as startupTimeLimit allows, or it is suspended. */
  isExcused(): boolean
  /** It has not answered in time. */
  unanswered(): void
}

export class Pings implements Disposable {
  readonly #process: PingedProcess
  readonly #lifetime = new AbortController()

  constructor(channel: Pick<WorkerChannel, 'ping'>, process: PingedProcess) {
    this.#process = process
    void this.#run(channel).catch(() => {}) // ends with its lifetime
  }

  [Symbol.dispose](): void {
    this.#lifetime.abort(new Error('the worker process has ended'))
  }

  /** Settings count as they are when the next ping is due. */
  async #run(channel: Pick<WorkerChannel, 'ping'>): Promise<void> {
    const { clock, settings, isExcused, unanswered } = this.#process
    for (;;) {
      await sleep(clock, settings().pings.pingInterval, this.#lifetime.signal)
      const { pingingEnabled, pingResponseTime } = settings().pings
      if (!pingingEnabled || isExcused() || (await this.#answers(channel, pingResponseTime))) continue
      if (isExcused()) continue // it began after the ping
      this[Symbol.dispose]()
      unanswered()
      return
    }
  }

  async #answers(channel: Pick<WorkerChannel, 'ping'>, limit: number): Promise<boolean> {
    const { clock } = this.#process
    const over = new AbortController()
    const either = AbortSignal.any([over.signal, this.#lifetime.signal])
    const late = sleep(clock, limit, either).then(() => sleep(clock, readingGrace, either))
    const answered = channel.ping(either).then(() => true)
    try {
      return await Promise.race([answered, late.then(() => false)])
    } finally {
      over.abort(new Error('no answer in time'))
      late.catch(() => {})
      answered.catch(() => {})
    }
  }
}
