/** The connection to a worker process that activation needs; handoff implements it over the sharing channel. */
import type { ReachedStep } from '#base/journey.ts'
import type { BindingSettings } from '#binding/settings.ts'
import type { Credentials } from '#identity/credentials.ts'
import type { ConnectionJourney } from './connection-journey.ts'
import type { Wanted } from './hosted-applications.ts'

/** Why a worker process or an application in it has to end. */
export type DrainReason = 'idle' | 'removed' | 'recycled' | 'shutdown'

/** A connection on its way to a worker process. */
export interface Dispatchable {
  readonly number: number
  readonly descriptor: number
  readonly via: string
  readonly remote: { readonly address: string; readonly port: number }
  readonly local: { readonly address: string; readonly port: number }
  readonly journey?: ConnectionJourney | undefined
}

/** A connection that a worker process has. */
export interface OpenConnection {
  readonly number: number
  readonly application: string
  readonly via: string
  /** Address and port of the client. */
  readonly from: string
  /** When the worker process took it, in milliseconds since the epoch. */
  readonly since: number
}

/** What became of a dispatch; while it isn't `accepted`, the connection is whole and still ours. */
export type DispatchOutcome =
  | { readonly is: 'accepted' }
  | { readonly is: 'rejected'; readonly reason: string }
  | { readonly is: 'lost'; readonly reason: string }

/** An application that is loaded in a worker process: connections for it may go there. */
export interface Registration {
  readonly worker: string
  /** Hands the connection over, within the window of unacknowledged ones. */
  dispatch(connection: Dispatchable, signal: AbortSignal): Promise<DispatchOutcome>
}

/** A service within an application: started, or why not, and the binding settings that are in force for the application. */
export interface ServiceReport {
  /** Its path, as `/orders/stock.svc`. */
  readonly service: string
  readonly failure: { readonly message: string; readonly detail: string } | undefined
  readonly binding: { readonly settings: BindingSettings; readonly setBy: string } | undefined
}

/** What a worker process reports. */
export interface WorkerReports {
  service(application: string, report: ServiceReport): void
  /** `steps`: what the loading took, as the worker process tells it. */
  registered(application: string, registration: Registration, steps?: readonly ReachedStep[]): void
  /** The worker process takes no more connections for the application. */
  unregistered(application: string): void
  activationFailed(application: string, message: string, detail: string): void
  /** A connection is the worker's now. */
  accepted(): void
  /** A further session on a connection that it has. */
  session(): void
  /** A connection that the worker had has ended. */
  closed(): void
  /** An application has something to do without a connection, until `leaseReleased`; `number` is its own. */
  leased(number: number, lease: { readonly application: string; readonly name: string; readonly heldFor: number }): void
  leaseReleased(number: number): void
  /** Somebody else asked the worker process to end; it finishes what it has. */
  retiring(): void
  /** The worker process ends the channel by itself, in an orderly way. */
  left(): void
  /** The channel is gone. */
  lost(reason: string): void
}

/** The channel to one worker process. */
export interface WorkerChannel {
  /** Who is at its other end, by the kernel's word. */
  readonly peer: Credentials & { readonly pid: number }
  /** What its start took until it came to the channel, as it tells it. */
  readonly startSteps?: readonly ReachedStep[]
  /** Those that it has taken over this channel and not closed. */
  readonly connections: Iterable<OpenConnection>
  /** Numbers of the connections that it has been offered and has not answered for. */
  readonly offered: Iterable<number>
  /** Says whose channel it is, and who hears of what the worker process reports. */
  open(worker: string, reports: WorkerReports): void
  activate(application: Wanted): void
  deactivate(application: string, reason: DrainReason): void
  drain(reason: DrainReason, timeLimit: number): void
  /** Resolves when the worker process answers. */
  ping(signal: AbortSignal): Promise<void>
  /** Stops exactly this process where it is; false when it has ended or can't be addressed safely. */
  suspend(): boolean
  /** Lets the stopped process go on. */
  resume(): void
  /** Gives the memory of the stopped process back, until the signal aborts. Throws why that can't be. */
  giveMemoryBack(signal: AbortSignal): Promise<{ readonly before: number; readonly after: number }>
  /** Ends exactly this process at once; false when it has ended or can't be addressed safely. */
  kill(): boolean
  close(): void
}
