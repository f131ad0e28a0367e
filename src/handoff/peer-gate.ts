/** How much the accounts that may not share ports can cost: bounded for each of them, whatever they do. */
import type { Clock } from '#base/clock.ts'

/** So many connections of one account may be silent at once. */
const mostSilent = 256
/** So many refusals of one account within a second are answered; further connections are closed without a word. */
const mostAnswered = 100
const second = 1_000

interface Account {
  silent: number
  refused: number
  since: number
}

export class PeerGate {
  readonly #clock: Clock
  readonly #accounts = new Map<number, Account>()
  #turnedAway = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Connections that were closed without a word, since the start. */
  get turnedAway(): number {
    return this.#turnedAway
  }

  /** Lets a connection of the account in until it is disposed, which is when it has said who it is; undefined: it can't come in. */
  enter(uid: number): Disposable | undefined {
    const account = this.#account(uid)
    if (account.silent >= mostSilent || account.refused >= mostAnswered) {
      this.#turnedAway++
      return undefined
    }
    account.silent++
    let inside = true
    return {
      [Symbol.dispose]: () => {
        if (!inside) return
        inside = false
        account.silent--
        if (account.silent === 0 && account.refused === 0) this.#accounts.delete(uid)
      },
    }
  }

  /** A connection of the account was refused. */
  refused(uid: number): void {
    this.#account(uid).refused++
  }

  #account(uid: number): Account {
    const now = this.#clock.elapsed()
    const known = this.#accounts.get(uid)
    if (!known) {
      const account = { silent: 0, refused: 0, since: now }
      this.#accounts.set(uid, account)
      return account
    }
    if (now - known.since >= second) {
      known.since = now
      known.refused = 0
    }
    return known
  }
}
