/** A program of the peers: what it tells, a JSON object a line, and a hand to end it. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type { Built } from './build.ts'

/** What one line says: what it is about, and a value. */
export type Told = Readonly<Record<string, unknown>>

/** Milliseconds: a client that waits for ever is ended, and the test says what it told until then. */
const patience = 40_000

export class ToldProgram implements AsyncDisposable {
  readonly told: Told[] = []
  readonly ended: Promise<void>
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #lines: AsyncIterator<string>
  #err = ''

  /** `limit` is how long it may take, in milliseconds; 0 is for ever, for servers. */
  constructor(program: Built, args: readonly string[], limit = patience) {
    if ('missing' in program) throw new Error(program.missing)
    const [command, ...first] = program.command
    this.#child = spawn(command, [...first, ...args], { timeout: limit, killSignal: 'SIGKILL', env: environment() })
    this.#child.stderr.on('data', (chunk) => (this.#err += String(chunk)))
    this.#child.stdin.on('error', () => {}) // it ended before it had read all
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
    this.ended = once(this.#child, 'close').then(() => {})
  }

  /** The next line. */
  async next(): Promise<Told> {
    const { value, done } = await this.#lines.next()
    if (done) throw new Error(`it ended without another line; ${this.#history()}`)
    const line = JSON.parse(value) as Told
    this.told.push(line)
    return line
  }

  /** Gives it a line, and returns the next that it tells. */
  ask(line: string): Promise<Told> {
    this.#child.stdin.write(`${line}\n`)
    return this.next()
  }

  /** All that it tells until its end, which has to be a good one. */
  async all(): Promise<readonly Told[]> {
    this.#child.stdin.end()
    for (;;) {
      const { value, done } = await this.#lines.next()
      if (done) break
      this.told.push(JSON.parse(value) as Told)
    }
    await this.ended
    if (this.#child.exitCode !== 0) throw new Error(`it ended with ${this.#end()}; ${this.#history()}`)
    return this.told
  }

  /** Throws when it has ended, with what it said. */
  checkRuns(): void {
    if (!this.#isRunning) throw new Error(`it ended before the tests with ${this.#end()}; ${this.#history()}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isRunning) this.#child.kill('SIGKILL')
    await this.ended
  }

  get #isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  #end(): string {
    const { signalCode, exitCode } = this.#child
    return signalCode ? `${signalCode}, after ${patience / 1000} s or at the test's end` : `exit code ${exitCode}`
  }

  #history(): string {
    return `it had told ${JSON.stringify(this.told)} and printed ${this.#err.slice(0, 3000)}`
  }
}

/** Nothing of ours, and no greetings of .NET's. */
function environment(): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env
  return { PATH, HOME, LANG: 'C.UTF-8', TZ: 'UTC', DOTNET_NOLOGO: '1', DOTNET_CLI_TELEMETRY_OPTOUT: '1' }
}
