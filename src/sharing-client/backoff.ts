/** How long to wait before something that failed is tried again. */

export interface Backoff {
  /** Milliseconds after the first failure; they double with each further one. */
  readonly first: number
  readonly greatest: number
  /** The share of the time that chance may take off, so that many processes don't come at once. */
  readonly skew: number
}

/** Looking for a Portico that is not there. */
export const reconnecting: Backoff = { first: 50, greatest: 1_000, skew: 0.5 }

/** Asking again for what Portico has refused. */
export const registeringAgain: Backoff = { first: 30_000, greatest: 300_000, skew: 0.1 }

/** Milliseconds to wait after so many failures; `random` gives numbers from 0 up to 1. */
export function delayAfter(failures: number, { first, greatest, skew }: Backoff, random: () => number): number {
  const nominal = Math.min(first * 2 ** (failures - 1), greatest)
  return nominal * (1 - skew * random())
}
