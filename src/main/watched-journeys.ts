/** The connections whose journeys somebody has asked for before they came: of all others nothing is kept. */
import { ConnectionJourney } from '#activation/connection-journey.ts'
import type { JourneyWatch } from '#admin/admin-server.ts'
import type { ConnectionEnds, JourneyAnswer } from '#admin/journey.ts'
import type { Clock } from '#base/clock.ts'
import { timed } from '#base/journey.ts'

/** So many may be asked for at once. */
const mostWatched = 100
/** Milliseconds for the way of a connection to end once its client has done with it; then the way so far is told. */
const endLimit = 1_000

/** A connection as the listener has it when it has been accepted. */
interface Accepted {
  readonly number: number
  readonly remote: { readonly address: string; readonly port: number }
  readonly local: { readonly port: number }
}

interface Watched {
  begun?: { readonly number: number; readonly journey: ConnectionJourney }
}

export class WatchedJourneys {
  readonly #clock: Clock
  readonly #watched = new Map<string, Watched>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The journey of a connection that has just been accepted. Whoever asks for none pays one look at a number. */
  of({ number, remote, local }: Accepted): ConnectionJourney | undefined {
    if (this.#watched.size === 0) return undefined
    const watched = this.#watched.get(keyOf({ ...remote, to: local.port }))
    if (!watched || watched.begun) return undefined
    const journey = new ConnectionJourney(this.#clock, 'accepted')
    watched.begun = { number, journey }
    return journey
  }

  /** From now on the next connection with these ends is kept, until the watch is disposed. Undefined: too many are. */
  watch(ends: ConnectionEnds): JourneyWatch | undefined {
    const key = keyOf(ends)
    if (this.#watched.size >= mostWatched || this.#watched.has(key)) return undefined
    const watched: Watched = {}
    this.#watched.set(key, watched)
    return {
      told: () => this.#told(watched),
      [Symbol.dispose]: () => void this.#watched.delete(key),
    }
  }

  async #told({ begun }: Watched): Promise<JourneyAnswer> {
    if (!begun) return { known: false }
    const { number, journey } = begun
    const limit = Promise.withResolvers<void>()
    using _timer = this.#clock.after(endLimit, limit.resolve)
    await Promise.race([journey.over, limit.promise])
    const { place, refused, hasEnded } = journey
    return {
      known: true,
      connection: number,
      found: place?.found ?? null,
      pool: place?.pool ?? null,
      worker: place?.worker ?? null,
      refused: refused ?? null,
      ended: hasEnded,
      steps: timed(journey.steps),
    }
  }
}

const keyOf = ({ address, port, to }: ConnectionEnds) => `${address} ${port} ${to}`
