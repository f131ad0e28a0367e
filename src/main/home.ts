/** Portico's home: the folder that keeps what one `portico serve` needs between its runs, and the lock on it. */
import { chmodSync, closeSync, existsSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PorticoError, sentenceOf } from '#base/errors.ts'
import { makeFolder } from '#launcher/folders.ts'
import { lockFile } from '#syscalls/processes.ts'

/** The longest path of a Unix socket in bytes. Source: unix(7), sun_path. */
const greatestSocketPath = 107

/** Where things are in a home. */
export interface HomePaths {
  readonly home: string
  /** Anybody may connect here to receive connections. */
  readonly sharingSocket: string
  /** Only the account of `portico serve` may connect here. */
  readonly adminSocket: string
  /** PM2's own home. */
  readonly pm2: string
  readonly logs: string
  readonly log: string
  /** The history: what became of pools, worker processes and applications. */
  readonly events: string
  readonly lock: string
  /** The private folders of pools, each for the pool's account alone. */
  readonly pools: string
  /** The numeric users of pools. */
  readonly identities: string
  /** Which folders are served from here. */
  readonly serving: string
}

export function pathsOf(home: string): HomePaths {
  return {
    home,
    sharingSocket: join(home, 'sharing.sock'),
    adminSocket: join(home, 'admin.sock'),
    pm2: join(home, 'pm2'),
    logs: join(home, 'logs'),
    log: join(home, 'logs', 'portico.log'),
    events: join(home, 'events'),
    lock: join(home, 'lock'),
    pools: join(home, 'pools'),
    identities: join(home, 'identities.json'),
    serving: join(home, 'serving.json'),
  }
}

/** A home that this process has for itself. */
export interface OwnedHome extends HomePaths, Disposable {}

/**
 * Makes the home ready and takes it. Throws HOME_NOT_WRITABLE, SOCKET_PATH_TOO_LONG, HOME_IN_USE.
 * Others may pass through it to the sharing socket, and see nothing else.
 */
export async function takeHome(home: string): Promise<OwnedHome> {
  const paths = pathsOf(home)
  for (const path of [paths.sharingSocket, paths.adminSocket]) {
    const bytes = Buffer.byteLength(path)
    if (bytes > greatestSocketPath)
      throw new PorticoError('SOCKET_PATH_TOO_LONG', { path, bytes, limit: greatestSocketPath })
  }
  let lock: number
  try {
    if (!existsSync(home)) {
      await makeFolder(home, 0o711)
      chmodSync(home, 0o711)
    }
    // A folder that was there may have another use, like /tmp: its mode is its owner's business.
    for (const folder of [paths.pm2, paths.logs]) await makeFolder(folder, 0o700)
    await makeFolder(paths.pools, 0o711)
    chmodSync(paths.pools, 0o711) // whatever the umask
    lock = openSync(paths.lock, 'a', 0o600)
  } catch (error) {
    throw new PorticoError('HOME_NOT_WRITABLE', { home, reason: sentenceOf(error) }, { cause: error })
  }
  if (!lockFile(lock)) {
    closeSync(lock)
    throw new PorticoError('HOME_IN_USE', { home })
  }
  writeFileSync(paths.lock, `${process.pid}\n`) // for people who wonder; the lock itself is the kernel's
  return { ...paths, [Symbol.dispose]: () => closeSync(lock) }
}
