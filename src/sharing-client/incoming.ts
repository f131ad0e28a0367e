/** The connections of one service on their way to whoever iterates over it: each goes to one, when that asks for it. */
import type { OfferedConnection, SharedConnection } from './offered-connection.ts'

type Taker = (result: IteratorResult<SharedConnection, undefined>) => void

const done = { done: true, value: undefined } as const

export class Incoming {
  readonly #offered: OfferedConnection[] = []
  readonly #takers: Taker[] = []
  #isClosed = false

  offer(connection: OfferedConnection): void {
    const taker = this.#takers.shift()
    if (taker) taker({ done: false, value: connection.accept() })
    else this.#offered.push(connection)
  }

  /** What waits is accepted when it is taken, not before: that is what holds Portico back. */
  iterate(): AsyncIterator<SharedConnection, undefined> {
    const mine = new Set<Taker>()
    let hasEnded = false
    return {
      next: () => {
        if (hasEnded || this.#isClosed) return Promise.resolve(done)
        const first = this.#offered.shift()
        if (first) return Promise.resolve({ done: false, value: first.accept() })
        return new Promise((resolve) => {
          const taker: Taker = (result) => {
            mine.delete(taker)
            resolve(result)
          }
          mine.add(taker)
          this.#takers.push(taker)
        })
      },
      return: () => {
        hasEnded = true
        for (const taker of mine) {
          this.#takers.splice(this.#takers.indexOf(taker), 1)
          taker(done)
        }
        return Promise.resolve(done)
      },
    }
  }

  /** The channel is gone, and what nobody has taken with it. */
  lost(): void {
    for (const connection of this.#offered.splice(0)) connection.drop()
  }

  close(): void {
    this.#isClosed = true
    for (const connection of this.#offered.splice(0)) connection.reject('the service has closed')
    for (const taker of this.#takers.splice(0)) taker(done)
  }
}
