/** What a worker process is launched as: Node with Portico's worker entry, and an environment that is built, not inherited. */
import { join } from 'node:path'
import type { LaunchOrder } from '#activation/launcher.ts'
import type { PoolSettings } from '#activation/pool-settings.ts'
import type { HomePaths } from './home.ts'

const entry = join(import.meta.dirname, 'worker.ts')

/** Variables of our own environment that a worker process gets as well. */
const passedOn = ['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'] as const

export function workerOrder(
  worker: string,
  token: string,
  pool: PoolSettings,
  paths: HomePaths,
  logFile: string,
): LaunchOrder {
  const env: Record<string, string> = {
    PORTICO_SHARING_SOCKET: paths.sharingSocket,
    PORTICO_TOKEN: token,
    PORTICO_POOL: pool.name,
    NODE_COMPILE_CACHE: paths.cache,
  }
  for (const name of passedOn) {
    const value = process.env[name]
    if (value !== undefined) env[name] = value
  }
  const command = [process.execPath, '--disable-warning=ExperimentalWarning', entry] as const
  return { worker, pool: pool.name, command, cwd: '/', env, logFile }
}

/** Which pool's worker process an environment of `workerOrder` belongs to, and the token that it presents. */
export function identifyWorker(env: Readonly<Record<string, string>>): { token: string; pool: string } | undefined {
  const { PORTICO_TOKEN: token, PORTICO_POOL: pool } = env
  return token === undefined || pool === undefined ? undefined : { token, pool }
}
