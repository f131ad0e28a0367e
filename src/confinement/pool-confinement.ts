/** The worker processes of one pool, kept within its limits: owns the watch over their processor time. */
import { isDeepStrictEqual } from 'node:util'
import type { PoolSettings } from '#activation/pool-settings.ts'
import { PorticoError } from '#base/errors.ts'
import type { Cgroup } from './cgroup.ts'
import { CpuWatch } from './cpu-watch.ts'
import { cpuLimitText, type LimitInForce } from './limits.ts'
import { assertPlacement, nodeFor, placement, processorsOf } from './placement.ts'
import { polled, putInForce } from './put-in-force.ts'
import type { ConfinementSurroundings } from './surroundings.ts'
import { usedOf } from './used.ts'
import { reachedMemoryLimit, WorkerConfinement } from './worker-confinement.ts'

export class PoolConfinement implements Disposable {
  readonly #around: ConfinementSurroundings
  readonly #workers = new Map<string, WorkerConfinement>()
  #settings: PoolSettings
  #limits: readonly LimitInForce[] = []
  #watch: CpuWatch | undefined
  /** Processor time of worker processes that have ended, where no group counts it. */
  #timeOfEnded = 0
  /** Whether some of them may be kept to processors, so that they have to be let go when the configuration says so. */
  #arePlaced = false

  constructor(settings: PoolSettings, around: ConfinementSurroundings) {
    this.#around = around
    this.#settings = settings
    this.#begin()
  }

  get name(): string {
    return this.#settings.name
  }

  get isEmpty(): boolean {
    return this.#workers.size === 0
  }

