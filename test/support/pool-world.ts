/** A pool in a world of needs, processes and administrators, and what must be true of it whatever happens. */
import { expect } from 'vitest'
import type { Hold } from '#activation/application-pool.ts'
import type { PoolSettings, RecycleReason } from '#activation/pool-settings.ts'
import { canTakeMore } from '#activation/worker-state.ts'
import { PorticoError } from '#base/errors.ts'
import { FakePool, type FakeWorker, settings, wanted } from './fake-workers.ts'

/** A connection that needs an application. */
interface Need {
  readonly application: string
  readonly patience: AbortController
  answer: 'none' | 'held' | 'failed' | 'gaveUp' | 'released'
  hold: Hold | undefined
}

/** What the world knows of a worker process. */
interface Played {
  readonly fake: FakeWorker
  /** Of the pool when its launch was first seen. */
  readonly nodeArguments: readonly string[]
  /** Applications that it has answered for. */
  readonly told: Set<string>
  /** Those that it has taken back since. */
  readonly tookBack: Set<string>
  drains: number
  isGone: boolean
}

const tick = () => new Promise<void>((resolve) => setImmediate(resolve))

export class PoolWorld {
  readonly fake: FakePool
  readonly #needs: Need[] = []
  readonly #played: Played[] = []
  readonly #recycles = new Set<Promise<unknown>>()
  #launches = 0
  #couldLaunch: boolean
  /** Until then, by the clock that never goes back, nothing starts because others have failed. */
  #failingUntil = 0

  constructor(changes: Partial<PoolSettings> = {}) {
    this.fake = new FakePool(changes)
    this.#couldLaunch = this.#mayLaunch
  }

  // What happens. Each is nothing where it can't happen.

  need(name: string): void {
    if (this.fake.undeployed.has(`/${name}`)) return
    const need: Need = { application: `/${name}`, patience: new AbortController(), answer: 'none', hold: undefined }
    this.#needs.push(need)
    const answered = (answer: Need['answer']) => {
      expect(need.answer, `a second answer for ${name}`).toBe('none')
      need.answer = answer
    }
    this.fake.hold(name, need.patience.signal).then(
      (hold) => {
        answered('held')
        need.hold = hold
        if (need.patience.signal.aborted) this.#release(need)
      },
      (error: unknown) => {
        if (error === need.patience.signal.reason) return answered('gaveUp')
        expect(error).toBeInstanceOf(PorticoError)
        answered('failed')
      },
    )
  }

