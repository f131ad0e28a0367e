/** The limits of a pool in words, and what became of each: in force and by which means, or not and why. */
import type { LimitSettings } from '#activation/pool-settings.ts'
import type { PorticoError } from '#base/errors.ts'

/** What is limited; `processors`: on which ones it runs. */
export type LimitedThing = 'cpu' | 'processors' | 'memory' | 'processes'

export interface LimitInForce {
  readonly of: LimitedThing
  /** The limit, as `at most 25 % of all processors`. */
  readonly limit: string
  /** By which means it is in force; undefined while it is not. */
  readonly by?: string
  readonly problem?: PorticoError<'LIMIT_NOT_IN_FORCE'>
  /** What is used of it at the moment, where that is known. */
  readonly used?: string
}

export const percent = (thousandths: number) => `${thousandths / 1000} %`

/** The processor limit in words; undefined where there is none. */
export function cpuLimitText({ limit, action, resetInterval }: LimitSettings['cpu']): string | undefined {
  if (limit === 0) return undefined
  const share = `${percent(limit)} of all processors`
  switch (action) {
    case 'Throttle':
      return `at most ${share}`
    case 'ThrottleUnderLoad':
      return `${share} when others want them too`
    case 'NoAction':
    case 'KillW3wp': {
      if (resetInterval === 0) return undefined // nothing is measured
      const what = action === 'NoAction' ? 'a warning' : 'the end of its worker processes'
      return `${share} over ${resetInterval / 1000} s, then ${what}`
    }
    default:
      return action satisfies never
  }
}

const period = 100_000
const shortestQuota = 1_000
const longestPeriod = 1_000_000

/** A cap for cpu.max of cgroup v2: microseconds in each period of microseconds. The kernel takes none below 1 ms. */
export function cpuMax(limit: number, processors: number): string {
  const share = (limit / 100_000) * processors
  const length = Math.min(longestPeriod, Math.max(period, Math.ceil(shortestQuota / share)))
  return `${Math.max(shortestQuota, Math.round(share * length))} ${length}`
}

/** A weight for cpu.weight: a pool without a limit has 100, and under load pools get processors by their weights. */
export function cpuWeight(limit: number): string {
  return String(Math.max(1, Math.round(limit / 1000)))
}
