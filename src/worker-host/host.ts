/** The worker host: keeps the sharing channel and carries out what Portico asks of this worker process. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { systemClock, type Timer } from '#base/clock.ts'
import type { Handle } from '#base/handle.ts'
import { bounded, detail, report, sentence } from '#base/report.ts'
import { settingsToJson } from '#binding/settings.ts'
import type { Dispatch, PorticoMessage, WorkerWelcome } from '#handoff/protocol.ts'
import { PeerChannel } from '#sharing-client/channel.ts'
import type { StopReason } from './application.ts'
import { Dispatches } from './dispatches.ts'
import { HostedApplication, type HostedSurroundings } from './hosted-application.ts'
import type { ServiceFact } from './hosted-services.ts'
import { Leases } from './leases.ts'
import { type OwnStep, toldSteps } from './own-steps.ts'
import { RouteQuestions } from './route-questions.ts'

type Asked<T extends PorticoMessage['type']> = Extract<PorticoMessage, { type: T }>

export interface HostOptions {
  /** Path of the sharing socket. */
  readonly sharingSocket: string
  /** Shows to Portico which launch this process came from. */
  readonly token: string
  /** A folder that belongs to the account of this process. */
  readonly cache?: string
  /** What this process has come to since it began. */
  readonly startSteps?: readonly OwnStep[]
  /** Ends the process. */
  exit(code: number): void
}

/** Part of the time limit of a drain that connections get; the rest is for the applications' own stop. */
const shareForConnections = 0.9
/** Milliseconds between tries to find Portico again: doubles up to the greatest. */
const reconnectDelay = { first: 50, greatest: 1_000 } as const
/** Milliseconds for Portico to answer a wish to end by draining; without Portico nobody does. */
const answerToRetire = 500
/** Milliseconds to look for a Portico that has never welcomed this process. */
const unwelcomedLimit = 15_000

