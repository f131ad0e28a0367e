/** How many worker processes run because somebody connected: demandStartThreshold bounds them. */
import { PorticoError } from '#base/errors.ts'
import type { LaunchCause } from './launch-cause.ts'
import type { PoolSettings } from './pool-settings.ts'

/** A pool, as far as its worker processes count. */
interface CountedPool {
  readonly settings: Pick<PoolSettings, 'startMode'>
  readonly workers: readonly unknown[]
}

/** Worker processes of pools that start on demand, from their launch to their end. */
export function startedOnDemand(pools: Iterable<CountedPool>): number {
  let count = 0
  for (const { settings, workers } of pools) if (settings.startMode === 'OnDemand') count += workers.length
  return count
}

/**
 * Throws DEMAND_STARTS_USED_UP when a connection needs one more worker process than may run. What an administrator wants to run
 * at all times is no demand, and a worker process that takes over from another one meets none.
 */
export function assertMayStartOnDemand(
  { reason }: LaunchCause,
  { name, startMode }: Pick<PoolSettings, 'name' | 'startMode'>,
  pools: Iterable<CountedPool>,
  limit: number,
): void {
  if ((reason !== 'connection' && reason !== 'load') || startMode !== 'OnDemand') return
  const count = startedOnDemand(pools)
  if (count >= limit) throw new PorticoError('DEMAND_STARTS_USED_UP', { pool: name, count, limit })
}
