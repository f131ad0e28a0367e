/** A self-hosted service in a process of its own, with the client library: does what the test says, and tells what happens. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Command } from '../fixtures/programs/shares-as-told.ts'
import { type As, runAs } from './knocking.ts'

/** What is asked for; how its binding is written is the library's business. */
export interface Asked {
  readonly uri: string
  readonly baseAddress?: string
  readonly binding?: Readonly<Record<string, number>>
  readonly endpoint?: string
  readonly setAt?: Readonly<Record<string, string>>
}

export type Told = Readonly<Record<string, unknown>>

export class SharingProgram {
  readonly child: ChildProcess
  readonly #home: string
  readonly #printed: Told[] = []
  #hasEnded = false
  #changed = Promise.withResolvers<void>()

  /** Shares with the Portico of that home. */
  constructor(home: string, as?: As) {
    this.#home = home
    this.child = runAs(as, 'shares-as-told.ts', { args: [], isTold: true })
    this.child.once('close', () => {
      this.#hasEnded = true
      this.#happened()
    })
    if (!this.child.stdout) throw new Error('the program was started with a pipe')
    createInterface(this.child.stdout).on('line', (line) => {
      this.#printed.push(JSON.parse(line) as Told)
      this.#happened()
    })
  }

  say(command: Command): void {
    this.child.stdin?.write(`${JSON.stringify(command)}\n`)
  }

  /** The next event of this name, or one that came already and hasn't been returned yet. Fails when the program ends without. */
  async event(name: string): Promise<Told> {
    return await this.#next(({ event }) => event === name)
  }

  /** Asks for a URI; what it tells then, `shared` or `failed`. */
  async share(name: string, asked: Asked): Promise<Told> {
    this.say({ do: 'share', name, options: { home: this.#home, ...asked } })
    return await this.#next((told) => told.name === name && (told.event === 'shared' || told.event === 'failed'))
  }

  /** Shares a URI and takes all its connections. */
  async serve(uri: string): Promise<void> {
    const told = await this.share(uri, { uri })
    if (told.event !== 'shared') throw new Error(`${told.message}`)
    this.say({ do: 'take', name: uri })
  }

  async isValid(connection: number, via: string): Promise<unknown> {
    this.say({ do: 'validate', connection, via })
    return (await this.event('validated')).valid
  }

  /** Ends the process without a word. */
  async kill(): Promise<void> {
    const exited = once(this.child, 'exit')
    this.child.kill('SIGKILL')
    await exited
  }

  async #next(matching: (told: Told) => boolean): Promise<Told> {
    for (;;) {
      const at = this.#printed.findIndex(matching)
      const [found] = at < 0 ? [] : this.#printed.splice(at, 1)
      if (found) return found
      if (this.#hasEnded) throw new Error(`the program has ended; before, it told ${JSON.stringify(this.#printed)}`)
      await this.#changed.promise
    }
  }

  #happened(): void {
    const { resolve } = this.#changed
    this.#changed = Promise.withResolvers()
    resolve()
  }
}
