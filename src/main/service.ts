/** The one place that wires the parts of `portico serve`. */
import { ActivationManager, type MachineLimits, type ManagerOptions } from '#activation/activation-manager.ts'
import type { Launcher } from '#activation/launcher.ts'
import type { PoolSettings } from '#activation/pool-settings.ts'
import { AdminServer } from '#admin/admin-server.ts'
import type { Clock } from '#base/clock.ts'
import { PorticoError } from '#base/errors.ts'
import type { Log } from '#base/log.ts'
import { printable } from '#base/printable.ts'
import { orAbort } from '#base/signal.ts'
import type { Configuration } from '#config/configuration.ts'
import { ConfinedLauncher } from '#confinement/confined-launcher.ts'
import { Confiner } from '#confinement/confiner.ts'
import { machine } from '#confinement/machine.ts'
import { ownCgroup } from '#confinement/own-cgroup.ts'
import { Places } from '#confinement/places.ts'
import { parseVia } from '#framing/via.ts'
import { SharingServer } from '#handoff/sharing-server.ts'
import { remembered, systemAccounts } from '#identity/accounts.ts'
import { Identities, ownCredentials, type RunAs } from '#identity/identities.ts'
import { PoolIds } from '#identity/pool-ids.ts'
import { checkLauncherHome } from '#launcher/home.ts'
import { Pm2Launcher } from '#launcher/pm2-launcher.ts'
import type { Opening } from '#listener/adapter.ts'
import type { Endpoint } from '#listener/connection.ts'
import { NetTcpAdapter } from '#listener/net-tcp.ts'
import type { Target as Destination, Steps } from '#listener/serve.ts'
import { SharedPorts } from '#listener/shared-ports.ts'
import { CodeWatches } from '#registry/code-watch.ts'
import { Registry } from '#registry/registry.ts'
import type { Snapshot } from '#registry/snapshot.ts'
import { forgoPrivileges } from '#syscalls/processes.ts'
import { workerHost } from './compiled-worker-code.ts'
import { connectionsOf } from './connections.ts'
import { explain } from './explain.ts'
import { runFailureAction } from './failure-action.ts'
import type { OwnedHome } from './home.ts'
import { identityRulesOf, poolIdentityOf } from './identity-rules.ts'
import { Namespace } from './namespace.ts'
import { poolAction } from './pool-actions.ts'
import { PoolFolders } from './pool-folder.ts'
import { PoolLogBounds } from './pool-log-bounds.ts'
import { poolSettingsOf } from './pool-settings-of.ts'
import { RootPools } from './root-pools.ts'
import { noteServedFolders } from './served-folders.ts'
import { letHeapGrow } from './start-heap.ts'
import { routeStatus, statusOf } from './status.ts'
import { RegistrationTarget, type Target } from './targets.ts'
import { WatchedJourneys } from './watched-journeys.ts'
import { WorkerLogs } from './worker-logs.ts'
import { identifyWorker, standbyOrder, workerOrder } from './worker-order.ts'

/**
 * Milliseconds for self-hosted services to take what waits for them when Portico stops: they may take nothing at all, and
 * are nobody's to end. Source: ServiceStopTimeout of the sharing service.
 */
const peersStopLimit = 30_000

export interface ServiceOptions {
  /** Folder of the two configuration files. */
  readonly config: string
  /** Folder of the applications. */
  readonly apps: string
  readonly home: OwnedHome
  readonly clock: Clock
  readonly log: Log
  readonly version: string
}

export class Service {
  readonly options: ServiceOptions
  readonly startedAt: number
  /** The same by the clock that never goes back. */
  readonly #born: number
  readonly logs: WorkerLogs
  readonly #logBounds: PoolLogBounds
  readonly launcher: Launcher
  readonly confiner: Confiner
  readonly ports: SharedPorts
  readonly namespace: Namespace
  readonly #rootPools = new RootPools()
  readonly #opened = Promise.withResolvers<Registry>()
  #identities: Identities | undefined
  #registry: Registry | undefined
  #manager: ActivationManager | undefined
  #stopped: Promise<void> | undefined
  readonly #code: CodeWatches
  readonly #journeys: WatchedJourneys
  readonly sharing: SharingServer
  readonly #admin: AdminServer
  readonly #ended = Promise.withResolvers<void>()

