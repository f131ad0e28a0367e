/** What Portico knows of the connections that a worker process has: a small record of each, as long as it is open. */
import type { Dispatchable, OpenConnection } from '#activation/worker-channel.ts'
import { printable } from '#base/printable.ts'

/** So many characters of a via are kept: an administrator knows a connection by its beginning. */
const keptOfVia = 256
/** So many records are kept of one worker process: it could take connections and never say that one has ended. */
const mostRecords = 10_000

export class CarriedConnections {
  readonly #offered = new Map<number, OpenConnection>()
  readonly #open = new Map<number, OpenConnection>()

  get open(): Iterable<OpenConnection> {
    return this.#open.values()
  }

  /** The connection is on its way to the worker process until disposed. */
  offer({ number, via, remote }: Dispatchable, application: string): Disposable {
    const from = `${remote.address}:${remote.port}`
    this.#offered.set(number, { number, application, via: shortened(printable(via)), from, since: 0 })
    return { [Symbol.dispose]: () => void this.#offered.delete(number) }
  }

  /** The worker process has taken it. One that is no longer offered, or is one too many, is only counted elsewhere. */
  accepted(number: number, since: number): void {
    const offered = this.#offered.get(number)
    if (offered && this.#open.size < mostRecords) this.#open.set(number, { ...offered, since })
  }

  closed(number: number): void {
    this.#open.delete(number)
  }
}

/** A text of its own: a part of a long one would keep the whole in memory. */
function shortened(via: string): string {
  return via.length <= keptOfVia ? via : `${Buffer.from(via.slice(0, keptOfVia)).toString()}…`
}
