/** `portico` as a person runs it: a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { PorticoFolders } from './portico-folders.ts'

const entry = join(import.meta.dirname, '../../bin/portico.js')

/** What a command printed, and its exit code. */
export interface Finished {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface Account {
  readonly uid: number
  readonly gid: number
}

/** A command that runs. */
export class PorticoProcess {
  readonly child: ChildProcess
  readonly finished: Promise<Finished>
  #out = ''
  #err = ''
  #wake = Promise.withResolvers<void>()

  constructor(args: readonly string[], account?: Account) {
    const identity = account ? ['setpriv', `--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups'] : []
    const [program = process.execPath, ...rest] = [...identity, process.execPath, entry, ...args]
    this.child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'], cwd: '/' })
    this.child.stdout?.on('data', (chunk) => this.#got(String(chunk), ''))
    this.child.stderr?.on('data', (chunk) => this.#got('', String(chunk)))
    this.finished = once(this.child, 'close').then(([code]) => {
      this.#wake.resolve()
      return { code: code as number | null, out: this.#out, err: this.#err }
    })
  }

  get out(): string {
    return this.#out
  }

  get err(): string {
    return this.#err
  }

  /** Resolves once what it printed matches. Fails when it ends without. */
  async printed(pattern: RegExp): Promise<void> {
    while (!pattern.test(`${this.#out}\n${this.#err}`)) {
      if (this.child.exitCode !== null)
        throw new Error(`it ended without printing ${pattern}:\n${this.#out}\n${this.#err}`)
      await this.#wake.promise
    }
  }

  #got(out: string, err: string): void {
    this.#out += out
    this.#err += err
    this.#wake.resolve()
    this.#wake = Promise.withResolvers()
  }
}

/** Runs a command to its end. */
export function portico(...args: readonly string[]): Promise<Finished> {
  return new PorticoProcess(args).finished
}

/** `portico serve` with these folders, once it listens. */
export async function serving(folders: PorticoFolders, account?: Account): Promise<PorticoProcess> {
  const { config, apps, home } = folders
  const process = new PorticoProcess(['serve', '--config', config, '--apps', apps, '--home', home], account)
  await process.printed(/listens on/)
  return process
}
