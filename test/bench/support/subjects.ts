/** What is compared: a Portico of the benchmark's own, and the same application answering directly. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Status } from '#admin/status.ts'
import { signalTo } from '#launcher/processes.ts'
import { ask } from '#main/admin-client.ts'
import { NetTcpClient } from '../../support/net-tcp-client.ts'
import { PorticoFolders, type Setup } from '../../support/portico-folders.ts'
import { type PorticoProcess, serving } from '../../support/portico-process.ts'

export class BenchPortico implements AsyncDisposable {
  readonly folders: PorticoFolders
  readonly process: PorticoProcess

  /** From the start of the process until it listens. */
  readonly startMs: number

  private constructor(folders: PorticoFolders, process: PorticoProcess, startMs: number) {
    this.folders = folders
    this.process = process
    this.startMs = startMs
  }

  static async start(setup: Setup): Promise<BenchPortico> {
    const folders = await PorticoFolders.make({
      netTcp: 'listenBacklog="1024" maxPendingConnections="10000"',
      ...setup,
    })
    const begin = performance.now()
    return new BenchPortico(folders, await serving(folders), performance.now() - begin)
  }

  get port(): number {
    return this.folders.port
  }

  /** The process of `portico serve`. */
  get pid(): number {
    return this.process.child.pid ?? 0
  }

  /** The worker processes that run now. */
  async workers(): Promise<number[]> {
    const workers = (await this.status()).pools.flatMap((pool) => pool.workers)
    return workers.flatMap(({ pid }) => pid ?? [])
  }

  status(): Promise<Status> {
    return ask<Status>(this.folders.home, 'GET', '/status')
  }

  /** Starts the worker process of an application. */
  async activate(path: string): Promise<void> {
    using client = await NetTcpClient.open(this.port, path)
    client.socket.end()
    await client.readAll() // whatever it has to say to that
  }

  /** Ends the worker processes, and resolves when Portico knows. */
  async becomeCold(): Promise<void> {
    for (;;) {
      const workers = (await this.status()).pools.flatMap((pool) => pool.workers)
      if (workers.length === 0) return
      for (const { pid, state } of workers) if (pid !== undefined && state === 'ready') signalTo(pid, 'SIGTERM')
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.child.kill('SIGTERM')
    this.process.child.kill('SIGTERM')
    await this.process.finished
    this.folders[Symbol.dispose]()
  }
}

/** A program that says on which port it can be reached. */
class Answering implements AsyncDisposable {
  readonly port: number
  readonly #child: ChildProcess

  protected constructor(child: ChildProcess, port: number) {
    this.#child = child
    this.port = port
  }

  protected static async run(program: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    const file = join(import.meta.dirname, program)
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file, ...args], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true, // a session of its own, as services have: the kernel shares processors by sessions
    })
    const [line] = (await once(child.stdout ?? child, 'data')) as [Buffer]
    return { child, port: Number(line.toString()) }
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    await ended
  }
}

/** The same application on a port of its own, in a Node that is started for it. */
export class Direct extends Answering {
  /** Starts it; resolves when it listens. `cache` is where compiled code is kept, as worker processes keep theirs. */
  static async start(application: string, cache: string): Promise<Direct> {
    const { child, port } = await Answering.run('direct.ts', [application], { NODE_COMPILE_CACHE: cache })
    return new Direct(child, port)
  }
}

/** The same application, to which another process hands its connections by the bare mechanism. */
export class BareHandOff extends Answering {
  static async start(application: string): Promise<BareHandOff> {
    const { child, port } = await Answering.run('bare-hand-off.ts', ['sender', application], {})
    return new BareHandOff(child, port)
  }
}

/** A service that sends every byte back. */
export class EchoService extends Answering {
  /** Listens itself, or shares the URI with the Portico of the home; resolves when connections can come. */
  static async start(...shared: [] | [home: string, uri: string]): Promise<EchoService> {
    const { child, port } = await Answering.run('echoes-bytes.ts', shared, {})
    return new EchoService(child, port)
  }
}
