/** A Portico of a test's own: real PM2, real worker processes, real sockets, in folders that go with it. */
import { expect } from 'vitest'
import type { Status } from '#admin/status.ts'
import type { LogFields } from '#base/log.ts'
import { EventJournal } from '#main/event-journal.ts'
import { takeHome } from '#main/home.ts'
import { type OpenLog, openLog } from '#main/log.ts'
import { Service } from '#main/service.ts'
import { statusOf } from '#main/status.ts'
import { callOnce, NetTcpClient } from './net-tcp-client.ts'
import { PorticoFolders, processesOf, type Setup } from './portico-folders.ts'
import { SkippableClock } from './skippable-clock.ts'

/** A clock so far ahead of the file system's that what a test deploys has been still for long enough: nothing waits for it. */
function aheadOfFiles(): SkippableClock {
  const clock = new SkippableClock()
  clock.skip(500)
  return clock
}

/** An event that was logged. */
export interface Logged {
  readonly level: 'info' | 'warn' | 'error'
  readonly event: string
  readonly fields: LogFields
}

/** The service in this process, with a clock in which time can be skipped. */
export class PorticoUnderTest implements AsyncDisposable {
  readonly folders: PorticoFolders
  readonly clock: SkippableClock
  readonly service: Service
  readonly #journal: Journal

  private constructor(folders: PorticoFolders, clock: SkippableClock, service: Service, journal: Journal) {
    this.folders = folders
    this.clock = clock
    this.service = service
    this.#journal = journal
  }

  static async start(setup: Setup = {}, clock?: SkippableClock): Promise<PorticoUnderTest> {
    return PorticoUnderTest.in(await PorticoFolders.make(setup), clock)
  }

  /** Starts with folders that are there already. */
  static async in(folders: PorticoFolders, clock = aheadOfFiles()): Promise<PorticoUnderTest> {
    const { config, apps } = folders
    const home = await takeHome(folders.home)
    const history = new EventJournal({ folder: home.events, complain: () => {} })
    const journal = new Journal(openLog(home.log, undefined, history), history)
    const service = await Service.start({ config, apps, home, clock, log: journal, version: '0.0.0' })
    return new PorticoUnderTest(folders, clock, service, journal)
  }

  get port(): number {
    return this.folders.port
  }

  get status(): Status {
    return statusOf(this.service)
  }

  get events(): readonly Logged[] {
    return this.#journal.events
  }

  /** The next event of this name, or one that came already and hasn't been returned yet. */
  event(name: string, matching: (fields: LogFields) => boolean = () => true): Promise<Logged> {
    return this.#journal.next(name, matching)
  }

  /** Resolves once `holds` does of the status. */
  async until(holds: (status: Status) => boolean): Promise<void> {
    await expect.poll(() => holds(this.status), { interval: 5 }).toBe(true)
  }

  open(path: string): Promise<NetTcpClient> {
    return NetTcpClient.open(this.port, path)
  }

  call(path: string, text?: string): Promise<string | undefined> {
    return callOnce(this.port, path, text)
  }

  /** Ends it as a signal does. */
  async stop(): Promise<void> {
    this.service.stop()
    await this.service.ended
  }

  /** Ends it, and checks that nothing is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.service.isStopping) this.service.stop()
    this.service.stop()
    await this.service.ended
    await this.#journal.close()
    expect(processesOf(this.folders.home), 'processes left behind').toEqual([])
    this.folders[Symbol.dispose]()
  }
}

/** A log that can be waited for. */
class Journal {
  readonly events: Logged[] = []
  readonly #returned = new Set<Logged>()
  readonly #watchers = new Set<() => void>()
  readonly #written: OpenLog
  readonly #history: EventJournal
  readonly info = this.#at('info')
  readonly warn = this.#at('warn')
  readonly error = this.#at('error')

  constructor(written: OpenLog, history: EventJournal) {
    this.#written = written
    this.#history = history
  }

  /** What was logged is in the files. */
  async close(): Promise<void> {
    await this.#history[Symbol.asyncDispose]()
    this.#written.close()
  }

  async next(name: string, matching: (fields: LogFields) => boolean): Promise<Logged> {
    for (;;) {
      const found = this.events.find(
        (each) => each.event === name && !this.#returned.has(each) && matching(each.fields),
      )
      if (found) {
        this.#returned.add(found)
        return found
      }
      await new Promise<void>((resolve) => this.#watchers.add(resolve))
    }
  }

  #at(level: Logged['level']) {
    return (event: string, fields: LogFields = {}) => {
      this.events.push({ level, event, fields })
      this.#written[level](event, fields)
      for (const watcher of this.#watchers) watcher()
      this.#watchers.clear()
    }
  }
}
