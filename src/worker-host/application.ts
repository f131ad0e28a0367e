/** The application contract: what an entry module exports by default, and what Portico gives to it. Types only. */
import type { Socket } from 'node:net'

/** One end of a connection. */
export interface Endpoint {
  readonly address: string
  readonly port: number
}

/** Where the application runs. */
export interface ApplicationContext {
  /** Path of the application, as `/echo`. */
  readonly application: string
  /** Absolute path of the application's folder. */
  readonly folder: string
  readonly pool: string
  /** Aborts when the application must end: the worker process drains and its time is up. */
  readonly signal: AbortSignal
  /**
   * Says that there is work to do, whether connections are there or not: as long as a lease is held the worker process is
   * not idle, and when it has to end it waits for the work as it does for connections. Use it as
   * `using lease = context.lease('nightly report')`. `name` is for whoever looks at `portico status`.
   */
  lease(name: string): Disposable
}

/** Where a service runs; without `service` it is the application itself. */
export interface ServiceContext extends ApplicationContext {
  readonly service?: ServiceInfo | undefined
}

/** One connection, and where it came from. */
export interface ConnectionContext extends ServiceContext {
  /** The endpoint of web.config that it came in at; undefined where there is none. */
  readonly endpoint?: EndpointInfo | undefined
  /** The URI that the client asked for, as it wrote it. */
  readonly via: string
  readonly remote: Endpoint
  /** The address that the client connected to. */
  readonly local: Endpoint
}

/** Why an application is stopped. */
export type StopReason = 'idle' | 'removed' | 'recycled' | 'shutdown'

/** Faults that an application may answer instead of accepting a session. */
export type Refusal =
  | 'ContentTypeInvalid'
  | 'UnsupportedMode'
  | 'EndpointNotFound'
  | 'ServiceActivationFailed'
  | 'ServerTooBusy'

/**
 * One session of net.tcp framing. The first envelope asked for, the first one sent, or `accept()` acknowledges it to
 * the client, which waits for that. Iterating gives the client's envelopes until it ends its side; the next one is read
 * from the network only when it is asked for.
 */
export interface Session extends AsyncIterable<Buffer> {
  /** `duplex`: any number of envelopes both ways. `singleton`: one request and at most one reply, each streamed. */
  readonly mode: 'duplex' | 'singleton'
  /** The encoding of the envelopes as a content type, as `application/soap+msbinsession1`. */
  readonly contentType: string
  readonly via: string
  /** Aborts when the session ends for whatever reason. */
  readonly signal: AbortSignal
  /** Acknowledges the session to the client. */
  accept(): Promise<void>
  /** Refuses the session, as long as it isn't accepted. */
  refuse(fault: Refusal): Promise<void>
  /** Sends one envelope; resolves when the network has room for the next. In `singleton`, chunks make a streamed reply. */
  send(envelope: Uint8Array | AsyncIterable<Uint8Array>): Promise<void>
  /** The client's one streamed envelope in pieces as they arrive; `singleton` only. */
  chunks(): AsyncIterable<Buffer>
}

/** A service within an application: what a .svc file or an entry of serviceActivations names. */
export interface ServiceInfo {
  /** As `/orders/stock.svc`; the application's path when it has no services of that kind. */
  readonly path: string
  /** The `Service` attribute: the name of its `<service>` in web.config, and in `services` of the entry module. */
  readonly name: string | undefined
}

/** The endpoint of web.config that a session came in at. */
export interface EndpointInfo {
  /** Where it listens, as `/orders/stock.svc/v2`. */
  readonly path: string
  /** As written, like the rest. */
  readonly address: string
  readonly binding: string
  readonly bindingConfiguration: string
  readonly contract: string
  readonly name: string
  /** What its binding says of reading the XML in messages, by WCF's names; only what is written. */
  readonly readerQuotas?: Readonly<Record<string, number>> | undefined
}

/** What answers connections. It has `connection` or `session`. */
export interface Service {
  /** Gets every byte as the client sent it, from the first: for programs with their own protocol stack. */
  connection?(socket: Socket, context: ConnectionContext): unknown
  /** Gets messages: the framing (preamble, acknowledgement, envelopes, end) is done by Portico. */
  session?(session: Session, context: ConnectionContext): unknown
  /** Runs once, before the first connection; connections wait until it has settled. */
  start?(context: ServiceContext): unknown
  /** Runs once, when no connection is left or the time for them is up. */
  stop?(reason: StopReason): unknown
  /** The greatest envelope of a client in bytes, 65,536 unless said otherwise; a greater one ends its session. */
  readonly maxReceivedMessageSize?: number
}

/** What an entry module exports by default: it answers connections itself, or has services, or both. */
export interface Application extends Service {
  /**
   * The services that .svc files and serviceActivations name. Each is started by the first connection that asks for it; one
   * that isn't named here is answered by the application itself.
   */
  readonly services?: Readonly<Record<string, Service>>
}
