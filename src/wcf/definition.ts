/** What an application declares of its service: the contract, and what runs for each operation. */
import type { z } from 'zod'
import type { ReaderQuotas } from '#encoding/reader-quotas.ts'
import type { MessageHeaders } from '#soap/headers.ts'
import type { ConnectionContext } from '#worker-host/application.ts'
import type { Parameters } from './message-body.ts'
import type { StreamBody } from './stream.ts'

export type InputOf<In> = In extends StreamBody
  ? AsyncIterable<Buffer>
  : In extends Parameters
    ? { [P in keyof In]: z.output<In[P]> }
    : Record<never, never>

type NoResult = ReturnType<() => void>

export type OutputOf<Out> = Out extends StreamBody
  ? AsyncIterable<Uint8Array>
  : Out extends z.ZodType
    ? z.input<Out>
    : NoResult

/** What a fault may carry: the type that `[FaultContract(typeof(…))]` names. */
export interface FaultContract {
  readonly detail: z.ZodType
  /** The name of its element: that of its data contract unless given, or its name in `faults` if that has none. */
  readonly name?: string
  readonly namespace?: string
  /** `<contract>/<operation><its name in faults>Fault` unless given. */
  readonly action?: string
}

export type Faults = Readonly<Record<string, FaultContract | z.ZodType>>

/** An operation without what runs for it: what service and client have in common. */
export interface OperationDeclaration {
  /** The parameters in the order of the contract, or one `stream()`. */
  readonly in?: Parameters | StreamBody
  /** The result, or one `stream()`; none unless given. */
  readonly out?: z.ZodType | StreamBody
  /** No reply, and no fault either. */
  readonly oneWay?: boolean
  /** `<namespace><contract>/<operation>` unless given. */
  readonly action?: string
  /** The action with `Response` behind it, unless given. */
  readonly replyAction?: string
  readonly faults?: Faults
}

/** An operation that the client offers to the service. */
export interface Callback {
  readonly in?: Parameters
  readonly out?: z.ZodType
  readonly oneWay?: boolean
  readonly action?: string
  readonly replyAction?: string
  readonly faults?: Faults
}

type CallbackInput<C> = C extends { readonly in: infer In } ? InputOf<In> : Record<never, never>
type CallbackOutput<C> = C extends { readonly out: infer Out extends z.ZodType } ? z.output<Out> : NoResult

/**
 * One-way callbacks resolve when they are on their way, others with the client's answer; they reject with a WcfFault that the
 * client answered, or with an error when there can be no answer any more.
 */
export type CallbacksOf<Callbacks> = {
  readonly [K in keyof Callbacks]: Record<never, never> extends CallbackInput<Callbacks[K]>
    ? (input?: CallbackInput<Callbacks[K]>) => Promise<CallbackOutput<Callbacks[K]>>
    : (input: CallbackInput<Callbacks[K]>) => Promise<CallbackOutput<Callbacks[K]>>
}

/** What belongs to a session; one of a streamed transfer has one call. */
export interface SessionContext<Callbacks = unknown> {
  /** The client's own operations, as long as the session is open. */
  readonly callback: CallbacksOf<Callbacks>
  /** Where the session came from and what for. */
  readonly connection: ConnectionContext
  /** Aborts when the session is over for whatever reason. */
  readonly signal: AbortSignal
}

/** What belongs to a call. */
export interface OperationContext<Callbacks = unknown, Instance = unknown> extends SessionContext<Callbacks> {
  /** What `create` returned for the session. */
  readonly instance: Instance
  readonly headers: MessageHeaders
}

export interface Operation<In, Out, Callbacks, Instance> {
  /** The parameters in the order of the contract, or one `stream()`. */
  readonly in?: In
  /** The result, or one `stream()`; none unless given. */
  readonly out?: Out
  /** No reply, and no fault either. */
  readonly oneWay?: boolean
  /** `<namespace><contract>/<operation>` unless given. */
  readonly action?: string
  /** The action with `Response` behind it, unless given. */
  readonly replyAction?: string
  readonly faults?: Faults
  run(input: InputOf<In>, context: OperationContext<Callbacks, Instance>): OutputOf<Out> | Promise<OutputOf<Out>>
}

/** A contract: what `wcf` serves, and what `client` calls. */
export interface ServiceDeclaration extends Pick<ServiceOptions, 'name' | 'namespace' | 'dataNamespace'> {
  readonly operations: Readonly<Record<string, OperationDeclaration>>
  readonly callbacks?: Readonly<Record<string, Callback>>
}

export interface ServiceOptions {
  /** As of `[ServiceContract(Namespace = …)]`; `http://tempuri.org/` unless given. */
  readonly namespace?: string
  /** As of `[ServiceContract(Name = …)]`, mostly the interface's: `ICalculator`. */
  readonly name: string
  /** Of data contracts that have none of their own: in .NET `http://schemas.datacontract.org/2004/07/` and the CLR namespace. */
  readonly dataNamespace?: string
  /**
   * `single`: the calls of a session run one after the other, in the order in which they came. `multiple`: they run at once,
   * and replies go when they are ready.
   */
  readonly concurrency?: 'single' | 'multiple'
  /** Tells clients what an unexpected error was, with its stack. For development. */
  readonly includeExceptionDetailInFaults?: boolean
  /** The greatest message in bytes, 65,536 unless said otherwise; an endpoint of web.config has its own. */
  readonly maxReceivedMessageSize?: number
  /** WCF's defaults unless given; an endpoint of web.config has its own. */
  readonly readerQuotas?: Partial<ReaderQuotas>
}

type CallbackContractOf<D> = D extends { readonly callbacks: infer Callbacks } ? Callbacks : Record<never, never>

/** What runs for each operation of a contract that stands by itself. */
export type OperationsOf<D extends ServiceDeclaration, Instance> = {
  readonly [K in keyof D['operations']]: (
    input: InputOf<D['operations'][K]['in']>,
    context: OperationContext<CallbackContractOf<D>, Instance>,
  ) => OutputOf<D['operations'][K]['out']> | Promise<OutputOf<D['operations'][K]['out']>>
}

/** What a service has beside contract and operations. */
export interface ServedOptions<D, Instance> extends Omit<ServiceOptions, 'name' | 'namespace' | 'dataNamespace'> {
  /** Makes what `context.instance` is, once for each session, before its first call. */
  create?(context: SessionContext<CallbackContractOf<D>>): Instance | Promise<Instance>
}