  giveUp(which: number): void {
    pick(which, this.#with('none'))?.patience.abort(new Error('the client is gone'))
  }

  release(which: number): void {
    const need = pick(which, this.#with('held'))
    if (need) this.#release(need)
  }

  connects(which: number): void {
    const played = pick(which, this.#in('launching'))
    if (played?.fake.process.pid !== undefined) played.fake.connects()
  }

  loads(which: number): void {
    const [played, name] = this.#loading(which) ?? []
    if (name !== undefined) played?.fake.registers(name)
  }

  failsToLoad(which: number): void {
    const [played, name] = this.#loading(which) ?? []
    if (name !== undefined) played?.fake.fails(name)
  }

  takes(which: number): void {
    pick(which, this.#in('ready'))?.fake.reports?.accepted()
  }

  closes(which: number): void {
    pick(which, this.#connected)?.fake.reports?.closed()
  }

  async crashes(which: number): Promise<void> {
    const played = pick(which, this.#living)
    if (!played || played.fake.process.pid === undefined) return
    played.isGone = true
    await played.fake.crashes()
  }

  /** One that was asked to. */
  async leaves(which: number): Promise<void> {
    const played = pick(which, this.#in('draining'))
    if (!played) return
    played.isGone = true
    await played.fake.leaves()
  }

  takesBack(which: number): void {
    const serving = this.#connected.flatMap((played) =>
      played.fake.process.applications.in('active').map((id) => ({ played, id })),
    )
    const { played, id } = pick(which, serving) ?? {}
    if (id === undefined) return
    played?.tookBack.add(id)
    played?.fake.reports?.unregistered(id)
  }

  retires(which: number): void {
    pick(which, this.#connected)?.fake.reports?.retiring()
  }

  hangsUp(which: number): void {
    pick(which, this.#connected)?.fake.reports?.lost('closed')
  }

  leases(which: number, isTaken: boolean): void {
    const reports = pick(which, this.#connected)?.fake.reports
    if (isTaken) reports?.leased(1, { application: '/a', name: 'report', heldFor: 0 })
    else reports?.leaseReleased(1)
  }

  recycle(why: RecycleReason): void {
    const recycle: Promise<unknown> = this.fake.pool.recycle(why).finally(() => this.#recycles.delete(recycle))
    this.#recycles.add(recycle)
  }

  stop(): void {
    void this.fake.pool.stop('administrator')
  }

  start(): void {
    this.fake.pool.start()
  }

  configure(changes: Partial<PoolSettings>): void {
    this.fake.pool.configure({ ...this.fake.pool.settings, ...changes }, [wanted('a')])
  }

  changesCode(name: string): void {
    this.fake.pool.codeChanged(`/${name}`)
  }

  undeploy(name: string): void {
    if (this.fake.undeployed.has(`/${name}`)) return
    this.fake.undeployed.add(`/${name}`)
    this.fake.pool.removeApplication(`/${name}`)
  }

  deploy(name: string): void {
    this.fake.undeployed.delete(`/${name}`)
  }

  launcherFails(does: boolean): void {
    this.fake.launchError = does ? new PorticoError('PM2_MISSING', { reason: 'not installed' }) : undefined
  }

  passes(ms: number): void {
    this.fake.clock.turn(ms)
  }

  /** Every worker process does what is expected of it next. */
  async proceeds(): Promise<void> {
    await tick()
    this.#note()
    for (const { fake } of this.#in('launching')) if (fake.process.pid !== undefined) fake.connects()
    for (let n = this.#connected.flatMap((played) => this.#untold(played)).length; n > 0; n--) this.loads(0)
    for (const played of this.#in('draining')) {
      played.isGone = true
      await played.fake.leaves()
    }
  }

  // What must be true.

  /** After each thing that happened, and everything that follows from it at once. */
  async check(): Promise<void> {
    await tick()
    this.#note()
    this.#assertBounds()
    this.#assertHeldAreKept()
    for (const { patience } of this.#with('none')) {
      expect(patience.signal.aborted, 'one that gave up is kept waiting').toBe(false)
      // How one ended that is about to end decides what those who wait for it hear.
      if (this.#in('stopping').length === 0)
        expect(this.#mayLaunch, 'somebody waits for a pool that is stopped').toBe(true)
    }
    this.#assertStoppedLaunchesNothing()
  }

  /** In a world where everything works again: whoever waited is answered, and whoever comes is served by what is in force. */
  async checkLiveness(names: readonly string[]): Promise<void> {
    this.launcherFails(false)
    this.start()
    await this.#heal()
    expect(
      this.#with('none').map(({ application }) => application),
      'needs without an answer',
    ).toEqual([])
    expect(this.#recycles.size, 'recycles without an end').toBe(0)
    for (const name of names) {
      this.deploy(name)
      this.need(name)
      await this.#heal()
      expect(this.#needs.at(-1), `a new need of ${name}`).toMatchObject({ answer: 'held' })
      const { registration } = this.#needs.at(-1)?.hold ?? {}
      const server = this.#living.find(({ fake }) => fake.process.id === registration?.worker)
      expect(server?.fake.process.state.is).toBe('ready')
      expect([...(server?.tookBack ?? [])]).not.toContain(`/${name}`)
      expect(server?.nodeArguments).toEqual(this.fake.pool.settings.nodeArguments)
    }
  }

  /** Once the pool is stopped nothing is left of it. */
  async checkEnd(): Promise<void> {
    const stopped = this.fake.pool.stop('shutdown')
    for (const need of this.#with('held')) this.#release(need)
    await this.#heal('at once')
    await stopped
    expect(this.fake.pool.state).toMatchObject({ is: 'stopped' })
    expect(this.#living.map(({ fake }) => fake.process.id)).toEqual([])
    expect(this.#with('none')).toEqual([])
    expect(this.fake.clock.pending, 'timers').toBe(0)
  }

  #note(): void {
    for (const fake of this.fake.workers.slice(this.#played.length)) {
      const { nodeArguments } = this.fake.pool.settings
      this.#played.push({ fake, nodeArguments, told: new Set(), tookBack: new Set(), drains: 0, isGone: false })
    }
  }

  #assertBounds(): void {
    const serving = this.#living.filter(({ fake }) => canTakeMore(fake.process.state))
    // In place of each that serves, one may be about to.
    const { maxProcesses } = this.fake.pool.settings
    expect(serving.length, 'worker processes that serve, or are to').toBeLessThanOrEqual(2 * maxProcesses)
    for (const { isGone, fake } of this.#played)
      if (isGone) expect([...this.fake.pool.workers]).not.toContain(fake.process)
  }

  #assertHeldAreKept(): void {
    const held = new Set(this.#with('held').map(({ hold }) => hold?.registration.worker))
    for (const played of this.#played) {
      const { fake } = played
      const news = fake.drained.slice(played.drains)
      played.drains = fake.drained.length
      if (!held.has(fake.process.id)) continue
      expect(news, `what is held by a connection was told to go`).not.toContain('idle')
      expect(fake.isSuspended, 'what is held by a connection is stopped').toBe(false)
    }
  }

  #assertStoppedLaunchesNothing(): void {
    if (!this.#couldLaunch) expect(this.fake.workers.length, 'launches of a stopped pool').toBe(this.#launches)
    const { pool, clock } = this.fake
    if (pool.failing && clock.elapsed() < this.#failingUntil)
      expect(this.fake.workers.length, 'launches of a failing pool').toBe(this.#launches)
    const { until } = pool.failing ?? {}
    this.#failingUntil = until === undefined ? 0 : clock.elapsed() + until - clock.now()
    this.#launches = this.fake.workers.length
    this.#couldLaunch = this.#mayLaunch
  }

  /** Everybody does what is expected of them, until nothing more happens. */
  async #heal(when: 'in time' | 'at once' = 'in time'): Promise<void> {
    for (let quiet = 0, rounds = 0; quiet < 4; rounds++) {
      if (rounds === 200) throw new Error('it does not come to rest')
      const before = this.fake.events.length
      await this.proceeds()
      await this.check()
      quiet = this.fake.events.length === before ? quiet + 1 : 0
      if (quiet > 0 && when === 'in time') this.passes(61_000) // delays of an AlwaysRunning pool, and of the protection
    }
  }

  #release(need: Need): void {
    need.answer = 'released'
    need.hold?.[Symbol.dispose]()
  }

  #with(answer: Need['answer']): Need[] {
    return this.#needs.filter((need) => need.answer === answer)
  }

  get #mayLaunch(): boolean {
    return this.fake.pool.state.is === 'started'
  }

  get #living(): Played[] {
    return this.#played.filter(({ fake, isGone }) => !isGone && !this.fake.removed.includes(fake.process.id))
  }

  get #connected(): Played[] {
    return this.#living.filter(({ fake }) => fake.reports !== undefined)
  }

  #in(state: FakeWorker['process']['state']['is']): Played[] {
    return this.#living.filter(({ fake }) => fake.process.state.is === state)
  }

  #untold({ fake, told }: Played): string[] {
    return fake.activated.map((id) => id.slice(1)).filter((name) => !told.has(name))
  }

  #loading(which: number): [Played, string] | undefined {
    const loading = this.#connected.flatMap((played) =>
      this.#untold(played).map((name): [Played, string] => [played, name]),
    )
    const found = pick(which, loading)
    if (found) found[0].told.add(found[1])
    return found
  }
}

export const worldSettings = settings

function pick<T>(which: number, things: readonly T[]): T | undefined {
  return things[which % things.length]
}
