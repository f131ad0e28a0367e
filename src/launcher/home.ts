/** The folder that PM2 works in: where its files are, whether it can be used, and making it ready. */
import { access, chmod, constants, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PorticoError, sentenceOf } from '#base/errors.ts'
import { makeFolder } from './folders.ts'
import { findPm2 } from './pm2-package.ts'

/** The longest path of a Unix socket, in bytes, without the closing zero. */
const longestSocketPath = 107

const longestLog = 1_000_000

export const rpcSocket = (home: string) => join(home, 'rpc.sock')
export const busSocket = (home: string) => join(home, 'pub.sock')
export const pidFile = (home: string) => join(home, 'pm2.pid')
export const daemonLog = (home: string) => join(home, 'pm2.log')

/** Why PM2's sockets can't be made in this folder, if so. */
export function whyTooLong(home: string): string | undefined {
  const longest = join(home, 'interactor.sock')
  const bytes = Buffer.byteLength(longest)
  if (bytes <= longestSocketPath) return undefined
  return `the path of its socket ${longest} has ${bytes} bytes, and ${longestSocketPath} are possible`
}

/**
 * Makes the folder, private to the account that runs this process, and throws PM2_MISSING or PM2_HOME_UNUSABLE when
 * PM2 couldn't work. Starts nothing.
 */
export async function checkLauncherHome(home: string): Promise<void> {
  findPm2()
  const unusable = (reason: string, cause?: unknown) =>
    new PorticoError('PM2_HOME_UNUSABLE', { home, reason }, { cause })
  const tooLong = whyTooLong(home)
  if (tooLong) throw unusable(tooLong)
  try {
    await makeFolder(home, 0o700)
    const found = await stat(home)
    if (!found.isDirectory()) throw new Error('it is a file')
    const { uid, mode } = found
    const self = process.geteuid?.()
    // Whoever can put files or sockets here runs commands as us.
    if (uid !== self) throw new Error(`it belongs to the user ${uid}, and this process runs as ${self}`)
    if (mode & 0o077) await chmod(home, 0o700)
    await access(home, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw unusable(sentenceOf(error), error)
  }
}

/** Puts in place what PM2's client would make otherwise, with a banner and a call home. */
export async function prepareHome(home: string): Promise<void> {
  await checkLauncherHome(home)
  for (const folder of ['logs', 'pids', 'modules']) await makeFolder(join(home, folder), 0o700)
  await writeFile(join(home, 'touch'), '')
  // Its survey of the machine's load serves nobody here.
  await writeFile(join(home, 'module_conf.json'), '{"pm2":{"sysmonit":"false"}}')
}

/** Empties PM2's log when it is long; the daemon appends, and goes on at the beginning. */
export async function boundDaemonLog(home: string): Promise<void> {
  const { size } = await stat(daemonLog(home)).catch(() => ({ size: 0 }))
  if (size > longestLog) await truncate(daemonLog(home))
}

/** Removes what a daemon that has ended leaves behind: sockets that nobody serves, and environments on disk. */
export async function clearRemains(home: string): Promise<void> {
  const remains = [rpcSocket(home), busSocket(home), pidFile(home), join(home, 'dump.pm2'), join(home, 'dump.pm2.bak')]
  for (const file of remains) await rm(file, { force: true })
}
