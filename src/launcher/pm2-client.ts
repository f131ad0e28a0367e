/** A connection to a running PM2 daemon: typed calls that always settle, and what its bus tells. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '#base/clock.ts'
import { humanDuration } from '#base/duration.ts'
import { PorticoError, sentenceOf } from '#base/errors.ts'
import { parseExitLine } from './exit-line.ts'
import { busSocket, prepareHome, rpcSocket } from './home.ts'
import { loadPm2Client, type Pm2Client, type Pm2Socket } from './pm2-package.ts'
import type { StartRecord } from './start-record.ts'
import { within } from './time-limit.ts'

/** One entry of PM2's list. */
export interface Listed {
  readonly name: string
  /** PM2's number of the entry; it uses numbers again. */
  readonly id: number
  /** Undefined for a process that has ended. */
  readonly pid: number | undefined
  readonly env: Readonly<Record<string, string>>
}

export interface ConnectionOptions {
  readonly home: string
  readonly clock: Clock
  /** Milliseconds that a call may take. */
  readonly callLimit: number
  /** The process of this entry has ended; `how` says how. */
  readonly exited: (name: string, id: number, how: string) => void
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** The sentence of whatever PM2 answers as an error: a text, an Error, an object with `msg`, an array of these. */
export function reasonOf(error: unknown): string {
  if (Array.isArray(error)) return error.map(reasonOf).join('; ')
  if (isObject(error) && !(error instanceof Error)) return String(error.msg ?? error.message ?? JSON.stringify(error))
  return sentenceOf(error).replace(/^Error: /, '')
}

/** Reads one process of an answer; PM2 calls one "online" also when it has no pid. */
function readListed(value: unknown): Listed | undefined {
  if (!isObject(value) || !isObject(value.pm2_env)) return undefined
  const { name, pm_id: id, env } = value.pm2_env
  if (typeof name !== 'string' || typeof id !== 'number') return undefined
  const pid = isObject(value.process) ? value.process.pid : value.pid
  const { unique_id, ...given } = isObject(env) ? env : {}
  const texts = Object.entries(given).map(([key, text]) => [key, String(text)])
  return { name, id, pid: typeof pid === 'number' && pid > 0 ? pid : undefined, env: Object.fromEntries(texts) }
}

/** Resolves once connected; with false when nobody listens there. */
function connected(socket: Pm2Socket): Promise<boolean> {
  socket.set('retry timeout', 0) // a connection that ends has ended: otherwise it connects to whatever comes next
  return new Promise((resolve, reject) => {
    socket.on('connect', () => resolve(true))
    socket.on('close', () => resolve(false))
    socket.on('error', reject)
  })
}

export class Pm2Connection {
  readonly #options: ConnectionOptions
  readonly #client: Pm2Client
  /** What ends the calls that wait for an answer. */
  readonly #waiting = new Set<(lost: Error) => void>()
  readonly #closed: ((reason: string) => void)[] = []
  #lost: PorticoError<'PM2_LOST'> | undefined

