/** The calls of one session that are under way: how many there may be, and whether they wait for each other. */

export class Calls {
  readonly #inOrder: boolean
  readonly #limit: number
  #open = 0
  #last: Promise<void> = Promise.resolve()
  #failure: { readonly error: unknown } | undefined
  #change: PromiseWithResolvers<void> | undefined

  /** `inOrder`: each begins when the one before is over. `limit` is how many may be open. */
  constructor(inOrder: boolean, limit: number) {
    this.#inOrder = inOrder
    this.#limit = limit
  }

  begin(work: () => Promise<void>): void {
    const waits = this.#inOrder && this.#open > 0
    this.#open += 1
    this.#last = (waits ? this.#last.then(work) : work())
      .catch((error: unknown) => {
        this.#failure ??= { error }
      })
      .then(() => this.#ended())
  }

  /** Resolves when another one may begin. Rejects with what one of them has thrown. */
  async room(): Promise<void> {
    await this.#until(() => this.#open < this.#limit)
  }

  /** Resolves when none is open. Rejects with what one of them has thrown. */
  async settled(): Promise<void> {
    await this.#until(() => this.#open === 0)
  }

  async #until(holds: () => boolean): Promise<void> {
    for (;;) {
      if (this.#failure) throw this.#failure.error
      if (holds()) return
      this.#change ??= Promise.withResolvers()
      await this.#change.promise
    }
  }

  #ended(): void {
    this.#open -= 1
    this.#change?.resolve()
    this.#change = undefined
  }
}
