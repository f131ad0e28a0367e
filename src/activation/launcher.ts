/** The launcher that activation needs: it starts worker processes, reports their ends, and decides nothing. */

/** What to start. */
export interface LaunchOrder {
  /** The worker's id, unique among all launches of this home, as `DefaultAppPool-1f3a9c`. */
  readonly worker: string
  readonly pool: string
  /** Program and arguments. */
  readonly command: readonly [program: string, ...args: string[]]
  readonly cwd: string
  /**
   * The whole environment of the process; nothing is inherited besides. Names are those that a shell takes (letters,
   * digits, `_`); a launcher may add variables that begin with `PORTICO_LAUNCH`.
   */
  readonly env: Readonly<Record<string, string>>
  /** Receives standard output and standard error, appended. */
  readonly logFile: string
}

/** A process that was started and has not been removed. */
export interface LaunchedProcess {
  readonly worker: string
  readonly pid: number
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  /** The environment it was given. */
  readonly env: Readonly<Record<string, string>>
}

/** What the launcher tells without being asked. */
export interface LauncherEvents {
  /**
   * The process of `worker` has ended; `how` says in words what is known (`exit code 3`, `signal SIGKILL`). Told once for
   * each process that `launch` or `survivors` returned, also for one that `remove` ends, and then before that resolves.
   */
  exited: [worker: string, how: string]
  /** The process manager itself is gone; processes that it started may live on. */
  managerLost: [reason: string]
  /** A process manager runs (again). */
  managerStarted: [description: string]
}

export interface Launcher extends AsyncDisposable {
  /**
   * Starts a process and resolves once it has a pid. Throws WORKER_NOT_LAUNCHED, or what is wrong with the process
   * manager. With the signal it rejects at once, and what was started meanwhile is ended.
   */
  launch(order: LaunchOrder, signal: AbortSignal): Promise<LaunchedProcess>
  /**
   * The process that was launched as `standby` is the one of `order` from now on, also for a later run; `tell` is to tell it,
   * and is called as soon as that is so. It keeps its program, its folder and its place. Throws WORKER_NOT_LAUNCHED when it
   * has ended.
   */
  assign(standby: string, order: LaunchOrder, tell: () => void): Promise<LaunchedProcess>
  /**
   * Ends the process at once if it still lives, with its children, and forgets it. One that is unknown is no error; to
   * end a launch under way, abort it.
   */
  remove(worker: string): Promise<void>
  /**
   * Leaves the process running and forgets it for good: it is told of no more, `remove` and `shutdown` leave it alone, and
   * it's no survivor for a later run.
   */
  release(worker: string): Promise<void>
  /** The processes that an earlier run of Portico left running in this home; starts no process manager to find out. */
  survivors(): Promise<readonly LaunchedProcess[]>
  on<E extends keyof LauncherEvents>(event: E, listener: (...args: LauncherEvents[E]) => void): void
  /** One line for `portico status`, as `PM2 7.0.4, pid 4711, 3 processes`; undefined while none was needed. */
  describe(): string | undefined
  /** Ends the process manager unless it has a process running, and lets go of it. For an orderly end of Portico. */
  shutdown(): Promise<void>
  /** Leaves the process manager and the processes running, and lets go of them. */
  [Symbol.asyncDispose](): Promise<void>
}
