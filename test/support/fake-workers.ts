/** Worker processes that a test plays by hand: a pool launches them, and the test says what they do. */
import { ApplicationPool } from '#activation/application-pool.ts'
import type { Wanted } from '#activation/hosted-applications.ts'
import type { OnItsWay } from '#activation/launch-cause.ts'
import type { FailureAction } from '#activation/pool-protection.ts'
import type { PoolSettings } from '#activation/pool-settings.ts'
import type { DrainReason, Registration, WorkerChannel, WorkerReports } from '#activation/worker-channel.ts'
import type { WorkerProcess } from '#activation/worker-process.ts'
import { PorticoError } from '#base/errors.ts'
import type { ReachedStep } from '#base/journey.ts'
import type { LogFields } from '#base/log.ts'
import type { Credentials } from '#identity/credentials.ts'
import { ManualClock } from './manual-clock.ts'

export const settings: PoolSettings = {
  name: 'Pool',
  autoStart: true,
  startMode: 'OnDemand',
  maxProcesses: 1,
  idleTimeout: 1_200_000,
  idleTimeoutAction: 'Terminate',
  idleTimeoutLogged: true,
  startupTimeLimit: 90_000,
  shutdownTimeLimit: 80_000,
  waiting: { maxWaitingConnections: 10_000, waitingTimeLimit: 270_000 },
  environment: {},
  nodeArguments: [],
  recycling: {
    time: 0,
    schedule: [],
    requests: 0,
    memory: 0,
    privateMemory: 0,
    disallowOverlappingRotation: false,
    disallowRotationOnConfigChange: false,
    logged: ['Time', 'Requests', 'Schedule', 'Memory', 'OnDemand', 'ConfigChange', 'PrivateMemory'],
  },
  identity: {
    identityType: 'ApplicationPoolIdentity',
    userName: '',
    loadUserProfile: false,
    setProfileEnvironment: true,
    manualGroupMembership: false,
  },
  // Off, because many tests let worker processes crash, or much time pass at once.
  pings: { pingingEnabled: false, pingInterval: 30_000, pingResponseTime: 90_000 },
  failure: {
    orphanWorkerProcess: false,
    orphanActionExe: '',
    orphanActionParams: '',
    rapidFailProtection: false,
    rapidFailProtectionInterval: 300_000,
    rapidFailProtectionMaxCrashes: 5,
    autoShutdownExe: '',
    autoShutdownParams: '',
  },
  limits: {
    cpu: {
      limit: 0,
      action: 'NoAction',
      resetInterval: 300_000,
      smpAffinitized: false,
      smpProcessorAffinityMask: 0xffff_ffff,
      smpProcessorAffinityMask2: 0xffff_ffff,
      numaNodeAssignment: 'MostAvailableMemory',
      numaNodeAffinityMode: 'Soft',
    },
    memory: 0,
    processes: 0,
    isOneForEachNode: false,
  },
  rapidFailRecovery: 'probe',
}

export const account: Credentials = { uid: 90_001, gid: 90_001, groups: [90_000] }

export const wanted = (name: string): Wanted => ({
  id: `/${name}`,
  path: `/${name}`,
  folder: `/apps/${name}`,
  bases: [],
})

/** The other end of a channel. */
export class FakeWorker implements WorkerChannel {
  readonly process: WorkerProcess
  readonly peer: WorkerChannel['peer']
  readonly connections = []
  readonly offered = []
  readonly activated: string[] = []
  readonly deactivated: string[] = []
  readonly drained: DrainReason[] = []
  killed = false
  /** Whether its process can be stopped, and is. */
  canBeSuspended = true
  isSuspended = false
  suspensions = 0
  memory: () => Promise<{ before: number; after: number }> = async () => ({ before: 80e6, after: 40e6 })
  answersPings = true
  reports: WorkerReports | undefined
  /** What its start took, as it tells when it connects. */
  startSteps: readonly ReachedStep[] = []

  constructor(process: WorkerProcess, pid: number) {
    this.process = process
    this.peer = { ...account, pid }
  }

  open(_worker: string, reports: WorkerReports): void {
    this.reports = reports
  }

  suspend(): boolean {
    if (this.canBeSuspended) this.suspensions++
    this.isSuspended = this.canBeSuspended
    return this.canBeSuspended
  }

  resume(): void {
    this.isSuspended = false
  }

  giveMemoryBack(): Promise<{ before: number; after: number }> {
    return this.memory()
  }

  activate({ id }: Wanted): void {
    this.#hears()
    this.activated.push(id)
  }

  deactivate(id: string): void {
    this.#hears()
    this.deactivated.push(id)
  }

  drain(reason: DrainReason): void {
    this.#hears()
    this.drained.push(reason)
  }

  ping(signal: AbortSignal): Promise<void> {
    this.#hears()
    if (this.answersPings) return Promise.resolve()
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  }

  kill(): boolean {
    this.killed = true
    return true
  }

