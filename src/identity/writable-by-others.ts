/** What others than root may write among the files that a pool of root would load: each of it is a way to become root. */
import type { Stats } from 'node:fs'
import { lstat, readdir, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { systemCodeOf } from '#base/errors.ts'

/** So many findings are named; one is enough to refuse. */
const mostNamed = 20

const groupMayWrite = 0o020
const anybodyMayWrite = 0o002
const sticky = 0o1000

/**
 * The files and folders in `folder`, where links lead, and the folders above, that somebody other than root may write or
 * replace; each with the reason. A folder that is not there has none.
 */
export async function writableByOthers(folder: string): Promise<readonly string[]> {
  const found: string[] = []
  const seen = new Set<string>()
  const look = async (path: string, isAbove: boolean): Promise<Stats | undefined> => {
    const stats = await lstat(path).catch((error: unknown) => {
      if (systemCodeOf(error) === 'ENOENT') return undefined
      throw error
    })
    const reason = stats && reasonOf(stats, isAbove)
    if (reason !== undefined && !seen.has(path)) found.push(`${path} (${reason})`)
    seen.add(path)
    return stats
  }
  const pending = [folder]
  for (let path = pending.shift(); path !== undefined && found.length < mostNamed; path = pending.shift()) {
    if (seen.has(path)) continue
    const isRootOfTree = !seen.has(dirname(path))
    if (isRootOfTree) for (const above of ancestorsOf(path)) if (!seen.has(above)) await look(above, true)
    const stats = await look(path, false)
    if (stats?.isDirectory()) pending.push(...(await readdir(path)).map((name) => join(path, name)))
    // A link itself can't be written; what it leads to can, and so can the folders on that way.
    if (stats?.isSymbolicLink()) pending.push(...(await targetOf(path)))
  }
  return found
}

function reasonOf(stats: Stats, isAbove: boolean): string | undefined {
  const { uid, gid, mode } = stats
  if (uid !== 0) return `it belongs to the user ${uid}`
  if (stats.isSymbolicLink()) return undefined
  // In a sticky folder like /tmp others can add files, and neither rename nor remove what is root's.
  if (isAbove && mode & sticky) return undefined
  if (mode & anybodyMayWrite) return 'everybody may write it'
  if (mode & groupMayWrite && gid !== 0) return `the group ${gid} may write it`
  return undefined
}

function ancestorsOf(path: string): string[] {
  const above = dirname(path)
  return above === path ? [] : [...ancestorsOf(above), above]
}

async function targetOf(link: string): Promise<string[]> {
  try {
    return [await realpath(link)]
  } catch {
    return [] // it leads nowhere
  }
}
