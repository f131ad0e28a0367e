/** The connection to PM2 for as long as there is one: found or started at the first need, and again after a loss. */
import { isPorticoError, PorticoError, sentenceOf } from '#base/errors.ts'
import type { Log } from '#base/log.ts'
import { orAbort } from '#base/signal.ts'
import { daemonOf, endDaemon, startDaemon } from './daemon.ts'
import { type ConnectionOptions, type Listed, Pm2Connection } from './pm2-client.ts'
import { findPm2 } from './pm2-package.ts'

export interface ManagerOptions extends ConnectionOptions {
  readonly log: Log
  /** Connected, with what PM2 lists. Comes before `connection` resolves. */
  readonly gained: (connection: Pm2Connection, listed: readonly Listed[], description: string) => void
  readonly lost: (connection: Pm2Connection, reason: string) => void
}

type State =
  | { is: 'idle' }
  | { is: 'connecting'; connection: Promise<Pm2Connection | undefined> }
  | { is: 'connected'; connection: Pm2Connection; description: string; outdated: boolean }

export class Manager {
  readonly #options: ManagerOptions
  #state: State = { is: 'idle' }

  constructor(options: ManagerOptions) {
    this.#options = options
  }

  /** Version and pid of the daemon that is connected. */
  get description(): string | undefined {
    return this.#state.is === 'connected' ? this.#state.description : undefined
  }

  /** The connection; starts a daemon when none runs. */
  async connection(signal: AbortSignal): Promise<Pm2Connection> {
    for (;;) {
      signal.throwIfAborted() // nobody would end a daemon that is started for nobody
      const connection = await orAbort(this.#join(true), signal)
      if (connection) return connection // else a look by connectionIfRunning was joined
    }
  }

  /** The connection, or undefined when no daemon runs. */
  connectionIfRunning(): Promise<Pm2Connection | undefined> {
    return this.#join(false)
  }

  /** To be called when no process is left: a daemon of another version is let go, and replaced at the next need. */
  leaveOutdated(): void {
    if (this.#state.is === 'connected' && this.#state.outdated) this.#letGo(this.#state.connection)
  }

  /** Lets go of the daemon, which runs on. */
  async close(): Promise<void> {
    if (this.#state.is === 'connecting') await this.#state.connection.catch(() => {})
    if (this.#state.is === 'connected') this.#letGo(this.#state.connection)
  }

  #letGo(connection: Pm2Connection): void {
    this.#state = { is: 'idle' }
    connection.close('it was closed')
  }

  #join(start: boolean): Promise<Pm2Connection | undefined> {
    if (this.#state.is === 'connected') return Promise.resolve(this.#state.connection)
    if (this.#state.is === 'connecting') return this.#state.connection
    const connection = this.#connect(start)
    this.#state = { is: 'connecting', connection }
    connection.catch(() => {
      this.#state = { is: 'idle' }
    })
    return connection
  }

  async #connect(start: boolean): Promise<Pm2Connection | undefined> {
    const found = await Pm2Connection.open(this.#options)
    const taken = found && (await this.#takeUnlessDying(found))
    if (taken) return taken
    if (start) return this.#take(await this.#startAndOpen())
    this.#state = { is: 'idle' }
    return undefined
  }

  /** A daemon that is being killed may still accept a connection, but answers nothing on it. */
  async #takeUnlessDying(connection: Pm2Connection): Promise<Pm2Connection | undefined> {
    try {
      return await this.#take(connection)
    } catch (error) {
      if (isPorticoError(error, 'PM2_LOST')) return undefined
      throw error
    }
  }

  async #take(connection: Pm2Connection): Promise<Pm2Connection> {
    const { home, clock, log, gained } = this.#options
    try {
      const [version, listed] = [await connection.version(), await connection.list()]
      const installed = findPm2().version
      if (version !== installed && !listed.some((entry) => entry.pid)) {
        log.info('pm2.replaced', { running: version, installed })
        connection.close('a daemon of the installed version takes over')
        await endDaemon(home, clock, 'SIGTERM')
        return await this.#take(await this.#startAndOpen())
      }
      const outdated = version !== installed
      const remark = outdated ? ` (${installed} is installed and takes over once no process runs)` : ''
      const description = `PM2 ${version}${remark}, pid ${daemonOf(home)?.pid ?? 'unknown'}`
      this.#state = { is: 'connected', connection, description, outdated }
      connection.onClosed((reason) => this.#closed(connection, reason))
      gained(connection, listed, description)
      return connection
    } catch (error) {
      connection.close(sentenceOf(error))
      throw error
    }
  }

  async #startAndOpen(): Promise<Pm2Connection> {
    const { home, clock } = this.#options
    await startDaemon(home, clock)
    const connection = await Pm2Connection.open(this.#options)
    if (!connection) throw new PorticoError('PM2_NOT_STARTED', { home, reason: 'it ended as soon as it was ready' })
    return connection
  }

  #closed(connection: Pm2Connection, reason: string): void {
    if (this.#state.is !== 'connected' || this.#state.connection !== connection) return
    this.#state = { is: 'idle' }
    this.#options.lost(connection, reason)
  }
}