  close(): void {}

  /** A stopped process hears nothing. */
  #hears(): void {
    if (this.isSuspended) throw new Error('it was spoken to while it was stopped')
  }

  /** The process comes to its channel. */
  connects(open = 0): this {
    this.process.attach(this, open)
    return this
  }

  /** It has loaded the application. */
  registers(name: string, steps?: readonly ReachedStep[]): Registration {
    const registration: Registration = { worker: this.process.id, dispatch: async () => ({ is: 'accepted' }) }
    this.reports?.registered(`/${name}`, registration, steps)
    return registration
  }

  fails(name: string, reason = 'it threw'): void {
    this.reports?.activationFailed(`/${name}`, reason, 'stack')
  }

  /** Channel and process end, as in a crash. */
  async crashes(how = 'exit code 3'): Promise<void> {
    this.reports?.lost('closed')
    await this.process.exited(how)
  }

  /** It leaves its channel and ends. */
  async leaves(): Promise<void> {
    this.reports?.left()
    this.reports?.lost('closed')
    await this.process.exited('exit code 0')
  }
}

/** A pool whose worker processes are played by the test. */
export class FakePool {
  readonly clock = new ManualClock()
  readonly workers: FakeWorker[] = []
  readonly removed: string[] = []
  /** Left running. */
  readonly released: string[] = []
  readonly actions: FailureAction[] = []
  readonly events: { event: string; fields: LogFields }[] = []
  readonly pool: ApplicationPool
  #ids = 0
  /** Set, launches fail with it. */
  launchError: PorticoError | undefined
  /** Set, processes can't be ended because of it. */
  removeError: PorticoError | undefined
  /** The account that the pool has now, or why it has none. */
  account: Credentials | PorticoError = account
  /** Set, launches take until it resolves. */
  launching: Promise<void> | undefined
  readonly undeployed = new Set<string>()
  memory = { virtual: 0, private: 0 }
  /** Set, no worker process may be launched because of it. */
  mayNotLaunch: PorticoError | undefined
  /** Of idle timeouts, while memory is scarce. */
  idleShare = 1
  /** Whether launches take a standby process. */
  wasStandby = false
  /** Milliseconds that a launch waited for its turn. */
  waitedMs = 0
  /** Launches whose turn is over. */
  readonly turnsOver: number[] = []
  /** Set, applications may not be loaded because of it. */
  notReady: PorticoError | undefined

  constructor(changes: Partial<PoolSettings> = {}) {
    const write = (event: string, fields: LogFields = {}) => this.events.push({ event, fields })
    this.pool = new ApplicationPool(
      { ...settings, ...changes },
      {
        clock: this.clock,
        log: { info: write, warn: write, error: write },
        accountOf: () => {
          if (this.account instanceof PorticoError) throw this.account
          return this.account
        },
        ready: async () => {
          if (this.notReady) throw this.notReady
        },
        assertMayLaunch: () => {
          if (this.mayNotLaunch) throw this.mayNotLaunch
        },
        idleShare: () => this.idleShare,
        newWorkerId: () => ({ id: `w${++this.#ids}`, token: `t${this.#ids}` }),
        launch: async (worker) => {
          if (this.launchError) throw this.launchError
          const fake = new FakeWorker(worker, 1000 + this.workers.length)
          this.workers.push(fake)
          if (this.launching) await this.launching
          const { pid } = fake.peer
          return {
            pid,
            wasStandby: this.wasStandby,
            waitedMs: this.waitedMs,
            [Symbol.dispose]: () => void this.turnsOver.push(pid),
          }
        },
        remove: async (worker) => {
          if (this.removeError) throw this.removeError
          this.removed.push(worker.id)
        },
        release: async (worker) => {
          this.released.push(worker.id)
        },
        act: (action) => this.actions.push(action),
        lastOutput: async () => 'last words',
        deployed: (id) => (this.undeployed.has(id) ? undefined : wanted(id.slice(1))),
        memoryOf: () => this.memory,
        changed: () => {},
      },
    )
  }

  /** The worker process that was launched as the n-th, once it has been. */
  async worker(n: number): Promise<FakeWorker> {
    for (let turns = 0; turns < 50; turns++) {
      const found = this.workers[n - 1]
      if (found) return found
      await Promise.resolve()
    }
    throw new Error(`only ${this.workers.length} worker processes were launched`)
  }

  hold(name: string, signal = new AbortController().signal, connection?: OnItsWay) {
    return this.pool.hold(wanted(name), signal, connection)
  }
}

/** A pool with a worker process that serves /echo, and nobody who needs it. */
export async function servingEcho(changes: Partial<PoolSettings> = {}) {
  const pool = new FakePool(changes)
  const hold = pool.hold('echo')
  const worker = (await pool.worker(1)).connects()
  worker.registers('echo')
  ;(await hold)[Symbol.dispose]()
  return { pool, worker }
}
