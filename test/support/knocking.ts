/** A process of some account that talks to the sharing socket: what it says is the test's, who it is the kernel's word. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

const programs = join(import.meta.dirname, '../fixtures/programs')

/** Who it runs as; as this process when it isn't said. */
export interface As {
  readonly uid: number
  readonly gid?: number
  readonly groups?: readonly number[]
}

export interface Run {
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly detached?: boolean
  /** The test writes to its stdin. */
  readonly isTold?: boolean
}

export function runAs(
  as: As | undefined,
  program: string,
  { args, env, detached = false, isTold = false }: Run,
): ChildProcess {
  const { uid, gid = uid, groups = [] } = as ?? { uid: 0 }
  const kept = groups.length > 0 ? `--groups=${groups.join(',')}` : '--clear-groups'
  const account = as ? ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, kept] : []
  const interpreter = program.endsWith('.py') ? 'python3' : process.execPath
  const [first = '', ...rest] = [...account, interpreter, join(programs, program), ...args]
  const child = spawn(first, rest, {
    cwd: '/',
    detached,
    stdio: [isTold ? 'pipe' : 'ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  })
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  return child
}

export class Knocking {
  readonly child: ChildProcess
  readonly #lines: AsyncIterator<string>

  constructor(socket: string, said: readonly object[], as?: As) {
    this.child = runAs(as, 'knocks.mjs', { args: [socket, ...said.map((message) => JSON.stringify(message))] })
    this.#lines = linesOf(this.child)
  }

  /** Ends the process, and with it its connection. */
  async end(): Promise<void> {
    const exited = once(this.child, 'exit')
    this.child.kill('SIGKILL')
    await exited
  }

  /** The next line that Portico says, or `closed`. */
  async next(): Promise<Record<string, unknown> | string> {
    const { value = 'ended' } = await this.#lines.next()
    return value.startsWith('{') ? (JSON.parse(value) as Record<string, unknown>) : value
  }
}

async function* linesOf({ stdout }: ChildProcess): AsyncGenerator<string, undefined> {
  let rest = ''
  for await (const chunk of stdout as AsyncIterable<Buffer>) {
    const lines = (rest + chunk.toString()).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
}
