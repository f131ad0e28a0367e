/** A Portico of a test's own: real PM2, real worker processes, real sockets, in folders that go with it. */
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import type { Status } from '#admin/status.ts'
import type { LogFields } from '#base/log.ts'
import { takeHome } from '#main/home.ts'
import { Service } from '#main/service.ts'
import { statusOf } from '#main/status.ts'
import { callOnce, NetTcpClient } from './net-tcp-client.ts'
import { SkippableClock } from './skippable-clock.ts'

const fixtures = join(import.meta.dirname, '../fixtures/apps')

/** An event that was logged. */
export interface Logged {
  readonly level: 'info' | 'warn' | 'error'
  readonly event: string
  readonly fields: LogFields
}

export interface Setup {
  /** Applications: the name of a folder under test/fixtures/apps, or files with their texts. */
  readonly apps?: Readonly<Record<string, string | Readonly<Record<string, string>>>>
  /** Attributes and children inside <applicationPools>, in place of one pool with all defaults. */
  readonly pools?: string
  /** Children of the site, behind its bindings. */
  readonly applications?: string
  /** Attributes of <net.tcp>. */
  readonly netTcp?: string
}

/** The folders of one Portico, and a port that is free. */
export class PorticoFolders implements Disposable {
  readonly root = mkdtempSync(join(tmpdir(), 'portico-'))
  readonly apps = join(this.root, 'apps')
  readonly config = join(this.root, 'config')
  readonly home = join(this.root, 'home')
  readonly port: number

  private constructor(port: number, setup: Setup) {
    this.port = port
    mkdirSync(this.apps)
    mkdirSync(this.config)
    for (const [name, source] of Object.entries(setup.apps ?? {})) this.deploy(name, source)
    this.configure(setup)
  }

  static async make(setup: Setup = {}): Promise<PorticoFolders> {
    return new PorticoFolders(await freePort(), setup)
  }

  /** Copies an application into apps/. */
  deploy(name: string, source: string | Readonly<Record<string, string>>): void {
    const folder = join(this.apps, name)
    if (typeof source === 'string') {
      cpSync(join(fixtures, source), folder, { recursive: true })
      return
    }
    mkdirSync(folder)
    for (const [file, text] of Object.entries(source)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      writeFileSync(join(folder, file), text)
    }
  }

  configure({ pools = '<add name="DefaultAppPool"/>', applications = '', netTcp = '' }: Setup, port = this.port): void {
    writeFileSync(
      join(this.config, 'applicationHost.config'),
      `<configuration><system.applicationHost>
        <applicationPools>${pools}</applicationPools>
        <sites>
          <site name="Default Web Site" id="1">
            <bindings><binding protocol="net.tcp" bindingInformation="${port}:*"/></bindings>
            ${applications}
          </site>
          <applicationDefaults applicationPool="DefaultAppPool" enabledProtocols="net.tcp"/>
        </sites>
      </system.applicationHost></configuration>`,
    )
    writeFileSync(
      join(this.config, 'SMSvcHost.exe.config'),
      `<configuration><system.serviceModel.activation><net.tcp ${netTcp}/></system.serviceModel.activation></configuration>`,
    )
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true })
  }
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

  static async start(setup: Setup = {}): Promise<PorticoUnderTest> {
    return PorticoUnderTest.in(await PorticoFolders.make(setup))
  }

  /** Starts with folders that are there already. */
  static async in(folders: PorticoFolders): Promise<PorticoUnderTest> {
    const { config, apps } = folders
    const clock = new SkippableClock()
    const journal = new Journal()
    const home = takeHome(folders.home)
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
    expect(processesOf(this.folders.home), 'processes left behind').toEqual([])
    this.folders[Symbol.dispose]()
  }
}

/** A log that can be waited for. */
class Journal {
  readonly events: Logged[] = []
  readonly #returned = new Set<Logged>()
  readonly #watchers = new Set<() => void>()
  readonly info = this.#at('info')
  readonly warn = this.#at('warn')
  readonly error = this.#at('error')

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
      for (const watcher of this.#watchers) watcher()
      this.#watchers.clear()
    }
  }
}

/** The pids of processes whose environment names the home: its PM2 and its worker processes. */
export function processesOf(home: string): number[] {
  const own = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
  return own.map(Number).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(home)
    } catch {
      return false
    }
  })
}

/** A port that was free a moment ago, chosen by the kernel. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0)
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (typeof address !== 'object' || !address) throw new Error('a listening server has an address')
  return address.port
}
