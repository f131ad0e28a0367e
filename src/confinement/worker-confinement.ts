/** One worker process with its children, kept within the limits of its pool. */
import type { PoolSettings } from '#activation/pool-settings.ts'
import { systemCodeOf } from '#base/errors.ts'
import { keepProcessTo } from './affinity.ts'
import type { Cgroup } from './cgroup.ts'
import type { NumaNode } from './numa.ts'
import { ownMemoryOf, processorTimeOf, treeOf } from './process-tree.ts'

export class WorkerConfinement {
  readonly worker: string
  readonly pid: number
  #group: Cgroup | undefined
  /** The node that it is kept to. */
  readonly node: NumaNode | undefined
  /** Set when it is ended because of a limit: how that reads in its life story. */
  endedBecause: string | undefined
  #walls: Promise<void> = Promise.resolve()
  #lastTime = 0
  #time = 0

  constructor(worker: string, pid: number, node: NumaNode | undefined, group?: Cgroup) {
    this.worker = worker
    this.pid = pid
    this.#group = group
    this.node = node
  }

  /** Undefined where no groups can be made. */
  get group(): Cgroup | undefined {
    return this.#group
  }

  /** Itself, its children, and theirs; a group knows those too that have gone from their parents. */
  get pids(): readonly number[] {
    return [...new Set([...treeOf(this.pid), ...(this.group?.pids ?? [])])]
  }

  /** KB. */
  get memory(): number {
    return ownMemoryOf(this.pids)
  }

  /** Takes the process, and what it has started, into a group: its first, or another one. */
  async enter(group: Cgroup | undefined): Promise<void> {
    const { pids } = this
    this.#group = group
    for (const pid of group ? pids : []) {
      try {
        await group?.take(pid)
      } catch (error) {
        if (systemCodeOf(error) !== 'ESRCH') throw error // else it has ended
      }
    }
  }

  /** Milliseconds of processor time so far. What children used that went away from their parents is lost. */
  processorTime(): number {
    const now = processorTimeOf(treeOf(this.pid))
    this.#time += Math.max(0, now - this.#lastTime)
    this.#lastTime = now
    return this.#time
  }

  /** Lets it run on these processors only. Throws what the kernel says against it. */
  keepTo(processors: readonly number[]): void {
    for (const pid of this.pids) keepProcessTo(pid, processors)
  }

  /** Sets the walls of its group, one call after the other: the last one stays in force. */
  setWalls(settings: PoolSettings): Promise<void> {
    const set = this.#walls.then(() => this.#setWalls(settings))
    this.#walls = set.catch(() => {})
    return set
  }

  async #setWalls({ limits, idleTimeoutAction }: PoolSettings): Promise<void> {
    const { memory, processes } = limits
    const bytes = memory === 0 ? 'max' : String(memory * 1024)
    // Who is suspended may go to swap; otherwise swap would be memory beyond the limit.
    const swap = memory === 0 || idleTimeoutAction === 'Suspend' ? bytes : '0'
    await this.#write('memory.swap.max', swap)
    await this.#write('memory.oom.group', memory === 0 ? '0' : '1') // all of it ends, rather than one child
    await this.#write('memory.max', bytes)
    await this.#write('pids.max', processes === 0 ? 'max' : String(processes))
  }

  /** What limits had to do with its end, in words. To be asked before the group is removed. */
  howEnded({ memory, processes }: PoolSettings['limits']): string | undefined {
    if (this.endedBecause !== undefined) return this.endedBecause
    const counted = (file: string, key: string) => (this.group?.number(file, key) ?? 0) > 0
    if (counted('memory.events', 'oom_kill')) return reachedMemoryLimit(memory)
    return counted('pids.events', 'max') ? `had met its limit of ${processes} processes and threads` : undefined
  }

  /** A file that isn't there belongs to a controller that isn't in force. */
  async #write(file: string, value: string): Promise<void> {
    if (this.group?.read(file) !== undefined) await this.group.put(file, value)
  }
}

export const reachedMemoryLimit = (kb: number) => `reached its memory limit of ${kb} KB`
