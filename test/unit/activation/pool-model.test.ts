/**
 * A pool under random needs, failures, commands and changes of its configuration. `PORTICO_POOL_RUNS` makes it run longer,
 * `PORTICO_POOL_SEED` repeats a run.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PoolSettings, RecycleReason } from '#activation/pool-settings.ts'
import { PoolWorld, worldSettings } from '../../support/pool-world.ts'

const runs = Number(process.env.PORTICO_POOL_RUNS ?? 200)
const seed = process.env.PORTICO_POOL_SEED

const names = ['a', 'b', 'c']
const name = fc.constantFrom(...names)
const which = fc.nat(5)
const nothing = fc.constant('')
const why = fc.constantFrom<RecycleReason>('OnDemand', 'Time')
const time = fc.constantFrom(1, 1_000, 16_000, 61_000, 90_000, 1_300_000)
const jump = fc.constantFrom(-86_400_000, 86_400_000)

/** Something that happens, as it is told when a run fails. */
class Happening implements fc.AsyncCommand<object, PoolWorld> {
  readonly #words: string
  readonly #happen: (world: PoolWorld) => unknown

  constructor(words: string, happen: (world: PoolWorld) => unknown) {
    this.#words = words
    this.#happen = happen
  }

  check(): boolean {
    return true
  }

  async run(_: object, world: PoolWorld): Promise<void> {
    await this.#happen(world)
    await world.check()
  }

  toString(): string {
    return this.#words
  }
}

const of = <T>(arbitrary: fc.Arbitrary<T>, words: string, happen: (world: PoolWorld, value: T) => unknown) =>
  arbitrary.map((value) => new Happening(`${words} ${JSON.stringify(value)}`, (world) => happen(world, value)))

const change: fc.Arbitrary<Partial<PoolSettings>> = fc.oneof(
  fc.nat(3).map((n) => ({ nodeArguments: [`--stack-size=${n}`] })),
  fc.constantFrom(60_000, 1_200_000, 0).map((idleTimeout) => ({ idleTimeout })),
  fc.constantFrom('Terminate' as const, 'Suspend' as const).map((idleTimeoutAction) => ({ idleTimeoutAction })),
  fc.constantFrom('OnDemand' as const, 'AlwaysRunning' as const).map((startMode) => ({ startMode })),
  fc.constantFrom(1, 2, 3).map((maxProcesses) => ({ maxProcesses })),
  fc.boolean().map((disallowOverlappingRotation) => ({
    recycling: { ...worldSettings.recycling, disallowOverlappingRotation },
  })),
  fc.nat(3).map((rapidFailProtectionMaxCrashes) => ({
    failure: {
      ...worldSettings.failure,
      rapidFailProtection: rapidFailProtectionMaxCrashes > 0,
      rapidFailProtectionMaxCrashes,
    },
  })),
)
/** What a pool begins with. */
const beginning = fc
  .array(change, { maxLength: 4 })
  .map((changes): Partial<PoolSettings> => Object.assign({}, ...changes))

const happenings = fc.oneof(
  { weight: 6, arbitrary: of(name, 'need', (world, value) => world.need(value)) },
  { weight: 2, arbitrary: of(which, 'gives up', (world, value) => world.giveUp(value)) },
  { weight: 4, arbitrary: of(which, 'released', (world, value) => world.release(value)) },
  { weight: 5, arbitrary: of(which, 'connects', (world, value) => world.connects(value)) },
  { weight: 5, arbitrary: of(which, 'loads', (world, value) => world.loads(value)) },
  { weight: 6, arbitrary: of(nothing, 'proceeds', (world) => world.proceeds()) },
  { weight: 3, arbitrary: of(which, 'fails to load', (world, value) => world.failsToLoad(value)) },
  { weight: 2, arbitrary: of(which, 'takes', (world, value) => world.takes(value)) },
  { weight: 1, arbitrary: of(which, 'closes', (world, value) => world.closes(value)) },
  { weight: 2, arbitrary: of(which, 'crashes', (world, value) => world.crashes(value)) },
  { weight: 2, arbitrary: of(which, 'leaves', (world, value) => world.leaves(value)) },
  { weight: 1, arbitrary: of(which, 'takes back', (world, value) => world.takesBack(value)) },
  { weight: 1, arbitrary: of(which, 'retires', (world, value) => world.retires(value)) },
  { weight: 1, arbitrary: of(which, 'hangs up', (world, value) => world.hangsUp(value)) },
  { weight: 1, arbitrary: of(fc.boolean(), 'leases', (world, value) => world.leases(0, value)) },
  { weight: 3, arbitrary: of(why, 'recycle', (world, value) => world.recycle(value)) },
  { weight: 1, arbitrary: of(nothing, 'stop', (world) => world.stop()) },
  { weight: 2, arbitrary: of(nothing, 'start', (world) => world.start()) },
  { weight: 3, arbitrary: of(change, 'configure', (world, value) => world.configure(value)) },
  { weight: 2, arbitrary: of(name, 'changes code', (world, value) => world.changesCode(value)) },
  { weight: 1, arbitrary: of(name, 'undeploy', (world, value) => world.undeploy(value)) },
  { weight: 2, arbitrary: of(name, 'deploy', (world, value) => world.deploy(value)) },
  { weight: 1, arbitrary: of(fc.boolean(), 'launcher fails', (world, value) => world.launcherFails(value)) },
  { weight: 2, arbitrary: of(time, 'passes', (world, value) => world.passes(value)) },
  { weight: 1, arbitrary: of(jump, 'clock jumps', (world, value) => world.fake.clock.jump(value)) },
)

test('whatever happens, every need gets one answer, no process is one too many, and whoever comes at last is served', async () => {
  const commands = fc.commands([happenings], { maxCommands: 40, size: 'max' })
  await fc.assert(
    fc.asyncProperty(beginning, commands, async (changes, course) => {
      const world = new PoolWorld(changes)
      await fc.asyncModelRun(() => ({ model: {}, real: world }), course)
      await world.checkLiveness(names)
      await world.checkEnd()
    }),
    { numRuns: runs, ...(seed !== undefined && { seed: Number(seed) }), endOnFailure: false },
  )
  expect.hasAssertions()
}, 600_000)
