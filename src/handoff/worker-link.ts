/** The sharing channel to a worker process as activation uses it. */
import type { Wanted } from '#activation/hosted-applications.ts'
import type {
  DrainReason,
  OpenConnection,
  Registration,
  WorkerChannel,
  WorkerReports,
} from '#activation/worker-channel.ts'
import type { Clock } from '#base/clock.ts'
import type { ReachedStep } from '#base/journey.ts'
import type { Log } from '#base/log.ts'
import { Restraint } from '#base/restraint.ts'
import { orAbort } from '#base/signal.ts'
import { effectiveSettings, settingsFromJson } from '#binding/settings.ts'
import { descriptorOf } from '#syscalls/descriptor.ts'
import { giveMemoryBack, type MemoryGivenBack } from '#syscalls/memory.ts'
import { type PeerCredentials, type ProcessHandle, peerProcess } from '#syscalls/processes.ts'
import { CarriedConnections } from './carried-connections.ts'
import type { Channel } from './channel.ts'
import { HandOff } from './hand-off.ts'
import { mostLeases } from './lease-bounds.ts'
import type { Endpoint, PeerMessage, ToldStep } from './protocol.ts'

const sigkill = 9
const sigcont = 18
const sigstop = 19
/** So many registrations of a worker process are remembered; it has one for each application. */
const mostRegistrations = 10_000
/** So many failed connections of one application are written within a minute; of the others only the number. */
const writtenFailures = { events: 20, interval: 60_000 } as const

/** What a link needs from around it. */
export interface LinkSurroundings {
  readonly clock: Clock
  readonly log: Log
  /** At most so many dispatches of one registration are unacknowledged. */
  maxPendingAccepts(): number
  /** The application or the registration that a connection for `via` at `local` would come to. */
  routeOf(via: string, local: Endpoint): string | number | undefined
}

interface Registered extends Registration {
  readonly application: string
  readonly handOff: HandOff
}

export class WorkerLink implements WorkerChannel {
  readonly #channel: Channel
  readonly #around: LinkSurroundings
  readonly #process: ProcessHandle | undefined
  readonly #registrations = new Map<number, Registered>()
  /** Their numbers by their applications. */
  readonly #numberOf = new Map<string, number>()
  readonly #carried: CarriedConnections
  readonly #failures: Restraint
  readonly #leases = new Set<number>()
  readonly #pings = new Map<number, () => void>()
  readonly startSteps: readonly ReachedStep[]
  #worker = ''
  #reports: WorkerReports | undefined
  #numbers = 0

  /** `open`: connections that the worker process has from before. `steps`: of its start. */
  constructor(channel: Channel, around: LinkSurroundings, open: number, steps?: readonly ToldStep[]) {
    this.#channel = channel
    this.#around = around
    this.#carried = new CarriedConnections(open)
    this.#failures = new Restraint(around.clock, writtenFailures)
    this.startSteps = this.#timesOf(steps)
    this.#process = peerProcess(descriptorOf(channel.socket))
  }

  get connections(): Iterable<OpenConnection> {
    return this.#carried.open
  }

