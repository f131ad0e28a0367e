/** A PM2 home of a test's own; whatever was started in it is ended by pid when the test is over. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, watch } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import type { LaunchOrder } from '#activation/launcher.ts'
import { systemClock } from '#base/clock.ts'
import type { LogFields } from '#base/log.ts'
import { daemonOf, endDaemon } from '#launcher/daemon.ts'
import { prepareHome } from '#launcher/home.ts'
import { type Listed, Pm2Connection } from '#launcher/pm2-client.ts'
import { Pm2Launcher, type Pm2LauncherOptions } from '#launcher/pm2-launcher.ts'
import { findPm2 } from '#launcher/pm2-package.ts'
import { endTree, identityOf, leadersWith, type ProcessIdentity, untilGone } from '#launcher/processes.ts'
import { launcherVariable } from '#launcher/start-record.ts'

const fixtures = join(import.meta.dirname, '../fixtures')

export class OwnPm2Home implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'portico-pm2-'))
  readonly home = join(this.folder, 'pm2')
  readonly logFile = join(this.folder, 'worker.log')
  readonly logged: [event: string, fields: LogFields][] = []
  readonly #launchers: Pm2Launcher[] = []
  #orders = 0

  launcher(options: Partial<Pm2LauncherOptions> = {}): Pm2Launcher {
    const note = (event: string, fields: LogFields = {}) => void this.logged.push([event, fields])
    const log = { info: note, warn: note, error: note }
    const launcher = new Pm2Launcher({ home: this.home, clock: systemClock, log, ...options })
    this.#launchers.push(launcher)
    return launcher
  }

  /** An order for one of the programs under test/fixtures/programs. */
  order(program: string, more: Partial<LaunchOrder> = {}): LaunchOrder {
    const worker = `DefaultAppPool-${++this.#orders}`
    const command = [process.execPath, join(fixtures, 'programs', program)] as const
    return { worker, pool: 'DefaultAppPool', command, cwd: this.folder, env: {}, logFile: this.logFile, ...more }
  }

  get daemonPid(): number {
    const daemon = daemonOf(this.home)
    if (!daemon) throw new Error('no daemon of PM2 runs in this home')
    return daemon.pid
  }

  /** Starts the installed PM2 changed by one of the modules under test/fixtures/pm2. */
  async startPm2(preload: string): Promise<void> {
    await prepareHome(this.home)
    const { daemonScript } = findPm2()
    const child = spawn(process.execPath, ['-r', join(fixtures, 'pm2', preload), daemonScript], {
      env: {
        PATH: process.env.PATH,
        PM2_HOME: this.home,
        PM2_DISABLE_VERSION_CHECK: 'true',
        PM2_PACKAGE: join(dirname(daemonScript), '..'),
      },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      detached: true,
    })
    await once(child, 'message')
    child.disconnect()
    child.unref()
  }

  /** What PM2 itself has in its list. */
  async listed(): Promise<Listed[]> {
    const connection = await Pm2Connection.open({ home: this.home, clock: systemClock, callLimit: 10_000, exited() {} })
    if (!connection) throw new Error('no daemon of PM2 runs in this home')
    try {
      return await connection.list()
    } finally {
      connection.close('the test has what it needs')
    }
  }

  /** How many processes started in this home run, whoever knows them. */
  get running(): number {
    return leadersWith(launcherVariable, this.home).length
  }

  output(): string {
    return readFileSync(this.logFile, 'utf8')
  }

  /** Resolves with what the worker log holds once it matches. */
  async outputWith(pattern: RegExp): Promise<RegExpExecArray> {
    using ended = new DisposableStack()
    const watcher = ended.adopt(watch(dirname(this.logFile)), (it) => it.close())
    for (;;) {
      const changed = once(watcher, 'change')
      const match = pattern.exec(this.output())
      if (match) return match
      await changed
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const launcher of this.#launchers) await launcher[Symbol.asyncDispose]()
    await endDaemon(this.home, systemClock, 'SIGKILL')
    for (const process of leadersWith(launcherVariable, this.home)) {
      endTree(process)
      expect(await untilGone(process, 10_000, systemClock)).toBe(true)
    }
    rmSync(this.folder, { recursive: true })
  }
}

/** Resolves with what the launcher tells when it tells `event` next. */
export function told(launcher: Pm2Launcher, event: 'exited' | 'managerLost' | 'managerStarted'): Promise<string[]> {
  return new Promise((resolve) => launcher.on(event, (...args: string[]) => resolve(args)))
}

/** Who has this pid; fails when nobody has. */
export function processOf(pid: number): ProcessIdentity {
  const process = identityOf(pid)
  if (!process) throw new Error(`no process has the pid ${pid}`)
  return process
}
