/** The leases of this worker process: what its applications have to do without a connection, as Portico is told. */
import { longestLeaseName, mostLeases } from '#handoff/lease-bounds.ts'
import type { PeerLine } from '#handoff/protocol.ts'

export interface LeasesSurroundings {
  send(message: PeerLine): void
  /** The last one has been released. */
  emptied(): void
}

interface Held {
  readonly application: string
  readonly name: string
  /** By the clock that never goes back. */
  readonly since: number
  isTold: boolean
}

export class Leases {
  readonly #around: LeasesSurroundings
  readonly #held = new Map<number, Held>()
  #told = 0
  #numbers = 0

  constructor(around: LeasesSurroundings) {
    this.#around = around
  }

  get isEmpty(): boolean {
    return this.#held.size === 0
  }

  take(application: string, name: string): Disposable {
    const number = ++this.#numbers
    const held = { application, name: name.slice(0, longestLeaseName), since: performance.now(), isTold: false }
    this.#held.set(number, held)
    this.#tell(number, held)
    return { [Symbol.dispose]: () => this.#release(number) }
  }

  /** Portico is another one, which has heard of none. */
  tellAll(): void {
    this.#told = 0
    for (const held of this.#held.values()) held.isTold = false
    this.#tellMore()
  }

  /** Those beyond what may be told are told when others have been released: one is enough to keep the process. */
  #tellMore(): void {
    for (const [number, held] of this.#held) {
      if (this.#told >= mostLeases) return
      if (!held.isTold) this.#tell(number, held)
    }
  }

  #tell(number: number, held: Held): void {
    if (this.#told >= mostLeases) return
    const { application, name, since } = held
    held.isTold = true
    this.#told++
    this.#around.send({ type: 'lease', number, application, name, heldFor: Math.round(performance.now() - since) })
  }

  #release(number: number): void {
    const held = this.#held.get(number)
    if (!held) return
    this.#held.delete(number)
    if (held.isTold) {
      this.#told--
      this.#around.send({ type: 'released', number })
      this.#tellMore()
    }
    if (this.isEmpty) this.#around.emptied()
  }
}

/** The leases of one application: its end waits for them. */
export class ApplicationLeases {
  readonly #leases: Leases
  readonly #application: string
  readonly #held = new Set<Disposable>()
  readonly #waiting: (() => void)[] = []
  #isOver = false

  constructor(leases: Leases, application: string) {
    this.#leases = leases
    this.#application = application
  }

  get isEmpty(): boolean {
    return this.#held.size === 0
  }

  /** Keeps the worker process until disposed; after the application's end it keeps nothing any more. */
  take(name: string): Disposable {
    if (this.#isOver) return { [Symbol.dispose]() {} }
    const lease = this.#leases.take(this.#application, String(name))
    this.#held.add(lease)
    return { [Symbol.dispose]: () => this.#release(lease) }
  }

  /** Resolves when none is held. */
  async untilNone(): Promise<void> {
    if (!this.isEmpty) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  /** From now on nothing is kept: the time is up. */
  end(): void {
    this.#isOver = true
    for (const lease of this.#held) this.#release(lease)
  }

  #release(lease: Disposable): void {
    if (!this.#held.delete(lease)) return
    lease[Symbol.dispose]()
    if (this.isEmpty) for (const resolve of this.#waiting.splice(0)) resolve()
  }
}
