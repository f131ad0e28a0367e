/** The launcher of worker processes through PM2: starts them, tells of their ends, removes them. */
import { EventEmitter } from 'node:events'
import { resolve } from 'node:path'
import type { LaunchedProcess, Launcher, LauncherEvents, LaunchOrder } from '#activation/launcher.ts'
import type { Clock, Timer } from '#base/clock.ts'
import { isPorticoError, PorticoError, sentenceOf } from '#base/errors.ts'
import type { Log } from '#base/log.ts'
import { orAbort } from '#base/signal.ts'
import { endDaemon } from './daemon.ts'
import { Entries } from './entries.ts'
import { describeEntries, type Entry, type For } from './entry.ts'
import { boundDaemonLog } from './home.ts'
import { Manager } from './manager.ts'
import { checkOrder } from './order-check.ts'
import type { Listed, Pm2Connection } from './pm2-client.ts'
import * as processes from './processes.ts'
import { Released } from './released.ts'
import { launcherVariable, type StartRecord, startRecord, workerVariable } from './start-record.ts'
import { within } from './time-limit.ts'

export interface Pm2LauncherOptions {
  /** PM2's home: a folder of Portico's own, below its home. */
  readonly home: string
  readonly clock: Clock
  readonly log: Log
  /** Milliseconds that PM2's daemon may take to answer; 10 s if absent. */
  readonly callLimit?: number
}

const callLimit = 10_000
/** From SIGKILL until the process is gone; only one that the kernel holds takes long. */
const endLimit = 10_000
/** From the end of a process until PM2 tells of it. */
const newsLimit = 2_000
const orphanLookEvery = 250
const launchesPerLogLook = 256

export class Pm2Launcher implements Launcher {
  readonly #home: string
  readonly #clock: Clock
  readonly #log: Log
  readonly #manager: Manager
  readonly #events = new EventEmitter<LauncherEvents>()
  readonly #entries: Entries
  /** The launches under way, with the ends of processes that PM2 has not named yet, by PM2's number. */
  readonly #launching = new Map<string, Map<number, string>>()
  readonly #released: Released
  readonly #cleanUps = new Set<Promise<void>>()
  readonly #closing = new AbortController()
  #orphanWatch: Timer | undefined
  #launches = 0

