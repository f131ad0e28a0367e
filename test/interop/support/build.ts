/** Programs built from sources once: kept beside the packages, under a name that says what they were built from. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'

const kept = join(import.meta.dirname, '../../../node_modules/.cache/portico-interop')

/** How to start a program, or why there is none. */
export type Built = { readonly command: readonly [string, ...string[]] } | { readonly missing: string }

/**
 * The folder with what `build` made of the sources. It makes it in a folder that it gets, which gets its name when it is
 * done: one that was interrupted is never used.
 */
export async function builtOnce(
  name: string,
  sources: readonly string[],
  build: (folder: string) => Promise<void>,
): Promise<string> {
  const hash = createHash('sha256')
  for (const source of sources) hash.update(basename(source)).update(readFileSync(source))
  const folder = join(kept, `${name}-${hash.digest('hex').slice(0, 16)}`)
  if (existsSync(folder)) return folder
  mkdirSync(kept, { recursive: true })
  const making = mkdtempSync(join(kept, `${name}-making-`))
  try {
    await build(making)
    renameSync(making, folder)
  } catch (error) {
    rmSync(making, { recursive: true })
    if (!existsSync(folder)) throw error // else another run of the tests was faster
  }
  return folder
}

/** Runs a command to its end; fails with the last that it printed. */
export async function run(command: string, args: readonly string[], limit: number): Promise<string> {
  const child = spawn(command, args, { signal: AbortSignal.timeout(limit), killSignal: 'SIGKILL' })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed += String(chunk)))
  const [code] = await once(child, 'close').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw new Error(`there is no ${command} here`)
    if (error.name === 'AbortError') throw new Error(`${command} ${args[0]} did not end within ${limit / 1000} s`)
    throw error
  })
  const end = printed.trim().split('\n').slice(-3).join(' ')
  if (code !== 0) throw new Error(`${command} ${args[0]} ended with ${code}: ${end}`)
  return printed
}
