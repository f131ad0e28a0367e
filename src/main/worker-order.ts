/** What a worker process is launched as: Node with Portico's worker entry, and an environment that is built, not inherited. */
import { join } from 'node:path'
import type { Identified } from '#activation/activation-manager.ts'
import type { LaunchOrder } from '#activation/launcher.ts'
import type { PoolSettings } from '#activation/pool-settings.ts'
import { markVariable } from '#confinement/confiner.ts'
import type { RunAs } from '#identity/identities.ts'
import { accountText, parseAccount } from './account-text.js'

const entry = join(import.meta.dirname, 'worker-entry.js')

const silenced = ['--disable-warning=ExperimentalWarning'] as const

/** Variables of our own environment that a worker process gets as well. */
const passedOn = ['PATH', 'LANG', 'LC_ALL', 'TZ'] as const

/** What an order is made of. */
export interface OrderParts {
  readonly worker: string
  readonly token: string
  readonly pool: PoolSettings
  readonly runAs: RunAs
  readonly sharingSocket: string
  /** The private folder of the pool. */
  readonly folder: string
  readonly logFile: string
  /** The URL of the worker host in one file; without, its sources are loaded. */
  readonly host?: string | undefined
}

/** What the order of a standby process is made of. */
export type StandbyParts = Pick<OrderParts, 'token' | 'sharingSocket' | 'logFile'> & { readonly id: string }

export function workerOrder({
  worker,
  token,
  pool,
  runAs,
  sharingSocket,
  folder,
  logFile,
  host,
}: OrderParts): LaunchOrder {
  const env: Record<string, string> = {
    PORTICO_SHARING_SOCKET: sharingSocket,
    PORTICO_TOKEN: token,
    PORTICO_POOL: pool.name,
    PORTICO_RUN_AS: accountText(runAs),
    PORTICO_FOLDER: folder,
    ...(host !== undefined && { PORTICO_HOST: host }),
    [markVariable]: worker,
    TMPDIR: join(folder, 'tmp'),
    ...inherited(),
  }
  const { loadUserProfile, setProfileEnvironment } = pool.identity
  if (loadUserProfile && setProfileEnvironment) Object.assign(env, profileOf(pool, runAs, folder))
  else env.HOME = '/' // a numeric user has no other, and programs stop where they find none
  const command = [process.execPath, ...pool.nodeArguments, ...silenced, entry] as const
  return { worker, pool: pool.name, command, cwd: '/', env, logFile }
}

/** A process that becomes the worker process of an order like the above, when that is needed. */
export function standbyOrder({ id, token, sharingSocket, logFile }: StandbyParts): LaunchOrder {
  const env = {
    PORTICO_SHARING_SOCKET: sharingSocket,
    PORTICO_TOKEN: token,
    PORTICO_STANDBY: id,
    ...inherited(),
    HOME: '/',
  }
  return { worker: id, pool: 'standby', command: [process.execPath, ...silenced, entry], cwd: '/', env, logFile }
}

function inherited(): Record<string, string> {
  const values = passedOn.flatMap((name) => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value]]
  })
  return Object.fromEntries(values)
}

/** HOME and its like: of the account where it has them, else in the pool's own folder. */
function profileOf({ name }: PoolSettings, { home, shell, account }: RunAs, folder: string): Record<string, string> {
  const user = home === undefined ? name : account
  return { HOME: home ?? join(folder, 'profile'), USER: user, LOGNAME: user, SHELL: shell || '/bin/sh' }
}

/**
 * Which pool's worker process an environment of `workerOrder` belongs to, who it is, and the token that it presents; or
 * that it is one of `standbyOrder`.
 */
export function identifyWorker(env: Readonly<Record<string, string>>): Identified | 'standby' | undefined {
  if ('PORTICO_STANDBY' in env) return 'standby'
  const { PORTICO_TOKEN: token, PORTICO_POOL: pool, PORTICO_RUN_AS: runAs = '' } = env
  const account = parseAccount(runAs)
  return token === undefined || pool === undefined || !account ? undefined : { token, pool, account }
}