  /** What became of its limits. */
  get limits(): readonly LimitInForce[] {
    return this.#limits.map((limit) => {
      const used = usedOf(limit, this.#workers.values(), this.#watch)
      return used === undefined ? limit : { ...limit, used }
    })
  }

  /** Whether only a look finds out how much memory they have. */
  get isMemoryPolled(): boolean {
    return this.#limits.some(({ by }) => by === polled)
  }

  /** Puts other settings in force, also for the worker processes that run. What could not be in force is tried again. */
  configure(settings: PoolSettings): void {
    const isSame = isDeepStrictEqual(relevant(this.#settings), relevant(settings))
    this.#settings = settings
    if (!isSame) this.#begin()
    else if (this.#limits.some(({ problem }) => problem)) this.#putInForce()
    else return
    for (const worker of this.#workers.values()) void this.#limitAgain(worker)
  }

  /**
   * Keeps a process, and what it starts from now on, within the limits. What fails is told, and the process runs on. `own` is a
   * group that it is in already, alone: without limits it stays there, because the kernel takes its time for another one.
   */
  async confine(worker: string, pid: number, own?: Cgroup): Promise<void> {
    const taken = Array.from(this.#workers.values(), ({ node }) => node?.node ?? -1)
    const node = nodeFor(this.#settings, this.#around, taken)
    const confined = new WorkerConfinement(worker, pid, node, own)
    const group = own && !this.#isLimited ? own : this.#makeGroup(worker)
    this.#workers.set(worker, confined)
    if (group !== own) await this.#bringInto(group, confined)
    await this.#limit(confined)
    if (own && group !== own) own.remove()
  }

  /** The worker process has ended, or is left to itself. */
  forget(worker: string): WorkerConfinement | undefined {
    const confined = this.#workers.get(worker)
    if (confined && !confined.group) this.#timeOfEnded += confined.processorTime()
    this.#workers.delete(worker)
    return confined
  }

  /** What limits had to do with its end; to be asked before its group is removed. */
  howEnded(worker: WorkerConfinement): string | undefined {
    return worker.howEnded(this.#settings.limits)
  }

  /** Ends those that have more memory than they may, where nothing but a look finds out. */
  lookAtMemory(): void {
    const { memory } = this.#settings.limits
    for (const worker of this.isMemoryPolled ? this.#workers.values() : []) {
      if (worker.endedBecause !== undefined || worker.memory <= memory) continue
      worker.endedBecause = reachedMemoryLimit(memory)
      this.#around.end('memoryLimit', this.#settings.name, worker.worker)
    }
  }

  /** Throws why none of its worker processes may start now. */
  assertMayRun(): void {
    assertPlacement(this.#settings, this.#around)
    const { name: pool, limits } = this.#settings
    const until = limits.cpu.action === 'KillW3wp' ? this.#watch?.until : undefined
    if (until === undefined) return
    const share = { limit: limits.cpu.limit / 1000, seconds: limits.cpu.resetInterval / 1000 }
    throw new PorticoError('POOL_CPU_USED_UP', { pool, ...share, until: new Date(until).toISOString() })
  }

  [Symbol.dispose](): void {
    this.#watch?.[Symbol.dispose]()
  }

  #begin(): void {
    this.#watch?.[Symbol.dispose]()
    this.#watch = undefined
    this.#putInForce()
    const { limit, action, resetInterval: interval } = this.#settings.limits.cpu
    const isWatched = action === 'NoAction' || action === 'KillW3wp'
    if (!isWatched || cpuLimitText(this.#settings.limits.cpu) === undefined) return
    const { clock, machineProcessors: processors } = this.#around
    const used = () => this.#processorTime()
    const reached = (until: number) => this.#reached(until)
    this.#watch = new CpuWatch({ limit, processors, interval }, { clock, used, reached })
  }

  #putInForce(): void {
    const told = new Set(this.#limits.map(({ problem }) => problem?.message))
    this.#limits = putInForce(this.#settings, this.#around)
    const { isAffinitized, isKeptToNodes } = placement(this.#settings, this.#around)
    this.#arePlaced ||= isAffinitized || isKeptToNodes
    for (const { problem } of this.#limits) {
      if (!problem || told.has(problem.message)) continue
      const fields = { pool: this.#settings.name, code: problem.code, error: problem }
      this.#around.log.error('pool.limitNotInForce', fields)
    }
  }

  /** Sets what is set for each worker process. */
  async #limit(worker: WorkerConfinement): Promise<void> {
    try {
      const processors = processorsOf(this.#settings, this.#around, worker.node)
      if (this.#arePlaced && processors.length > 0) worker.keepTo(processors)
      await worker.setWalls(this.#settings)
    } catch (error) {
      // A group that has gone meanwhile went with its worker process.
      if (this.#workers.get(worker.worker) === worker) this.#tell(worker.worker, error)
    }
  }

  /** One that came from standby may be in a group of its own, which no limit of the pool reaches. */
  async #limitAgain(worker: WorkerConfinement): Promise<void> {
    const { group: own } = worker
    const isOutside = own && own.parent.path !== this.#around.places.pool(this.#settings.name)?.path
    if (isOutside && this.#isLimited) {
      await this.#bringInto(this.#makeGroup(worker.worker), worker)
      own.remove()
    }
    await this.#limit(worker)
  }

  #makeGroup(worker: string): Cgroup | undefined {
    try {
      return this.#around.places.makeWorker(this.#settings.name, worker)
    } catch (error) {
      this.#tell(worker, error)
      return undefined
    }
  }

  async #bringInto(group: Cgroup | undefined, worker: WorkerConfinement): Promise<void> {
    await worker.enter(group).catch((error: unknown) => this.#tell(worker.worker, error))
  }

  /** Whether there is anything that a group of the pool is needed for. */
  get #isLimited(): boolean {
    const { cpu, memory, processes } = this.#settings.limits
    return cpuLimitText(cpu) !== undefined || memory !== 0 || processes !== 0
  }

  #processorTime(): number {
    const { places } = this.#around
    if (places.none === undefined)
      return (places.pool(this.#settings.name)?.number('cpu.stat', 'usage_usec') ?? 0) / 1000
    return Array.from(this.#workers.values()).reduce((sum, each) => sum + each.processorTime(), this.#timeOfEnded)
  }

  #reached(until: number): void {
    const { name: pool, limits } = this.#settings
    const { action, limit, resetInterval } = limits.cpu
    const share = { limit: limit / 1000, seconds: resetInterval / 1000 }
    this.#around.log.warn('pool.cpuLimitReached', { pool, ...share, action, until: new Date(until).toISOString() })
    if (action === 'KillW3wp') this.#around.end('cpuLimit', pool)
  }

  #tell(worker: string, error: unknown): void {
    this.#around.log.error('worker.notConfined', { pool: this.#settings.name, worker, error })
  }
}

/** What confinement goes by. */
const relevant = ({ limits, idleTimeoutAction }: PoolSettings) => ({ limits, idleTimeoutAction })