  constructor(options: Pm2LauncherOptions) {
    this.#home = resolve(options.home)
    this.#released = new Released(this.#home)
    this.#entries = new Entries(this.#home)
    this.#clock = options.clock
    this.#log = options.log
    this.#manager = new Manager({
      callLimit,
      ...options,
      home: this.#home,
      exited: (name, id, how) => this.#exited(name, id, how),
      gained: (connection, listed, description) => this.#gained(connection, listed, description),
      lost: (connection, reason) => this.#lost(connection, reason),
    })
  }

  on<E extends keyof LauncherEvents>(event: E, listener: (...args: LauncherEvents[E]) => void): void {
    this.#events.on(event, listener as never)
  }

  describe(): string | undefined {
    return describeEntries(this.#manager.description, this.#entries)
  }

  async launch(order: LaunchOrder, signal: AbortSignal): Promise<LaunchedProcess> {
    const either = AbortSignal.any([signal, this.#closing.signal])
    either.throwIfAborted()
    const refused = (reason: string, cause?: unknown) =>
      new PorticoError('WORKER_NOT_LAUNCHED', { worker: order.worker, pool: order.pool, reason }, { cause })
    if (this.#entries.has(order.worker) || this.#launching.has(order.worker))
      throw refused('a process of that name runs already')
    this.#launching.set(order.worker, new Map())
    try {
      const checked = await checkOrder(order)
      if ('reason' in checked) throw refused(checked.reason)
      const record = startRecord(order, checked.program, this.#home, processes.ownUmask())
      try {
        return await this.#start(record, either)
      } catch (error) {
        if (!isPorticoError(error, 'PM2_LOST') || either.aborted) throw error
        this.#endStray(order.worker) // whether the lost daemon had started it is unknown
        const another = await this.#start(record, either)
        this.#endStray(order.worker, another.pid) // one that was becoming its program showed no environment then
        return another
      }
    } catch (error) {
      if (error instanceof PorticoError || either.aborted) throw error
      throw refused(`PM2 says: ${sentenceOf(error)}`, error)
    } finally {
      this.#launching.delete(order.worker)
    }
  }

  async #start(record: StartRecord, signal: AbortSignal): Promise<LaunchedProcess> {
    const connection = await this.#manager.connection(signal)
    if (this.#launches++ % launchesPerLogLook === 0) void boundDaemonLog(this.#home).catch(() => {})
    const answer = connection.start(record)
    try {
      const listed = await orAbort(connection.limited('prepare', answer), signal)
      const entry = this.#enter(listed, connection, 'launch')
      const how = this.#launching.get(listed.name)?.get(listed.id)
      if (how) setImmediate(() => this.#end(entry, how)) // once the caller knows the process
      return entry.process
    } catch (error) {
      // The answer may still come, and with it a process that nobody wants any more.
      if (signal.aborted || isPorticoError(error, 'PM2_NOT_ANSWERING')) this.#discard(record.name, answer, connection)
      throw error
    }
  }

  #discard(worker: string, answer: Promise<Listed>, connection: Pm2Connection): void {
    const work = answer
      .then(
        async (listed) => {
          this.#enter(listed, connection, 'nobody')
          await this.remove(worker)
        },
        () => this.#endStray(worker),
      )
      .catch((error: unknown) => this.#log.warn('launcher.strayNotEnded', { worker, error }))
      .finally(() => this.#cleanUps.delete(work))
    this.#cleanUps.add(work)
  }

  async assign(standby: string, order: LaunchOrder, tell: () => void): Promise<LaunchedProcess> {
    const { worker, pool } = order
    const entry = this.#entries.get(standby)
    const refused = (reason: string) => new PorticoError('WORKER_NOT_LAUNCHED', { worker, pool, reason })
    if (!entry || entry.forgotten || !processes.lives(entry.identity)) throw refused(`${standby} has ended`)
    if (this.#entries.has(worker)) throw refused('a process of that name runs already')
    this.#entries.assign(entry, order)
    tell()
    return entry.process
  }

  async remove(worker: string): Promise<void> {
    const entry = this.#entries.get(worker)
    if (!entry || entry.released) return
    const { identity } = entry
    processes.endTree(identity)
    const gone = processes.untilGone(identity, endLimit, this.#clock)
    if (!(await Promise.race([entry.ended.promise, gone])))
      throw new PorticoError('WORKER_NOT_ENDED', { worker, pid: identity.pid })
    // PM2 is asked to forget it once it knows: otherwise it begins to kill in its own, slow way.
    if (entry.place) {
      const late = () => new Error('PM2 has not told of the end')
      await within(entry.ended.promise, newsLimit, this.#clock, late).catch(() => {})
    }
    this.#end(entry, 'signal SIGKILL')
    await entry.forgotten
  }

  async release(worker: string): Promise<void> {
    const entry = this.#entries.get(worker)
    if (!entry || entry.forgotten) return
    await this.#released.add(worker)
    entry.released = true
  }

  async survivors(): Promise<readonly LaunchedProcess[]> {
    try {
      await this.#manager.connectionIfRunning()
    } catch (error) {
      if (!isPorticoError(error, 'PM2_NOT_ANSWERING') && !isPorticoError(error, 'PM2_LOST')) throw error
      this.#log.warn('pm2.notAnswering', { error, code: error.code })
    }
    // Those that a daemon started which is gone.
    for (const identity of processes.leadersWith(launcherVariable, this.#home)) {
      const env = processes.environmentOf(identity.pid)
      const name = env[workerVariable]
      if (name === undefined || this.#entries.named(name) || this.#launching.has(name)) continue
      this.#entries.add(name, identity, env, undefined, 'survivors')
    }
    for (const entry of this.#entries) entry.released ||= this.#released.has(entry.process.worker)
    this.#released.keep(this.#entries)
    this.#entries.forgetOthers()
    this.#watchOrphans()
    const survivors = [...this.#entries].filter((entry) => entry.survivor && !entry.forgotten && !entry.released)
    for (const { identity } of survivors) processes.goOn(identity) // who stopped it for idleness is gone
    return survivors.map((entry) => entry.process)
  }

  async shutdown(): Promise<void> {
    let running: number | undefined
    try {
      const connection = await this.#manager.connectionIfRunning()
      await this.#settled()
      const listed = await connection?.list()
      running = listed?.filter((each) => each.pid && !this.#released.has(this.#entries.workerOf(each.name))).length
      if (running) this.#log.warn('pm2.kept', { processes: running })
    } catch (error) {
      this.#log.warn('pm2.kept', { error })
    }
    await this[Symbol.asyncDispose]()
    if (running !== 0) return
    // By SIGTERM it would end those that were left to themselves.
    await endDaemon(this.#home, this.#clock, this.#released.isEmpty ? 'SIGTERM' : 'SIGKILL')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error('the launcher has been closed'))
    await this.#settled()
    this.#orphanWatch?.[Symbol.dispose]()
    this.#orphanWatch = undefined
    await this.#manager.close()
  }

  /** What was begun is done: processes that nobody wants are ended, entries of ended ones are forgotten. */
  async #settled(): Promise<void> {
    await Promise.all(this.#cleanUps)
    await Promise.all([...this.#entries].map((entry) => entry.forgotten))
  }

  #enter(listed: Listed, connection: Pm2Connection, whom: For): Entry {
    if (!listed.pid) {
      void connection.forget(listed.id).catch(() => {})
      throw new Error('it names no pid, so that no process was started')
    }
    // One that has ended already is nobody any more.
    const identity = processes.identityOf(listed.pid) ?? processes.nobody(listed.pid)
    const place = { connection, id: listed.id }
    return this.#entries.add(listed.name, identity, listed.env, place, whom)
  }

  #gained(connection: Pm2Connection, listed: readonly Listed[], description: string): void {
    for (const one of listed) {
      const known = this.#entries.named(one.name)
      const place = { connection, id: one.id }
      if (known && !known.forgotten && (!one.pid || one.pid === known.process.pid)) {
        known.place = place
        if (!one.pid) this.#end(known, 'an unknown end while the connection to PM2 was lost')
      } else if (!known && one.pid && !this.#launching.has(one.name)) {
        this.#enter(one, connection, 'survivors')
      } else {
        void connection.forget(one.id).catch((error: unknown) => this.#log.warn('pm2.entryKept', { error }))
      }
    }
    this.#log.info('pm2.connected', { manager: description })
    this.#events.emit('managerStarted', description)
  }

  #lost(connection: Pm2Connection, reason: string): void {
    for (const entry of this.#entries) if (entry.place?.connection === connection) entry.place = undefined
    this.#log.warn('pm2.lost', { reason })
    this.#watchOrphans()
    this.#events.emit('managerLost', reason)
  }

  #exited(name: string, id: number, how: string): void {
    const entry = this.#entries.named(name)
    if (entry?.place?.id === id) this.#end(entry, how)
    else this.#launching.get(name)?.set(id, how)
  }

  #end(entry: Entry, how: string): void {
    if (entry.forgotten) return
    processes.endRemains(entry.identity)
    entry.forgotten = this.#forget(entry)
    entry.ended.resolve(true)
    if (entry.told && !entry.released) this.#events.emit('exited', entry.process.worker, how)
  }

  async #forget(entry: Entry): Promise<void> {
    const {
      place,
      process: { worker },
    } = entry
    try {
      await place?.connection.forget(place.id)
    } catch (error) {
      if (!isPorticoError(error, 'PM2_LOST')) this.#log.warn('pm2.entryKept', { worker, error })
    }
    this.#entries.delete(entry)
    this.#released.delete(worker)
    if (this.#entries.size + this.#launching.size === 0) this.#manager.leaveOutdated()
  }

  /** Nobody tells of the end of an orphan, so that one has to look. */
  #watchOrphans(): void {
    if (this.#orphanWatch || this.#closing.signal.aborted) return
    const orphans = [...this.#entries].filter((entry) => !entry.place && !entry.forgotten)
    if (orphans.length === 0) return
    this.#orphanWatch = this.#clock.after(orphanLookEvery, () => {
      this.#orphanWatch = undefined
      for (const entry of orphans)
        if (!entry.place && !processes.lives(entry.identity)) this.#end(entry, 'an unknown end without PM2')
      this.#watchOrphans()
    })
    this.#orphanWatch.unref()
  }

  /** Ends what runs under this name, but for the process that shall have it. */
  #endStray(worker: string, rightful?: number): void {
    for (const identity of processes.leadersWith(workerVariable, worker))
      if (identity.pid !== rightful && processes.environmentOf(identity.pid)[launcherVariable] === this.#home)
        processes.endTree(identity)
  }
}
