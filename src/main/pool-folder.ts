/** The private folder of a pool below Portico's home: temporary files, profile and compiled code, for its account alone. */
import { chmodSync, chownSync, lstatSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { PorticoError, sentenceOf, systemCodeOf } from '#base/errors.ts'
import type { Credentials } from '#identity/credentials.ts'
import { layInCompiledCode } from './compiled-worker-code.ts'

/** Where it is. A pool whose account changes gets another: what the old one left there may be a trap for the new. */
export function poolFolderOf(pools: string, pool: string, { uid }: Credentials): string {
  return join(pools, `${pool.toLowerCase()}-${uid}`)
}

export class PoolFolders {
  readonly #pools: string
  /** Those that are new and being filled. */
  readonly #beingMade = new Map<string, Promise<void>>()

  /** `pools`: where they are. Only the account that runs Portico can make anything there, so that no link stands in place of one. */
  constructor(pools: string) {
    this.#pools = pools
  }

  /** Makes the folder ready and returns it. Throws POOL_FOLDER_UNUSABLE. */
  async make(pool: string, account: Credentials): Promise<string> {
    const folder = poolFolderOf(this.#pools, pool, account)
    try {
      if (isMade(folder)) await this.#fill(folder, account)
      else await this.#beingMade.get(folder)
      const found = lstatSync(folder)
      if (!found.isDirectory()) throw new Error('it is no folder')
      if (found.uid !== account.uid && found.uid !== process.geteuid?.())
        throw new Error(`it belongs to the user ${found.uid}`)
      if (found.uid !== account.uid || found.gid !== account.gid) chownSync(folder, account.uid, account.gid)
      if (found.mode & 0o077) chmodSync(folder, 0o700)
      return folder
    } catch (error) {
      throw new PorticoError('POOL_FOLDER_UNUSABLE', { pool, folder, reason: sentenceOf(error) }, { cause: error })
    }
  }

  /** While nobody else can be in the folder: it is given to its account when this is done. */
  async #fill(folder: string, account: Credentials): Promise<void> {
    const filled = layInCompiledCode(join(folder, 'cache'), account)
    this.#beingMade.set(folder, filled)
    try {
      await filled
    } finally {
      this.#beingMade.delete(folder)
    }
  }
}

/** Whether the folder wasn't there, and now is. */
function isMade(folder: string): boolean {
  try {
    mkdirSync(folder, { mode: 0o700 })
    return true
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') throw error
    return false
  }
}
