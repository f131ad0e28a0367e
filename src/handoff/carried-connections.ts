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
  /** Those that it has and that there is no record of. */
  #unrecorded: number

  /** `before`: so many connections the worker process has from an earlier channel. */
  constructor(before = 0) {
    this.#unrecorded = before
  }

  get open(): Iterable<OpenConnection> {
    return this.#open.values()
  }

  /** The connection is on its way to the worker process until disposed. */
  offer({ number, via, remote }: Dispatchable, application: string): Disposable {
    const from = `${remote.address}:${remote.port}`
    this.#offered.set(number, { number, application, via: shortened(printable(via)), from, since: 0 })
    return { [Symbol.dispose]: () => void this.#offered.delete(number) }
  }

  /** The worker process has taken it. One that is no longer offered, or is one too many, is only counted. */
  accepted(number: number, since: number): void {
    const offered = this.#offered.get(number)
    if (offered && this.#open.size < mostRecords) this.#open.set(number, { ...offered, since })
    else this.#unrecorded++
  }

  /** False when the worker process has no such connection. */
  closed(number: number): boolean {
    if (this.#open.delete(number)) return true
    if (this.#unrecorded === 0) return false
    this.#unrecorded--
    return true
  }
}

/** A text of its own: a part of a long one would keep the whole in memory. */
function shortened(via: string): string {
  return via.length <= keptOfVia ? via : `${Buffer.from(via.slice(0, keptOfVia)).toString()}…`
}
