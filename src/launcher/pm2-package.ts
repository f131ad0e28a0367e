/** The installed package pm2: found without loading it, and its client loaded when that is needed first. */
import { createRequire } from 'node:module'
import { PorticoError, sentenceOf } from '#base/errors.ts'

const require = createRequire(import.meta.url)

/** One socket of PM2's client, as far as the launcher uses it. */
export interface Pm2Socket {
  on(event: 'connect' | 'close', listener: () => void): void
  on(event: 'error' | 'ignored error', listener: (error: Error) => void): void
  set(setting: 'retry timeout', ms: number): void
  close(): void
}

/** What PM2's client answers a call with: an error of any shape, or a value. */
export type Pm2Answer = (error: unknown, value?: unknown) => void

/** PM2's own client, on which its programmatic interface and its command line are built; it has no typings. */
export interface Pm2Client {
  readonly client: { readonly sock: Pm2Socket; call(method: string, argument: unknown, done: Pm2Answer): void }
  readonly sub: { on(topic: string, listener: (packet: unknown) => void): void }
  readonly sub_sock: Pm2Socket
  launchRPC(): void
  launchBus(connected: () => void): void
}

export type Pm2ClientClass = new (options: { conf: Record<string, string> }) => Pm2Client

export interface Pm2Package {
  readonly version: string
  /** The program that is PM2's daemon. */
  readonly daemonScript: string
}

function orMissing<T>(find: () => T): T {
  try {
    return find()
  } catch (error) {
    const reason = sentenceOf(error).split('\n')[0] ?? ''
    throw new PorticoError('PM2_MISSING', { reason }, { cause: error })
  }
}

let found: Pm2Package | undefined

/** Throws PM2_MISSING. */
export function findPm2(): Pm2Package {
  found ??= findPm2From(require)
  return found
}

/** The package as another module would find it. */
export function findPm2From(resolver: NodeJS.Require): Pm2Package {
  return orMissing(() => ({
    version: String((resolver('pm2/package.json') as { version: unknown }).version),
    daemonScript: resolver.resolve('pm2/lib/Daemon.js'),
  }))
}

/** Takes 25 ms and 12 MB the first time. Throws PM2_MISSING. */
export function loadPm2Client(): Pm2ClientClass {
  return orMissing(() => require('pm2/lib/Client.js') as Pm2ClientClass)
}