export class WorkerHost implements HostedSurroundings {
  readonly #options: HostOptions
  readonly #applications = new Map<string, HostedApplication>()
  /** Those that have left and still have connections. */
  readonly #removed = new Set<HostedApplication>()
  readonly #byRegistration = new Map<number, HostedApplication>()
  readonly #dispatches = new Dispatches({
    send: (message) => this.#channel.send(message),
    sendWithoutHurry: (message) => this.#channel.sendWithoutHurry(message),
    emptied: () => this.#leaveIfForgotten(),
  })
  readonly leases = new Leases({
    send: (message) => this.#channel.send(message),
    emptied: () => this.#leaveIfForgotten(),
  })
  readonly #questions = new RouteQuestions((message) => this.#channel.send(message))
  readonly #owner = new AsyncLocalStorage<(error: unknown) => void>()
  #channel: PeerChannel
  #welcome: WorkerWelcome | undefined
  #reconnectAfter: number = reconnectDelay.first
  #withoutPortico: Timer | undefined
  #isForgotten = false
  #leaving = false

  constructor(options: HostOptions) {
    this.#options = options
    process.on('uncaughtException', (error) => this.#uncaught(error))
    process.on('unhandledRejection', (reason) => this.#uncaught(reason))
    this.#channel = this.#connect()
  }

  get pool(): string {
    return this.#welcome?.pool ?? ''
  }

  get cache(): string | undefined {
    return this.#options.cache
  }

  get acceptTimeLimit(): number {
    return this.#welcome?.startupTimeLimit ?? 0
  }

  failedAfterwards(application: string, error: unknown): void {
    report(`a connection of application ${application} failed after its end`, error)
  }

  attribute<T>(failed: (error: unknown) => void, work: () => T): T {
    return this.#owner.run(failed, work)
  }

  serviceTold(application: string, fact: ServiceFact): void {
    if (fact.failure !== undefined) report(`a service of application ${application} could not be started`, fact.failure)
    const hosted = this.#applications.get(application)
    if (hosted) this.#tellService(hosted, fact)
  }

  validateRoute({ registration, local }: Dispatch, via: string): Promise<boolean> {
    return this.#questions.ask({ registration, via, local })
  }

  /** Finishes what is there and ends the process. */
  async drain(reason: StopReason, timeLimit: number): Promise<void> {
    if (this.#leaving) return
    this.#leaving = true
    const applications = [...this.#applications.values(), ...this.#removed]
    const stopped = await Promise.allSettled(
      applications.map((each) => each.stop(reason, timeLimit * shareForConnections)),
    )
    for (const result of stopped)
      if (result.status === 'rejected') report('an application failed to stop', result.reason)
    this.#channel.send({ type: 'leave' })
    this.#channel.end()
    this.#options.exit(0)
  }

  /** Ends at somebody else's wish: Portico drains this process and starts another one for what comes. */
  retire(timeLimit: number): void {
    this.#channel.send({ type: 'retire' })
    setTimeout(() => void this.drain('shutdown', timeLimit), answerToRetire)
  }

  #connect(): PeerChannel {
    let connected = false
    return new PeerChannel(this.#options.sharingSocket, {
      connected: () => {
        connected = true
        const { token, startSteps = [] } = this.#options
        // Whoever finds this process later has not waited for its start.
        const steps = this.#welcome ? {} : { steps: toldSteps(startSteps) }
        this.#channel.send({ type: 'hello', version: 1, token, open: this.#dispatches.open, ...steps })
      },
      message: (message, handle) => this.#received(message, handle),
      closed: () => this.#lost(connected),
    })
  }

  #received(message: PorticoMessage, handle: Handle | undefined): void {
    if (message.type !== 'dispatch') handle?.close()
    switch (message.type) {
      case 'welcome':
        if (message.pool !== undefined) this.#welcomed(message)
        break
      case 'refused':
        report(`Portico does not take this process: ${message.message}`, message.remedy)
        this.#leaving = true
        this.#options.exit(1)
        break
      case 'activate':
        void this.#activate(message)
        break
      case 'deactivate':
        void this.#deactivate(message)
        break
      case 'registered':
        this.#registered(message)
        break
      case 'dispatch':
        this.#dispatches.dispatched(message, handle, this.#byRegistration.get(message.registration))
        break
      case 'withdraw':
        this.#dispatches.withdrawn(message.connection)
        break
      case 'routeValid':
        this.#questions.answered(message.request, message.valid)
        break
      case 'ping':
        this.#channel.send({ type: 'pong', request: message.request })
        break
      case 'drain':
        void this.drain(message.reason, message.timeLimit)
        break
      case 'assign':
        break // this process is a worker process already
      default:
        message satisfies never
    }
  }

  #welcomed(welcome: WorkerWelcome): void {
    const isFirst = this.#welcome === undefined
    this.#welcome = welcome
    this.#reconnectAfter = reconnectDelay.first
    this.#withoutPortico?.[Symbol.dispose]()
    this.#withoutPortico = undefined
    this.#isForgotten = false
    if (isFirst) Object.assign(process.env, welcome.environment)
    for (const [id, application] of this.#applications) {
      this.#channel.send({ type: 'register', application: id })
      for (const fact of application.services.facts) this.#tellService(application, fact)
    }
    this.leases.tellAll()
  }

  async #activate({ application: id, path, folder, bases }: Asked<'activate'>): Promise<void> {
    if (this.#applications.has(id)) return // Portico asked before it heard that it is registered: it was, with the welcome
    const steps: OwnStep[] = []
    const reached = (step: string) => void steps.push({ step, at: performance.now() })
    try {
      this.#applications.set(id, await HostedApplication.load({ id, path, folder, bases }, this, reached))
      this.#channel.send({ type: 'register', application: id, steps: toldSteps(steps) })
    } catch (error) {
      report(`application ${id} did not load`, error)
      this.#channel.send({
        type: 'activationFailed',
        application: id,
        message: bounded(sentence(error)),
        detail: bounded(detail(error)),
      })
    }
  }

  #tellService({ id: application, services }: HostedApplication, { service, failure }: ServiceFact): void {
    const { settings, endpoint: setBy } = services.inForce ?? {}
    const told = failure !== undefined && {
      failure: { message: bounded(sentence(failure)), detail: bounded(detail(failure)) },
    }
    const binding = settings && { binding: settingsToJson(settings), setBy: bounded(setBy ?? '') }
    this.#channel.send({ type: 'service', application, service, ...told, ...binding })
  }

  async #deactivate({ application: id, reason }: Asked<'deactivate'>): Promise<void> {
    const application = this.#applications.get(id)
    if (!application) return
    this.#applications.delete(id)
    this.#removed.add(application)
    for (const [registration, registered] of this.#byRegistration)
      if (registered === application) {
        this.#byRegistration.delete(registration)
        this.#channel.send({ type: 'unregister', registration })
      }
    try {
      await application.stop(reason, Number.POSITIVE_INFINITY)
    } catch (error) {
      report(`application ${id} failed to stop`, error)
    } finally {
      this.#removed.delete(application)
    }
  }

  #registered({ application, registration }: Asked<'registered'>): void {
    const hosted = application === undefined ? undefined : this.#applications.get(application)
    if (hosted) this.#byRegistration.set(registration, hosted)
  }

  /** Connections go on without Portico; it is looked for until it is back. */
  #lost(wasConnected: boolean): void {
    if (this.#leaving) return
    if (wasConnected) this.#reconnectAfter = reconnectDelay.first
    this.#byRegistration.clear()
    this.#dispatches.channelLost()
    this.#questions.channelLost()
    const limit = this.#welcome ? this.#welcome.idleTimeout : unwelcomedLimit
    this.#withoutPortico ??= systemClock.after(limit ?? Number.POSITIVE_INFINITY, () => {
      this.#isForgotten = true
      this.#leaveIfForgotten()
    })
    setTimeout(() => {
      this.#channel = this.#connect()
    }, this.#reconnectAfter)
    this.#reconnectAfter = Math.min(this.#reconnectAfter * 2, reconnectDelay.greatest)
  }

  /** A process that Portico has not come back to, and that has nothing to do, is of no use to anybody. */
  #leaveIfForgotten(): void {
    if (this.#isForgotten && this.#dispatches.open === 0 && this.leases.isEmpty) void this.drain('idle', 0)
  }

  /** What a connection's handler throws later ends that connection; anything else ends the process, as Node does. */
  #uncaught(error: unknown): void {
    const failed = this.#owner.getStore()
    if (failed) {
      failed(error)
      return
    }
    report('an error that no connection can be blamed for ends this worker process', error)
    this.#options.exit(1)
  }
}