  get offered(): Iterable<number> {
    return [...this.#registrations.values()].flatMap(({ handOff }) => [...handOff.offered])
  }

  get peer(): PeerCredentials {
    return this.#channel.peer
  }

  open(worker: string, reports: WorkerReports): void {
    this.#worker = worker
    this.#reports = reports
  }

  activate({ id, path, folder, bases }: Wanted): void {
    this.#channel.send({ type: 'activate', application: id, path, folder, bases })
  }

  deactivate(application: string, reason: DrainReason): void {
    this.#channel.send({ type: 'deactivate', application, reason })
  }

  drain(reason: DrainReason, timeLimit: number): void {
    this.#channel.send({ type: 'drain', reason, timeLimit })
  }

  async ping(signal: AbortSignal): Promise<void> {
    const request = ++this.#numbers
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#pings.set(request, resolve)
    this.#channel.send({ type: 'ping', request })
    try {
      await orAbort(promise, signal)
    } finally {
      this.#pings.delete(request)
    }
  }

  suspend(): boolean {
    return this.#process?.signal(sigstop) ?? false
  }

  resume(): void {
    this.#process?.signal(sigcont)
  }

  async giveMemoryBack(signal: AbortSignal): Promise<MemoryGivenBack> {
    if (!this.#process) throw new Error('this kernel (before 6.5) names no process safely')
    return giveMemoryBack(this.#process, this.peer.pid, signal)
  }

  kill(): boolean {
    return this.#process?.signal(sigkill) ?? false
  }

  close(): void {
    this.#channel.close('Portico closed it')
  }

  /** Carries out what the worker process says. */
  received<M extends PeerMessage>(message: M): void {
    // The table has a handler for exactly this type of message; the compiler can't follow the correlation.
    const handle = this.#handlers[message.type] as (message: M) => void
    handle(message)
  }

  readonly #handlers: { readonly [T in PeerMessage['type']]: (message: Extract<PeerMessage, { type: T }>) => void } = {
    hello: () => this.#channel.close('the peer said hello twice'),
    register: ({ application, steps }) =>
      application === undefined
        ? this.#channel.close('the worker process registered something that is no application')
        : this.#register(application, this.#timesOf(steps)),
    unregister: ({ registration }) => this.#unregister(registration),
    activationFailed: ({ application, message, detail }) =>
      this.#reports?.activationFailed(application, message, detail),
    service: (said) => this.#service(said),
    accepted: ({ connection }) => {
      if (!this.#channel.settle(connection, { is: 'accepted' })) return
      this.#carried.accepted(connection, this.#around.clock.now())
      this.#reports?.accepted()
    },
    rejected: ({ connection, reason }) => void this.#channel.settle(connection, { is: 'rejected', reason }),
    closed: ({ connection, failure }) => {
      if (!this.#carried.closed(connection)) return // else it could seem idle while it has others
      if (failure) this.#logFailure(connection, failure)
      this.#reports?.closed()
    },
    validateRoute: (asked) => {
      const valid = this.#isRouteOf(asked)
      if (valid) this.#reports?.session()
      this.#channel.send({ type: 'routeValid', request: asked.request, valid })
    },
    pong: ({ request }) => this.#pings.get(request)?.(),
    lease: (said) => this.#lease(said),
    released: ({ number }) => {
      if (this.#leases.delete(number)) this.#reports?.leaseReleased(number)
    },
    retire: () => this.#reports?.retiring(),
    leave: () => this.#reports?.left(),
  }

  /** The channel is gone. */
  lost(reason: string): void {
    this.#process?.[Symbol.dispose]()
    this.#reports?.lost(reason)
  }

  #register(application: string, steps: readonly ReachedStep[]): void {
    const known = this.#numberOf.get(application)
    if (known !== undefined) {
      // One that was found running may say so itself and be asked for it at the same time.
      this.#channel.send({ type: 'registered', registration: known, application })
      return
    }
    if (this.#registrations.size >= mostRegistrations) {
      this.#channel.close(`the worker process registered more than ${mostRegistrations} times`)
      return
    }
    const number = ++this.#numbers
    const handOff = new HandOff(this.#channel, number, this.#around.maxPendingAccepts())
    const registered: Registered = {
      application,
      handOff,
      worker: `worker process ${this.#worker}`,
      dispatch: async (connection, signal) => {
        using _offer = this.#carried.offer(connection, application)
        try {
          return await handOff.dispatch(connection, signal)
        } finally {
          this.#withdraw(connection.number)
        }
      },
    }
    this.#registrations.set(number, registered)
    this.#numberOf.set(application, number)
    this.#channel.send({ type: 'registered', registration: number, application })
    this.#reports?.registered(application, registered, steps)
  }

  /** By our own clock: what it is told by takes its time, too, but little. */
  #timesOf(steps: readonly ToldStep[] = []): ReachedStep[] {
    const now = this.#around.clock.elapsed()
    return steps.map(({ step, ago }) => ({ step, at: now - ago }))
  }

  #unregister(number: number): void {
    const registered = this.#registrations.get(number)
    if (!registered) return
    this.#registrations.delete(number)
    this.#numberOf.delete(registered.application)
    registered.handOff.end('the application has left its worker process')
    this.#reports?.unregistered(registered.application)
  }

  /** The client of a connection that was given up has its answer: whoever still waits with it needs not. */
  #withdraw(connection: number): void {
    if (this.#channel.isForsaken(connection)) this.#channel.send({ type: 'withdraw', connection })
  }

  #lease({ number, ...lease }: Extract<PeerMessage, { type: 'lease' }>): void {
    if (this.#leases.size >= mostLeases && !this.#leases.has(number)) {
      this.#channel.close(`the worker process told of more than ${mostLeases} leases at once`)
      return
    }
    this.#leases.add(number)
    this.#reports?.leased(number, lease)
  }

  #service({ application, service, failure, binding, setBy = '' }: Extract<PeerMessage, { type: 'service' }>): void {
    const settings = binding && effectiveSettings(settingsFromJson(binding))
    const window = Math.min(settings?.maxPendingAccepts ?? Number.POSITIVE_INFINITY, this.#around.maxPendingAccepts())
    for (const registered of this.#registrations.values())
      if (registered.application === application) registered.handOff.resize(window)
    this.#reports?.service(application, { service, failure, binding: settings && { settings, setBy } })
  }

  #isRouteOf({ registration, via, local }: { registration: number; via: string; local: Endpoint }): boolean {
    const registered = this.#registrations.get(registration)
    return registered !== undefined && this.#around.routeOf(via, local) === registered.application
  }

  #logFailure(connection: number, { application, message }: { application: string; message: string }): void {
    const fields = { app: application, worker: this.#worker }
    const leftOut = this.#failures.leftOut(application)
    if (leftOut) this.#around.log.warn('connection.failuresLeftOut', { ...fields, count: leftOut })
    if (leftOut !== undefined) this.#around.log.warn('connection.failed', { ...fields, connection, reason: message })
  }
}