  private constructor(options: ServiceOptions) {
    const { clock, log, home } = options
    this.options = options
    this.startedAt = clock.now()
    this.#born = clock.elapsed()
    this.logs = new WorkerLogs(home.logs)
    this.#logBounds = new PoolLogBounds({ clock, log, written: () => this.#writtenLogs })
    const end = (why: 'cpuLimit' | 'memoryLimit', pool: string, worker?: string) => this.manager.end(why, pool, worker)
    this.confiner = new Confiner({ ...machine(), places: new Places(home.home, ownCgroup()), clock, log, end })
    const poolOf = (env: Readonly<Record<string, string>>) => {
      const identified = identifyWorker(env)
      return identified === 'standby' ? undefined : identified?.pool
    }
    this.launcher = new ConfinedLauncher(new Pm2Launcher({ home: home.pm2, clock, log }), this.confiner, poolOf)
    this.launcher.on('managerStarted', (description) => log.info('pm2.started', { description }))
    const adapter = new NetTcpAdapter(clock, () => this.#sharingSettings.receiveTimeout)
    this.#journeys = new WatchedJourneys(clock)
    this.ports = new SharedPorts({
      clock,
      log,
      adapter,
      steps: this.#steps(),
      limits: () => this.#sharingSettings,
      journeyOf: (connection) => this.#journeys.of(connection),
    })
    this.#code = new CodeWatches(clock, log, (folder) => {
      this.registry.changing(folder)
      this.manager.codeChanged(folder)
    })
    this.namespace = new Namespace({
      clock,
      log,
      ports: this.ports,
      manager: () => this.manager,
      nameOf: (uid) => this.identities.nameOf(uid),
    })
    this.sharing = new SharingServer({
      clock,
      log,
      registrar: this.namespace,
      maxPendingAccepts: () => this.#sharingSettings.maxPendingAccepts,
      maxRegistrations: () => this.snapshot.configuration.portico.maxRegistrations,
      routeOf: (via, local) => {
        const target = this.routeOf(via, local)
        return target?.is === 'application' ? target.application.id : target?.registration.number
      },
      admit: (token, channel, open, welcome) =>
        this.manager.connected(token, channel, open, (worker, pool) => {
          const { name, environment, startupTimeLimit, idleTimeout } = pool
          welcome({
            type: 'welcome',
            version: 1,
            pool: name,
            worker,
            environment,
            startupTimeLimit,
            idleTimeout: idleTimeout === 0 ? null : idleTimeout,
          })
        }),
      admitStandby: (token, channel) => this.manager.standbys.connected(token, channel),
      assertPeer: (peer, wants) => this.identities.assertPeer(peer, wants),
    })
    this.#admin = new AdminServer({
      status: () => statusOf(this),
      route: (via) => routeStatus(this, via),
      explain: (url, address) => explain(this, url, address),
      connections: () => connectionsOf(this),
      journey: (ends) => this.#journeys.watch(ends),
      stop: () => this.stop('portico stop'),
      pool: (action, name) => poolAction(this.manager, action, name),
    })
  }

  /** Starts everything; throws what is in the way, and leaves nothing behind then. */
  static async start(options: ServiceOptions): Promise<Service> {
    forgoPrivileges() // PM2's daemon and every worker process inherit that
    const service = new Service(options)
    try {
      await service.#start()
      const { log, version, config, apps } = options
      log.info('portico.started', { version, pid: process.pid, config, apps, afterMs: service.#ranMs })
      return service
    } catch (error) {
      await service.#release()
      throw error
    }
  }

  get registry(): Registry {
    return started(this.#registry)
  }

  get identities(): Identities {
    return started(this.#identities)
  }

  get manager(): ActivationManager {
    return started(this.#manager)
  }

  /** What is in force. */
  get snapshot(): Snapshot {
    return this.namespace.snapshot
  }

  /** Resolves when it has ended. */
  get ended(): Promise<void> {
    return this.#ended.promise
  }

  get isStopping(): boolean {
    return this.#stopped !== undefined
  }

  /** What answers `via` on a socket that is bound to `local`. */
  routeOf(via: string, local: Endpoint): Target | undefined {
    const uri = parseVia(via)
    return uri && this.namespace.lookup(uri, local)
  }

  /**
   * Ends it in an orderly way: no more connections are accepted, those that are there finish, worker processes leave. A
   * second call doesn't wait for them.
   */
  stop(reason = 'asked'): void {
    if (this.#stopped) {
      this.options.log.info('portico.hurried', { reason })
      void this.ports[Symbol.asyncDispose]()
      this.manager.hurry()
      return
    }
    this.options.log.info('portico.stopping', { reason })
    this.#stopped = this.#stop()
    void this.#stopped.then(this.#ended.resolve, this.#ended.reject)
  }

  async #start(): Promise<void> {
    const { config, apps, clock, log, home } = this.options
    await checkLauncherHome(home.pm2)
    noteServedFolders(home, { config, apps })
    this.#registry = await Registry.open({
      configDirectory: config,
      appsDirectory: apps,
      clock,
      log,
      apply: (snapshot) => this.#apply(snapshot),
    })
    this.#opened.resolve(this.#registry)
    await this.manager.adoptSurvivors()
    this.#logBounds.began() // of those, too
    await this.sharing.listen(home.sharingSocket)
    await this.#admin.listen(home.adminSocket)
    this.manager.standbys.open()
  }

  /** Puts a snapshot in force: first what can fail, then what can't. */
  async #apply(snapshot: Snapshot): Promise<void> {
    const { configuration } = snapshot
    const limits = { ...configuration.limits, startConcurrency: configuration.portico.startConcurrency }
    this.#manager ??= this.#newManager(limits)
    await this.namespace.openPorts(snapshot)
    this.namespace.take(snapshot)
    this.#takeIdentities(configuration)
    const { portico } = configuration
    const pools = Array.from(configuration.pools.values(), (pool) => poolSettingsOf(pool, portico))
    this.confiner.configure(pools)
    this.manager.apply(limits, pools, snapshot.applications.values())
    this.manager.standbys.want(portico.standbyProcesses)
    this.sharing.reconsider()
    this.namespace.keepPorts()
    this.ports.limitsChanged()
  }

  #takeIdentities(configuration: Configuration): void {
    const rules = identityRulesOf(configuration)
    if (this.#identities) {
      this.#identities.configure(rules)
      return
    }
    const { clock, home } = this.options
    const accounts = remembered(systemAccounts, clock)
    const poolIds = new PoolIds({ file: home.identities, accounts, mayGive: true })
    this.#identities = new Identities(rules, { self: ownCredentials(), accounts, poolIds })
  }

  /** The same for whoever only looks: nobody gets a numeric user by that. */
  get identitiesAsTheyAre(): Identities {
    const { rules } = this.identities
    const accounts = systemAccounts
    const poolIds = new PoolIds({ file: this.options.home.identities, accounts, mayGive: false })
    return new Identities(rules, { self: ownCredentials(), accounts, poolIds })
  }

  /** The clock may have been set since: right after the machine's start it often is. */
  get #ranMs(): number {
    return Math.round(this.options.clock.elapsed() - this.#born)
  }

  #accountOf(pool: PoolSettings): RunAs {
    return this.identities.accountOf(poolIdentityOf(pool))
  }

  #newManager(limits: MachineLimits): ActivationManager {
    const { clock, log, home } = this.options
    const { logs, launcher } = this
    const poolFolders = new PoolFolders(home.pools)
    const options: ManagerOptions = {
      launcher,
      clock,
      log,
      order: async (worker, token, pool) => {
        const runAs = this.#accountOf(pool)
        const folder = await poolFolders.make(pool.name, runAs)
        const logFile = logs.fileOf(pool.name)
        logs.began(worker, pool.name)
        this.#logBounds.began()
        const { sharingSocket } = home
        return workerOrder({ worker, token, pool, runAs, sharingSocket, folder, logFile, host: workerHost() })
      },
      standbyOrder: (id, token) =>
        standbyOrder({ id, token, sharingSocket: home.sharingSocket, logFile: logs.standbyFile }),
      identify: identifyWorker,
      act: (action) => runFailureAction(action, log),
      accountOf: (pool) => {
        this.confiner.assertMayRun(pool.name)
        return this.#accountOf(pool)
      },
      loadedChanged: () => this.#code.keep(this.manager.loadedFolders),
      lastOutput: async (worker, pool) => logs.tail(worker, pool),
      ready: async (application, pool, signal) => {
        const registry = await orAbort(this.#opened.promise, signal) // what is preloaded may be asked for before
        await registry.arrived(application.id, pool.startupTimeLimit, signal)
        if (this.#accountOf(pool).uid === 0) await this.#rootPools.assertSafe(application, pool.name)
      },
    }
    return new ActivationManager(options, limits)
  }

  /** Those of the pools that have worker processes. */
  get #writtenLogs() {
    const pools = Array.from(this.#manager?.pools ?? []).filter(({ workers }) => workers.length > 0)
    return pools.map(({ settings: { name } }) => ({ pool: name, file: this.logs.fileOf(name) }))
  }

  #steps(): Omit<Steps, 'readOpening'> {
    return {
      route: (opening, local, lost) => {
        letHeapGrow()
        return this.#route(opening, local, lost)
      },
      dispatch: ({ number, descriptor, remote, local, journey }, { via }, { registration }, signal) =>
        registration.dispatch({ number, descriptor, via, remote, local, journey }, signal),
    }
  }

  #route({ via: written, uri }: Opening, local: Endpoint, lost?: Destination): Target {
    const via = printable(written)
    const target = this.namespace.lookup(uri, local)
    if (!target && lost instanceof RegistrationTarget)
      throw new PorticoError('REGISTRATION_LEFT', { via, name: lost.name })
    if (!target) throw new PorticoError('NO_APPLICATION', { via })
    if (target.is === 'application' && !target.application.protocols.includes('net.tcp'))
      throw new PorticoError('PROTOCOL_NOT_ENABLED', { app: target.application.path, protocol: 'net.tcp' })
    return target
  }

  get #sharingSettings() {
    return this.snapshot.configuration.sharing
  }

  async #stop(): Promise<void> {
    await this.#finishArrivals()
    await this.manager.stop()
    await this.#release()
    this.options.log.info('portico.stopped', { ranMs: this.#ranMs })
  }

  /** Nothing is deployed or accepted any more; resolves when every connection that was routed is somebody's, or has ended. */
  async #finishArrivals(): Promise<void> {
    using _limit = this.options.clock.after(peersStopLimit, () => this.sharing.dismissPeers())
    await this.#registry?.[Symbol.asyncDispose]()
    await this.ports.drain()
  }

  async #release(): Promise<void> {
    await this.#registry?.[Symbol.asyncDispose]()
    this.namespace[Symbol.dispose]()
    await this.#logBounds[Symbol.asyncDispose]()
    await this.#code[Symbol.asyncDispose]()
    await this.ports[Symbol.asyncDispose]()
    await this.sharing[Symbol.asyncDispose]()
    await this.launcher.shutdown()
    await this.confiner[Symbol.asyncDispose]()
    await this.#admin[Symbol.asyncDispose]()
    this.options.home[Symbol.dispose]()
  }
}

function started<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('the service has not started')
  return part
}
