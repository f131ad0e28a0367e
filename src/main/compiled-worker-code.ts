/**
 * What every worker process loads of Portico, made once for all: the worker host in one file, and that compiled. The folder of
 * a new pool begins with a copy of the latter.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import { chown, copyFile, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Credentials } from '#identity/credentials.ts'

/** Beside the packages, where nobody can put code who can't change the packages themselves. */
const compiledCode = join(import.meta.dirname, '../../node_modules/.cache/portico-worker')

const program = join(import.meta.dirname, 'compile-worker.js')

/** Makes it, in a process of its own; without success when the account can't write there. */
export async function compileWorkerCode(folder = compiledCode): Promise<void> {
  await once(compiling(folder), 'exit')
}

let host: string | undefined

/** The same, unless it is there, of these sources. Nobody waits for it: a worker process that is faster takes the sources. */
export function compileWorkerCodeOnce(): void {
  host = linkedHost()
  if (host !== undefined) return
  const child = compiling(compiledCode)
  child.unref()
  child.once('exit', () => {
    host = linkedHost()
  })
}

/** The URL of the worker host in one file, once that is known to be there. */
export const workerHost = (): string | undefined => host

/** The same for a folder: undefined unless the sources are those that it was made of. */
export function linkedHost(folder = compiledCode): string | undefined {
  try {
    const made = JSON.parse(readFileSync(join(folder, 'worker-host.json'), 'utf8')) as {
      readonly file: string
      readonly sources: readonly (readonly [path: string, mtimeMs: number, size: number])[]
    }
    const isOfSources = made.sources.every(([path, mtimeMs, size]) => {
      const found = statSync(path)
      return found.mtimeMs === mtimeMs && found.size === size
    })
    return isOfSources && statSync(made.file).isFile() ? pathToFileURL(made.file).href : undefined
  } catch {
    return undefined // nobody has made it yet, or a source has gone
  }
}

function compiling(folder: string): ChildProcess {
  const args = ['--disable-warning=ExperimentalWarning', program, folder]
  return spawn(process.execPath, args, { cwd: '/', env: {}, stdio: 'ignore' }).on('error', () => {})
}

/**
 * Makes the folder of compiled code for an account, with a copy in it. What is missing, or of another version, the worker
 * process compiles itself: Node compares each with its source. The account must not have been able to put anything
 * into `cache`, or above it, before this resolves, so that we write through no link of its making.
 */
export async function layInCompiledCode(cache: string, { uid, gid }: Credentials, from = compiledCode): Promise<void> {
  await mkdir(cache, { mode: 0o700 })
  try {
    for (const { name: version } of (await readdir(from, { withFileTypes: true })).filter((each) =>
      each.isDirectory(),
    )) {
      const target = join(cache, version.replace(/-\d+$/, `-${uid}`)) // Node looks for code of its own account only
      await mkdir(target, { mode: 0o700 })
      const copied = async (name: string) => {
        await copyFile(join(from, version, name), join(target, name))
        await chown(join(target, name), uid, gid)
      }
      await Promise.all((await readdir(join(from, version))).map(copied))
      await chown(target, uid, gid)
    }
  } catch {
    // Nobody has compiled it yet, or the disk is full: it is an advantage, not a need.
  }
  await chown(cache, uid, gid)
}
