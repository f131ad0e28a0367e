/** Confinement in folders that look like cgroups, with a clock that the test turns. */
import type { LimitSettings, PoolSettings } from '#activation/pool-settings.ts'
import type { LogFields } from '#base/log.ts'
import type { Cgroup } from '#confinement/cgroup.ts'
import { Confiner } from '#confinement/confiner.ts'
import type { FoundCgroup } from '#confinement/own-cgroup.ts'
import { Places } from '#confinement/places.ts'
import { cgroupFolder, fill } from './cgroup-folder.ts'
import { settings } from './fake-workers.ts'
import { ManualClock } from './manual-clock.ts'

export type LimitChanges = Partial<Omit<LimitSettings, 'cpu'>> & { readonly cpu?: Partial<LimitSettings['cpu']> }

export const limited = ({ cpu, ...others }: LimitChanges): PoolSettings => ({
  ...settings,
  limits: { ...settings.limits, ...others, cpu: { ...settings.limits.cpu, ...cpu } },
})

const controlled = {
  'cpu.max': 'max 100000',
  'cpu.weight': '100',
  'cpu.stat': 'usage_usec 0',
}
const walled = {
  'memory.max': 'max',
  'memory.swap.max': 'max',
  'memory.oom.group': '0',
  'memory.events': 'oom_kill 0',
  'pids.max': 'max',
  'pids.events': 'max 0',
}

/** A machine of four processors. */
export class ConfinementUnderTest {
  readonly clock = new ManualClock()
  readonly events: { event: string; fields: LogFields }[] = []
  readonly ended: (readonly [why: string, pool: string, worker: string | undefined])[] = []
  readonly places: Places
  readonly confiner: Confiner

  constructor(found: FoundCgroup = { none: 'there is none' }, processors: readonly number[] = [0, 1, 2, 3]) {
    const write = (event: string, fields: LogFields = {}) => this.events.push({ event, fields })
    this.places = new Places('/home', found)
    this.confiner = new Confiner({
      clock: this.clock,
      log: { info: write, warn: write, error: write },
      places: this.places,
      processors,
      machineProcessors: 4,
      nodes: () => [],
      end: (why, pool, worker) => this.ended.push([why, pool, worker]),
    })
  }

  /** With a cgroup to which the controllers were given, and the groups of the worker process `w1` of the pool. */
  static delegated(controllers = 'cpu memory pids') {
    const group = cgroupFolder({ 'cgroup.controllers': controllers })
    const test = new ConfinementUnderTest({ group })
    fill(existing(test.places.root))
    const pool = fill(existing(test.places.pool('Pool')), controlled)
    const worker = fill(pool.child('worker-w1'), walled)
    return { test, pool, worker }
  }

  configure(changes: LimitChanges, idleTimeoutAction: PoolSettings['idleTimeoutAction'] = 'Terminate'): void {
    this.confiner.configure([{ ...limited(changes), idleTimeoutAction }])
  }

  named(event: string): LogFields[] {
    return this.events.filter((each) => each.event === event).map(({ fields }) => fields)
  }
}

function existing(group: Cgroup | undefined): Cgroup {
  if (!group) throw new Error('there is no place for groups')
  return group
}
