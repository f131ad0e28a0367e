/** Collects small pieces of a streamed reply until there are enough of them, or the first has waited long enough. */
import type { Timer } from '#base/clock.ts'
import type { Connection } from './connection.ts'
import { observed } from './observed.ts'
import type { Transport } from './transport.ts'

export class CollectedOutput implements Disposable {
  readonly #connection: Connection
  readonly #size: number
  readonly #delay: number
  #collected: Buffer | undefined
  #length = 0
  #limit: Timer | undefined
  /** What was sent because its time was up: nobody has waited yet for the network to have room for it. */
  #sentInTime: Promise<void> | undefined

  constructor(connection: Connection, { settings }: Transport) {
    this.#connection = connection
    this.#size = settings.connectionBufferSize
    this.#delay = settings.maxOutputDelay
    connection.signal.addEventListener('abort', this.#stop)
  }

  /** Takes a piece; resolves when the network has room for what had to be sent. */
  async write(...parts: readonly Uint8Array[]): Promise<void> {
    await this.#sentInTime
    this.#connection.signal.throwIfAborted()
    const length = parts.reduce((sum, part) => sum + part.length, 0)
    if (this.#delay === 0 || this.#length + length >= this.#size) await this.flush(...parts)
    else this.#collect(parts)
  }

  /** Sends at once what has been collected, with the parts behind it. */
  async flush(...parts: readonly Uint8Array[]): Promise<void> {
    this.#stop()
    const before = this.#collected?.subarray(0, this.#length)
    this.#collected = undefined
    this.#length = 0
    await this.#connection.write(...(before ? [before, ...parts] : parts))
  }

  [Symbol.dispose](): void {
    this.#stop()
    this.#connection.signal.removeEventListener('abort', this.#stop)
  }

  readonly #stop = (): void => {
    this.#limit?.[Symbol.dispose]()
    this.#limit = undefined
  }

  /** Small pieces are copied: one write of many parts costs more, and the application may use its buffers again. */
  #collect(parts: readonly Uint8Array[]): void {
    this.#collected ??= Buffer.allocUnsafe(this.#size)
    for (const part of parts) {
      this.#collected.set(part, this.#length)
      this.#length += part.length
    }
    this.#limit ??= this.#connection.after(this.#delay, () => {
      this.#sentInTime = observed(this.flush())
    })
  }
}
