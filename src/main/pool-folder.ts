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

/**
 * Makes the folder ready and returns it. Only the account that runs Portico can make anything beside it, so that no link
 * stands in its place. Throws POOL_FOLDER_UNUSABLE.
 */
export function makePoolFolder(pools: string, pool: string, account: Credentials): string {
  const folder = poolFolderOf(pools, pool, account)
  try {
    const isNew = make(folder)
    if (isNew) layInCompiledCode(join(folder, 'cache'), account) // while nobody else can be in the folder
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

/** Whether the folder wasn't there. */
function make(folder: string): boolean {
  try {
    mkdirSync(folder, { mode: 0o700 })
    return true
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') throw error
    return false
  }
}
