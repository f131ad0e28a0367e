/** A PM2 home of a test's own; whatever was started in it is ended by pid when the test is over. */
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, watch } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import type { LaunchOrder } from '#activation/launcher.ts'
import { systemClock } from '#base/clock.ts'
import type { LogFields } from '#base/log.ts'
import { daemonOf, endDaemon } from '#launcher/daemon.ts'
import { Pm2Launcher, type Pm2LauncherOptions } from '#launcher/pm2-launcher.ts'
import { endTree, identityOf, leadersWith, type ProcessIdentity, untilGone } from '#launcher/processes.ts'
import { launcherVariable } from '#launcher/start-record.ts'

const programs = join(import.meta.dirname, '../fixtures/programs')

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
    const command = [process.execPath, join(programs, program)] as const
    return { worker, pool: 'DefaultAppPool', command, cwd: this.folder, env: {}, logFile: this.logFile, ...more }
  }

  get daemonPid(): number {
    const daemon = daemonOf(this.home)
    if (!daemon) throw new Error('no daemon of PM2 runs in this home')
    return daemon.pid
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