  /** Connects to the daemon of this home; undefined when none runs. */
  static async open(options: ConnectionOptions): Promise<Pm2Connection | undefined> {
    const { home } = options
    if (!existsSync(rpcSocket(home))) return undefined
    await prepareHome(home)
    const Client = loadPm2Client()
    const conf = {
      PM2_HOME: home,
      PM2_ROOT_PATH: home,
      PM2_MODULE_CONF_FILE: join(home, 'module_conf.json'),
      DEFAULT_LOG_PATH: join(home, 'logs'),
      DEFAULT_PID_PATH: join(home, 'pids'),
      DEFAULT_MODULE_PATH: join(home, 'modules'),
      DAEMON_RPC_PORT: rpcSocket(home),
      DAEMON_PUB_PORT: busSocket(home),
    }
    const connection = new Pm2Connection(new Client({ conf }), options)
    return (await connection.#connect()) ? connection : undefined
  }

  private constructor(client: Pm2Client, options: ConnectionOptions) {
    this.#client = client
    this.#options = options
  }

  async #connect(): Promise<boolean> {
    this.#client.launchRPC()
    this.#client.launchBus(() => {})
    const sockets = [this.#client.client.sock, this.#client.sub_sock]
    for (const socket of sockets) socket.on('close', () => this.close('the connection to it ended'))
    this.#listen()
    try {
      const both = await this.limited('connect', Promise.all(sockets.map(connected)))
      if (!both.every(Boolean)) this.close('nobody listens')
    } catch (error) {
      this.close(sentenceOf(error))
      throw error
    }
    return this.#lost === undefined
  }

  #listen(): void {
    const hows = new Map<string, string>()
    // The line that names the signal comes before the event.
    this.#client.sub.on('log:PM2', (packet) => {
      const exit = isObject(packet) && typeof packet.data === 'string' ? parseExitLine(packet.data) : undefined
      if (exit) hows.set(exit.entry, exit.how)
    })
    this.#client.sub.on('process:event', (packet) => {
      if (!isObject(packet) || packet.event !== 'exit' || !isObject(packet.process)) return
      const { name, pm_id: id, exit_code: code } = packet.process
      if (typeof name !== 'string' || typeof id !== 'number') return
      const entry = `${name}:${id}`
      const how = hows.get(entry) ?? `exit code ${code ?? 'unknown'}`
      hows.delete(entry)
      this.#options.exited(name, id, how)
    })
  }

  /** Calls `closed` once, with the reason, when the daemon is gone or `close` was called. */
  onClosed(closed: (reason: string) => void): void {
    if (this.#lost) closed(this.#lost.args.reason)
    else this.#closed.push(closed)
  }

  /** Ends the connection and every call that waits. */
  close(reason: string): void {
    if (this.#lost) return
    this.#lost = new PorticoError('PM2_LOST', { home: this.#options.home, reason })
    this.#client.client.sock.close()
    this.#client.sub_sock.close()
    // First those who keep the connection, so that whoever tries again after a failed call doesn't get it.
    for (const closed of this.#closed) closed(reason)
    for (const end of this.#waiting) end(this.#lost)
  }

  async version(): Promise<string> {
    return String(await this.limited('getVersion', this.#call('getVersion', {})))
  }

  async list(): Promise<Listed[]> {
    const answer = await this.limited('getMonitorData', this.#call('getMonitorData', {}))
    if (!Array.isArray(answer)) return []
    return answer.map(readListed).filter((entry) => entry !== undefined)
  }

  /** Removes an entry; a process that still runs in it is ended. */
  async forget(id: number): Promise<void> {
    await this.limited('deleteProcessId', this.#call('deleteProcessId', id))
  }

  /**
   * Starts a process. Rejects when PM2 refuses or is gone, but has no time limit of its own: an answer that comes late
   * names a process that must be ended.
   */
  async start(record: StartRecord): Promise<Listed> {
    const answer = await this.#call('prepare', record)
    const started = Array.isArray(answer) && answer.length === 1 ? readListed(answer[0]) : undefined
    if (!started) throw new Error('PM2 answered without naming a process')
    return started
  }

  /** Bounds a wait for the daemon. */
  limited<T>(call: string, work: Promise<T>): Promise<T> {
    const { home, clock, callLimit } = this.#options
    const waited = humanDuration(callLimit)
    return within(work, callLimit, clock, () => new PorticoError('PM2_NOT_ANSWERING', { home, call, waited }))
  }

  #call(method: string, argument: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      // After its connection ended, PM2's client would keep the call for a next one, which never comes.
      if (this.#lost) return reject(this.#lost)
      this.#waiting.add(reject)
      this.#client.client.call(method, argument, (error, value) => {
        this.#waiting.delete(reject)
        if (error) reject(new Error(reasonOf(error), { cause: error }))
        else resolve(value)
      })
    })
  }
}
