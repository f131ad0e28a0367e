/** Keeps the worker processes of all pools within their limits, and ends with each what it has left running. */
import type { PoolSettings } from '#activation/pool-settings.ts'
import type { Timer } from '#base/clock.ts'
import { environmentOf } from '#launcher/processes.ts'
import { workerVariable } from '#launcher/start-record.ts'
import type { Cgroup } from './cgroup.ts'
import type { LimitInForce } from './limits.ts'
import { groupName } from './places.ts'
import { PoolConfinement } from './pool-confinement.ts'
import { endMarked } from './process-tree.ts'
import type { ConfinementSurroundings } from './surroundings.ts'

/** In the environment of a worker process and of what it starts; its value is the worker's id. */
export const markVariable = 'PORTICO_WORKER'

const memoryLookEvery = 1_000
const removalLookEvery = 5
/** Milliseconds until processes that were killed are gone; only those that the kernel holds take long. */
const removalLimit = 10_000

const poolKey = (name: string) => name.toLowerCase()

export class Confiner implements AsyncDisposable {
  readonly #around: ConfinementSurroundings
  readonly #pools = new Map<string, PoolConfinement>()
  /** The pool of each worker process. */
  readonly #poolOf = new Map<string, PoolConfinement>()
  /** The groups of standby processes. */
  readonly #standbys = new Map<string, Cgroup>()
  readonly #removals = new Set<Promise<void>>()
  #memoryTimer: Timer | undefined

  constructor(around: ConfinementSurroundings) {
    this.#around = around
  }

  /** Puts the limits of pools in force. */
  configure(pools: readonly PoolSettings[]): void {
    for (const settings of pools) {
      const known = this.#pools.get(poolKey(settings.name))
      if (known) known.configure(settings)
      else this.#pools.set(poolKey(settings.name), new PoolConfinement(settings, this.#around))
    }
    const wanted = new Set(pools.map(({ name }) => poolKey(name)))
    for (const [key, pool] of this.#pools) {
      if (wanted.has(key) || !pool.isEmpty) continue
      pool[Symbol.dispose]()
      this.#pools.delete(key)
    }
    this.#watchMemory()
  }

  /**
   * Keeps a process within the limits of a pool, from before it has loaded anything: a worker process that was launched for
   * the pool, or one that is taken for it, which was a `standby` process. A process that is in its group already stays there.
   */
  async confine(worker: string, pool: string, pid: number, standby?: string): Promise<void> {
    const of = this.#pools.get(poolKey(pool))
    if (!of) return
    this.#poolOf.set(worker, of)
    const own = standby === undefined ? undefined : this.#standbys.get(standby)
    if (standby !== undefined) this.#standbys.delete(standby)
    await of.confine(worker, pid, own)
  }

  /** Gives a standby process a group of its own ahead of time. Without one it enters that of its pool later. */
  async confineStandby(standby: string, pid: number): Promise<void> {
    let group: Cgroup | undefined
    try {
      group = this.#around.places.makeStandby(standby)
      await group?.take(pid)
    } catch (error) {
      group?.remove()
      group = undefined
      this.#around.log.warn('standby.notConfined', { worker: standby, error })
    }
    if (group) this.#standbys.set(standby, group)
  }

  /** The worker process has ended: ends what it left running, and says how it ended. */
  ended(worker: string, how: string): string {
    const pool = this.#poolOf.get(worker)
    this.#poolOf.delete(worker)
    const confined = pool?.forget(worker)
    const why = confined && pool?.howEnded(confined)
    const group = confined ? confined.group : this.#standbys.get(worker)
    this.#standbys.delete(worker)
    const left = group ? this.#end(group) : endMarked(markVariable, worker)
    if (left > 0) this.#around.log.info('worker.childrenEnded', { pool: pool?.name, worker, count: left })
    return why === undefined ? how : `${why} (${how})`
  }

  /** The worker process is left to itself, within its limits. */
  release(worker: string): void {
    this.#poolOf.get(worker)?.forget(worker)
    this.#poolOf.delete(worker)
  }

  /** Ends what worker processes left running that have ended while Portico did not run; those that live are left alone. */
  sweep(): void {
    const kept = new Set(Array.from(this.#poolOf.keys(), (worker) => groupName('worker', worker)))
    for (const pool of this.#around.places.root?.children ?? []) {
      for (const group of pool.children) {
        if (kept.has(group.name) || isLed(group)) continue
        const left = this.#end(group)
        if (left > 0) this.#around.log.info('worker.childrenEnded', { group: group.name, count: left })
      }
      if (!this.#isConfigured(pool)) pool.remove()
    }
  }

  /** Throws why no worker process of the pool may start now. */
  assertMayRun(pool: string): void {
    this.#pools.get(poolKey(pool))?.assertMayRun()
  }

  limitsOf(pool: string): readonly LimitInForce[] {
    return this.#pools.get(poolKey(pool))?.limits ?? []
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#memoryTimer?.[Symbol.dispose]()
    for (const pool of this.#pools.values()) pool[Symbol.dispose]()
    await Promise.all(this.#removals)
    this.#around.places.root?.remove()
  }

  #isConfigured(group: Cgroup): boolean {
    return [...this.#pools.keys()].some((key) => groupName('pool', key) === group.name)
  }

  /** Ends what is in a group, and removes it when that is gone. Says how many processes there were. */
  #end(group: Cgroup): number {
    const { length } = group.pids
    try {
      if (length > 0) group.kill()
    } catch (error) {
      this.#around.log.error('worker.childrenNotEnded', { group: group.path, error })
    }
    const removal = this.#remove(group).finally(() => this.#removals.delete(removal))
    this.#removals.add(removal)
    return length
  }

  async #remove(group: Cgroup): Promise<void> {
    const { clock, log } = this.#around
    const deadline = clock.elapsed() + removalLimit
    while (!group.remove()) {
      if (clock.elapsed() >= deadline) {
        log.error('worker.childrenNotEnded', { group: group.path, pids: group.pids })
        return
      }
      await new Promise<void>((resolve) => clock.after(removalLookEvery, resolve))
    }
  }

  #watchMemory(): void {
    const isNeeded = [...this.#pools.values()].some((pool) => pool.isMemoryPolled)
    if (!isNeeded) this.#memoryTimer?.[Symbol.dispose]()
    if (!isNeeded) this.#memoryTimer = undefined
    if (!isNeeded || this.#memoryTimer) return
    this.#memoryTimer = this.#around.clock.after(memoryLookEvery, () => {
      this.#memoryTimer = undefined
      for (const pool of this.#pools.values()) pool.lookAtMemory()
      this.#watchMemory()
    })
    this.#memoryTimer.unref()
  }
}

/** Whether the worker process of the group lives: what it starts does not inherit the launcher's variables. */
function isLed(group: Cgroup): boolean {
  return group.pids.some((pid) => workerVariable in environmentOf(pid))
}
