/** What all connections of one application share: its binding settings, and how many connections wait in which way. */
import { Slots } from '#base/slots.ts'
import { type BindingSettings, effectiveSettings } from '#binding/settings.ts'

export class Transport {
  #settings = effectiveSettings({})
  readonly #pending = new Slots(this.#settings.maxPendingConnections)
  readonly #kept = new Slots(this.#settings.maxOutboundConnectionsPerEndpoint)

  get settings(): BindingSettings {
    return this.#settings
  }

  /** Puts other settings in force, for what comes. */
  use(settings: BindingSettings): void {
    this.#settings = settings
    this.#pending.resize(settings.maxPendingConnections)
    this.#kept.resize(settings.maxOutboundConnectionsPerEndpoint)
  }

  /** Takes a place among the connections whose session is not accepted yet, if there is one. Disposing gives it back. */
  tryPend(): Disposable | undefined {
    return this.#pending.tryTake()
  }

  /** The same, waiting for a place: who comes first is served first. Undefined when one of the signals aborts before. */
  async pend(...signals: readonly AbortSignal[]): Promise<Disposable | undefined> {
    if (signals.some(({ aborted }) => aborted)) return undefined
    try {
      return await this.#pending.take(AbortSignal.any([...signals]))
    } catch {
      return undefined
    }
  }

  /** Takes a place among the connections that are kept between two sessions; undefined when all are taken. */
  keep(): Disposable | undefined {
    return this.#kept.tryTake()
  }
}
