/** A launcher whose processes are kept within the limits of their pools, and end with all their children. */
import { EventEmitter } from 'node:events'
import type { LaunchedProcess, Launcher, LauncherEvents, LaunchOrder } from '#activation/launcher.ts'
import type { Confiner } from './confiner.ts'

/** What it needs of the confinement. */
type Confinement = Pick<Confiner, 'confine' | 'confineStandby' | 'ended' | 'release' | 'sweep'>

export class ConfinedLauncher implements Launcher {
  readonly #launcher: Launcher
  readonly #confiner: Confinement
  readonly #poolOf: (env: LaunchedProcess['env']) => string | undefined
  readonly #events = new EventEmitter<LauncherEvents>()
  /** Processes that are on their way into their groups, and how they ended meanwhile. */
  readonly #entering = new Map<string, string | undefined>()

  /** `poolOf` tells the pool of a process by its environment; none is that of a standby process. */
  constructor(launcher: Launcher, confiner: Confinement, poolOf: (env: LaunchedProcess['env']) => string | undefined) {
    this.#launcher = launcher
    this.#confiner = confiner
    this.#poolOf = poolOf
    launcher.on('exited', (worker, how) => this.#exited(worker, how))
    launcher.on('managerLost', (reason) => this.#events.emit('managerLost', reason))
    launcher.on('managerStarted', (description) => this.#events.emit('managerStarted', description))
  }

  on<E extends keyof LauncherEvents>(event: E, listener: (...args: LauncherEvents[E]) => void): void {
    this.#events.on(event, listener as never)
  }

  describe(): string | undefined {
    return this.#launcher.describe()
  }

  /** Nobody knows the process before this resolves: no application is loaded before it is in its group. */
  async launch(order: LaunchOrder, signal: AbortSignal): Promise<LaunchedProcess> {
    const process = await this.#launcher.launch(order, signal)
    if (this.#poolOf(order.env) === undefined) await this.#confiner.confineStandby(process.worker, process.pid)
    else await this.#enter(process, order.pool)
    return process
  }

  /** It takes its account while it enters another group if it has to, which takes the kernel some milliseconds. */
  async assign(standby: string, order: LaunchOrder, tell: () => void): Promise<LaunchedProcess> {
    const process = await this.#launcher.assign(standby, order, tell)
    await this.#enter(process, order.pool, standby)
    return process
  }

  remove(worker: string): Promise<void> {
    return this.#launcher.remove(worker)
  }

  async release(worker: string): Promise<void> {
    await this.#launcher.release(worker)
    this.#confiner.release(worker)
  }

  async survivors(): Promise<readonly LaunchedProcess[]> {
    const survivors = await this.#launcher.survivors()
    for (const process of survivors) {
      const pool = this.#poolOf(process.env)
      if (pool !== undefined) await this.#enter(process, pool)
    }
    this.#confiner.sweep()
    return survivors
  }

  async shutdown(): Promise<void> {
    await this.#launcher.shutdown()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#launcher[Symbol.asyncDispose]()
  }

  async #enter({ worker, pid }: LaunchedProcess, pool: string, standby?: string): Promise<void> {
    this.#entering.set(worker, undefined)
    await this.#confiner.confine(worker, pool, pid, standby)
    const how = this.#entering.get(worker)
    this.#entering.delete(worker)
    if (how !== undefined) setImmediate(() => this.#exited(worker, how)) // once the caller knows the process
  }

  #exited(worker: string, how: string): void {
    if (this.#entering.has(worker)) this.#entering.set(worker, how)
    else this.#events.emit('exited', worker, this.#confiner.ended(worker, how))
  }
}
