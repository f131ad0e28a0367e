/** The life of PM2's daemon in one home: started, found again, ended. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { Clock } from '#base/clock.ts'
import { humanDuration } from '#base/duration.ts'
import { PorticoError, sentenceOf } from '#base/errors.ts'
import { boundDaemonLog, clearRemains, daemonLog, pidFile, prepareHome } from './home.ts'
import { findPm2 } from './pm2-package.ts'
import { environmentOf, identityOf, lives, type ProcessIdentity, signalTo, untilGone } from './processes.ts'
import { within } from './time-limit.ts'

const startLimit = 30_000
const endLimit = 5_000

/** The daemon that the home's pid file names, if that process is one of this home: the file may be an old one. */
export function daemonOf(home: string): ProcessIdentity | undefined {
  let pid: number
  try {
    pid = Number(readFileSync(pidFile(home), 'utf8'))
  } catch {
    return undefined
  }
  const daemon = pid > 0 ? identityOf(pid) : undefined
  return daemon && lives(daemon) && environmentOf(pid).PM2_HOME === home ? daemon : undefined
}

/** Built, not inherited: what stands here is all that the daemon knows. */
function environment(home: string): Record<string, string> {
  const { PATH = '/usr/local/bin:/usr/bin:/bin', TZ } = process.env
  return {
    PATH,
    HOME: home, // so that nothing of it ever looks at the user's own PM2
    PM2_HOME: home,
    PM2_DISABLE_VERSION_CHECK: 'true',
    PM2_NO_INTERACTION: 'true',
    PM2_KILL_SIGNAL: 'SIGTERM',
    PM2_WORKER_INTERVAL: String(24 * 3_600_000), // its rounds look for restarts, which it doesn't decide here
    ...(TZ === undefined ? {} : { TZ }),
  }
}

async function lastLines(home: string): Promise<string> {
  const text = await readFile(daemonLog(home), 'utf8').catch(() => '')
  return text.trimEnd().split('\n').slice(-10).join('\n')
}

/** Starts a daemon and resolves once it takes calls. The caller has made sure that none can be reached. */
export async function startDaemon(home: string, clock: Clock): Promise<void> {
  await prepareHome(home)
  // One that runs and can't be reached (its socket was deleted) would go on unseen. What it started lives on.
  const unreachable = daemonOf(home)
  if (unreachable) await endDaemon(home, clock, 'SIGKILL')
  const settled = new AbortController()
  let child: ChildProcess | undefined
  try {
    await clearRemains(home)
    await boundDaemonLog(home)
    child = spawnDaemon(home)
    const ready = once(child, 'message', { signal: settled.signal })
    const ended = once(child, 'exit', { signal: settled.signal }).then(([code, signal]) => {
      throw new Error(signal ? `it ended by signal ${signal}` : `it ended with exit code ${code}`)
    })
    const limit = () => new Error(`it wasn't ready within ${humanDuration(startLimit)}`)
    await within(Promise.race([ready, ended]), startLimit, clock, limit)
  } catch (error) {
    child?.kill('SIGKILL')
    const lastOutput = await lastLines(home)
    throw new PorticoError('PM2_NOT_STARTED', { home, reason: sentenceOf(error) }, { cause: error, lastOutput })
  } finally {
    settled.abort()
    if (child?.connected) child.disconnect()
    child?.unref()
  }
}

function spawnDaemon(home: string): ChildProcess {
  const log = openSync(daemonLog(home), 'a', 0o600)
  // The shell sets the umask for the daemon alone: ours belongs to the whole process.
  const daemon = ['umask 077; exec "$@"', 'sh', process.execPath, findPm2().daemonScript]
  try {
    return spawn('/bin/sh', ['-c', ...daemon], {
      cwd: home,
      detached: true,
      env: environment(home),
      stdio: ['ignore', log, log, 'ipc'],
    })
  } finally {
    closeSync(log)
  }
}

/** Ends the daemon of this home, if one runs. By SIGTERM it ends its processes first, by SIGKILL they live on. */
export async function endDaemon(home: string, clock: Clock, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const daemon = daemonOf(home)
  if (daemon) {
    signalTo(daemon.pid, signal)
    if (!(await untilGone(daemon, endLimit, clock))) {
      signalTo(daemon.pid, 'SIGKILL')
      await untilGone(daemon, endLimit, clock)
    }
  }
  await clearRemains(home)
}
