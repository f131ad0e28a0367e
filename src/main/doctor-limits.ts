/** What `portico doctor` looks at of limits: masks by this machine, the others by what a running `portico serve` says. */
import type { Status } from '#admin/status.ts'
import { PorticoError } from '#base/errors.ts'
import { cpuLimitText } from '#confinement/limits.ts'
import { machine } from '#confinement/machine.ts'
import { assertPlacement } from '#confinement/placement.ts'
import { ask } from './admin-client.ts'
import type { Finding, Patient } from './doctor-checks.ts'
import { poolSettingsOf } from './pool-settings-of.ts'

export async function limitsThatAreNotInForce({
  configuration,
  home,
}: Pick<Patient, 'configuration' | 'home'>): Promise<Finding[]> {
  const pools = Array.from(configuration.pools.values(), (pool) => poolSettingsOf(pool, configuration.portico))
  const here = machine()
  const withoutProcessors = pools.flatMap((pool): Finding[] => {
    try {
      assertPlacement(pool, here)
      return []
    } catch (error) {
      if (error instanceof PorticoError) return [problem(error)]
      throw error
    }
  })
  const limited = pools.filter(({ limits }) => cpuLimitText(limits.cpu) ?? (limits.memory > 0 || limits.processes > 0))
  return [...withoutProcessors, ...(limited.length === 0 ? [] : await ofRunning(home))]
}

/** Limits depend on where `portico serve` was started, so that it alone knows. */
async function ofRunning(home: string): Promise<Finding[]> {
  try {
    const { pools } = await ask<Status>(home, 'GET', '/status')
    return pools.flatMap(({ limits }) => limits.flatMap((limit) => (limit.problem ? [problem(limit.problem)] : [])))
  } catch (error) {
    if (!(error instanceof PorticoError)) throw error
    const what = `whether the limits of pools are in force can't be found out: ${error.message}`
    return [{ is: 'hint', what, remedy: 'Ask again while portico serve runs: it depends on the cgroup it runs in.' }]
  }
}

const problem = ({ message, remedy, code }: Pick<PorticoError, 'message' | 'remedy' | 'code'>): Finding => ({
  is: 'problem',
  what: message,
  remedy,
  code,
})
