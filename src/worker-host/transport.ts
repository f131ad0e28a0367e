/** What all connections of one application share: its binding settings, and how many connections wait in which way. */
import { orAbort } from '#base/signal.ts'
import { type BindingSettings, effectiveSettings } from '#binding/settings.ts'

export class Transport {
  #settings = effectiveSettings({})
  #pending = 0
  #kept = 0
  readonly #waiting: (() => void)[] = []

  get settings(): BindingSettings {
    return this.#settings
  }

  /** Puts other settings in force, for what comes. */
  use(settings: BindingSettings): void {
    this.#settings = settings
    this.#letIn()
  }

  /**
   * Takes a place among the connections whose session is not accepted yet, waiting for one when there is none: who comes
   * first is served first. Undefined when one of the signals aborts before. Disposing gives the place back.
   */
  async pend(...signals: readonly AbortSignal[]): Promise<Disposable | undefined> {
    if (signals.some(({ aborted }) => aborted)) return undefined
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.push(resolve)
    this.#letIn()
    const mustWait = this.#waiting.includes(resolve)
    if (mustWait && !(await comes(promise, AbortSignal.any([...signals])))) {
      const at = this.#waiting.indexOf(resolve)
      if (at >= 0) this.#waiting.splice(at, 1)
      else this.#leave() // the turn came in the same moment
      return undefined
    }
    return once(() => this.#leave())
  }

  /** Takes a place among the connections that are kept between two sessions; undefined when all are taken. */
  keep(): Disposable | undefined {
    if (this.#kept >= this.#settings.maxOutboundConnectionsPerEndpoint) return undefined
    this.#kept += 1
    return once(() => {
      this.#kept -= 1
    })
  }

  #leave(): void {
    this.#pending -= 1
    this.#letIn()
  }

  #letIn(): void {
    while (this.#pending < this.#settings.maxPendingConnections) {
      const first = this.#waiting.shift()
      if (!first) return
      this.#pending += 1
      first()
    }
  }
}

function comes(turn: Promise<void>, signal: AbortSignal): Promise<boolean> {
  return orAbort(turn, signal).then(
    () => true,
    () => false,
  )
}

/** A place that is given back once, however often that is said. */
function once(giveBack: () => void): Disposable {
  let given = false
  return {
    [Symbol.dispose]: () => {
      if (given) return
      given = true
      giveBack()
    },
  }
}
