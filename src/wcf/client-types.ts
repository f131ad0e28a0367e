/** What a client of a contract looks like, and what it is told. */
import type { z } from 'zod'
import type { ReaderQuotas } from '#encoding/reader-quotas.ts'
import type { PoolSettings } from '#net-tcp-client/session-pool.ts'
import type { Callback, InputOf, OperationDeclaration, OutputOf, ServiceDeclaration } from './definition.ts'
import type { Parameters } from './message-body.ts'
import type { StreamBody } from './stream.ts'

type None = Record<never, never>

type CallInput<O> = O extends { readonly in: infer In }
  ? In extends StreamBody
    ? Uint8Array | AsyncIterable<Uint8Array>
    : In extends Parameters
      ? z.input<z.ZodObject<{ -readonly [P in keyof In]: In[P] }>>
      : None
  : None

type CallOutput<O> = O extends { readonly out: infer Out }
  ? Out extends StreamBody
    ? AsyncIterable<Buffer>
    : z.output<Out>
  : ReturnType<() => void>

export interface CallOptions {
  /** Gives the call up: it rejects with the signal's reason. Without callbacks its connection is closed, so the service learns of it. */
  readonly signal?: AbortSignal
}

/** Rejects with the WcfFault that the service answered, with CommunicationError, or with what the contract doesn't allow. */
export type ClientOperation<O extends OperationDeclaration> =
  None extends CallInput<O>
    ? (input?: CallInput<O>, options?: CallOptions) => Promise<CallOutput<O>>
    : (input: CallInput<O>, options?: CallOptions) => Promise<CallOutput<O>>

export type Client<D extends ServiceDeclaration> = {
  readonly [K in keyof D['operations']]: ClientOperation<D['operations'][K]>
} & AsyncDisposable &
  Omit<Closable, keyof D['operations']>

interface Closable {
  /** Lets the calls that are under way come to their end, and closes the connections. Further calls reject. */
  close(): Promise<void>
}

type CallbackFunction<C extends Callback> = (
  input: InputOf<C extends { readonly in: infer In } ? In : undefined>,
) => OutputOf<C['out']> | Promise<OutputOf<C['out']>>

export type CallbackFunctionsOf<Callbacks> = {
  readonly [K in keyof Callbacks]: Callbacks[K] extends Callback ? CallbackFunction<Callbacks[K]> : never
}

/** Times are milliseconds, `Infinity` for none; the defaults are those of NetTcpBinding. */
export interface ConnectionOptions {
  /** `binarySession` unless given: that of NetTcpBinding. `binary` keeps no dictionary, `text` is XML. */
  readonly encoding?: 'binarySession' | 'binary' | 'text'
  /**
   * `streamed`: each call has a connection of its own, and streams go as they are made and read, for services with
   * `transferMode="Streamed"`. Otherwise messages go as a whole.
   */
  readonly transfer?: 'buffered' | 'streamed'
  /** From the connection to the service's acceptance, in which Portico may start a worker process: 60,000. */
  readonly openTimeout?: number
  /** For the answer to a request, from when it is sent: 60,000. */
  readonly sendTimeout?: number
  /** For the end of a session: 60,000. */
  readonly closeTimeout?: number
  /** Bytes of an answer: 65,536. */
  readonly maxReceivedMessageSize?: number
  readonly readerQuotas?: Partial<ReaderQuotas>
  /** Connections that are kept between calls. */
  readonly pool?: Partial<PoolSettings>
}

export type ClientOptions<D extends ServiceDeclaration> = ConnectionOptions &
  (D extends { readonly callbacks: infer Callbacks }
    ? {
        /** What the service may call. */
        readonly callbacks: CallbackFunctionsOf<Callbacks>
        /** Called when the one session of the client is over, unless by `close`. */
        disconnected?(reason: unknown): void
      }
    : unknown)
