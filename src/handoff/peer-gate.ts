/** How much each account can cost on the sharing socket: bounded, whatever it does and whether it may share ports or not. */
import type { Clock } from '#base/clock.ts'

/** So many connections of one account may be silent at once. */
const mostSilent = 256
/** So many connections of one account may stay without needing one of its registrations. */
const mostSpare = 256
/** So many refusals of one account within a second are answered; further connections are closed without a word. */
const mostAnswered = 100
const second = 1_000
/** So many accounts are remembered before those are forgotten that have nothing open and were not refused just now. */
const mostRemembered = 1_024

interface Account {
  silent: number
  open: number
  refused: number
  since: number
}

/** A connection that was let in; disposed when it ends, or when others answer for what it costs. */
export interface Visit extends Disposable {
  /** It has said who it is. */
  spoke(): void
}

/** A connection that is closed without a word. */
export interface TurnedAway {
  /** What its account has too many of. */
  readonly because: 'silent connections' | 'connections' | 'refusals'
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

  /** Lets a connection of the account in, unless it has too many for its `mostRegistrations`. */
  enter(uid: number, mostRegistrations: number): Visit | TurnedAway {
    const account = this.#account(uid)
    const because = tooMany(account, mostRegistrations)
    if (because) {
      this.#turnedAway++
      return { because }
    }
    account.silent++
    account.open++
    let is: 'silent' | 'speaking' | 'over' = 'silent'
    const spoke = () => {
      if (is !== 'silent') return
      is = 'speaking'
      account.silent--
    }
    return {
      spoke,
      [Symbol.dispose]: () => {
        if (is === 'over') return
        spoke()
        is = 'over'
        account.open--
        if (account.open === 0 && account.refused === 0) this.#accounts.delete(uid)
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
      if (this.#accounts.size >= mostRemembered) this.#forget(now)
      const account = { silent: 0, open: 0, refused: 0, since: now }
      this.#accounts.set(uid, account)
      return account
    }
    if (now - known.since >= second) {
      known.since = now
      known.refused = 0
    }
    return known
  }

  #forget(now: number): void {
    for (const [uid, { open, since }] of this.#accounts)
      if (open === 0 && now - since >= second) this.#accounts.delete(uid)
  }
}

function tooMany({ silent, open, refused }: Account, mostRegistrations: number): TurnedAway['because'] | undefined {
  if (refused >= mostAnswered) return 'refusals'
  if (silent >= mostSilent) return 'silent connections'
  return open >= mostRegistrations + mostSpare ? 'connections' : undefined
}
