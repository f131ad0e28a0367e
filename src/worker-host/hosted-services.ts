/** The services within one application: each is started by the first via that asks for it, in the order that clients ask. */
import type { Clock } from '#base/clock.ts'
import { PorticoError, sentenceOf } from '#base/errors.ts'
import { differenceText, type EndpointSettings, join } from '#binding/rule.ts'
import type { HostedService, ServiceEndpoint, TcpTransport } from '#config/services.ts'
import { longestAbove } from '#framing/path-segments.ts'
import { parseVia } from '#framing/via.ts'
import type { NotAdmitted } from './admission.ts'
import type {
  Application,
  ApplicationContext,
  EndpointInfo,
  Service,
  ServiceInfo,
  Session,
  StopReason,
} from './application.ts'
import {
  type ListeningEndpoint,
  listening,
  type Place,
  serviceAt,
  serviceKey,
  servicePath,
  settingsOf,
} from './service-endpoints.ts'
import type { Transport } from './transport.ts'

/** What serves a via. */
export interface ChosenHandler {
  readonly is: 'chosen'
  readonly handler: Service
  readonly service: ServiceInfo | undefined
  readonly endpoint: EndpointInfo | undefined
  readonly maxReceivedMessageSize: number | undefined
}

/** A service has been started, or could not be. */
export interface ServiceFact {
  /** Its path, as `/orders/stock.svc`. */
  readonly service: string
  readonly failure: unknown
}

export interface HostedServicesOptions {
  readonly application: Application
  readonly context: ApplicationContext
  readonly place: Place
  /** What the files say; undefined when there are none: then the application answers for everything below its path. */
  readonly written:
    | { readonly services: readonly HostedService[]; readonly own: readonly ServiceEndpoint[] }
    | undefined
  readonly transport: Transport
  readonly clock: Clock
  /** Milliseconds for a service to start. */
  startLimit(): number
  told(fact: ServiceFact): void
}

/** One service: where it is, what is written of it, and its start as long as that is under way or has succeeded. */
interface Host {
  readonly info: ServiceInfo
  readonly endpoints: readonly ServiceEndpoint[]
  readonly handler: Service | undefined
  readonly problem: PorticoError | undefined
  started: Promise<void> | undefined
}

interface OwnedEndpoint extends ListeningEndpoint {
  readonly host: Host
}

export class HostedServices {
  readonly #options: HostedServicesOptions
  /** By path below the application, in lower case. */
  readonly #hosts = new Map<string, Host>()
  /** The application as its one service. */
  readonly #only: Host | undefined
  readonly #listening = new Map<Host, readonly OwnedEndpoint[]>()
  readonly #facts = new Map<string, ServiceFact>()
  #inForce: EndpointSettings | undefined
  #hasStartedAny = false

  constructor(options: HostedServicesOptions) {
    this.#options = options
    const { application, place, written } = options
    for (const { path, name, endpoints, problem } of written?.services ?? []) {
      const info = { path: servicePath(place.path, path), name }
      const handler = handlerOf(application, name)
      this.#hosts.set(serviceKey(path), { info, endpoints, handler, problem, started: undefined })
    }
    if (this.#hosts.size > 0) return
    const info = { path: place.path, name: undefined }
    const handler = isHandler(application) ? application : undefined
    this.#only = { info, endpoints: written?.own ?? [], handler, problem: undefined, started: undefined }
  }

  /** The binding settings of the first endpoint, which are in force for all of them. */
  get inForce(): EndpointSettings | undefined {
    return this.#inForce
  }

  /** What became of each service that was asked for. */
  get facts(): Iterable<ServiceFact> {
    return this.#facts.values()
  }

  /** Whether what serves the via gets the socket itself. */
  isRaw(via: string): boolean {
    return this.#find(via)?.handler?.connection !== undefined
  }

  /** What serves the via, started if need be; or what the client gets. Whose turn it is is settled when this is called. */
  choose(via: string, mode: Session['mode'] | undefined): ChosenHandler | Promise<ChosenHandler | NotAdmitted> {
    const { application, written } = this.#options
    if (written || !isHandler(application)) return this.#choose(via, mode)
    return {
      is: 'chosen',
      handler: application,
      service: undefined,
      endpoint: undefined,
      maxReceivedMessageSize: application.maxReceivedMessageSize,
    }
  }

  /** Stops those that were started. Throws what the first of them throws that fails, after all have stopped. */
  async stop(reason: StopReason): Promise<void> {
    const started = [...this.#hosts.values()].filter((host) => host.started && isOwn(host, this.#options.application))
    const stopped = await Promise.allSettled(started.map(async ({ handler }) => await handler?.stop?.(reason)))
    const failed = stopped.find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
  }

  async #choose(via: string, mode: Session['mode'] | undefined): Promise<ChosenHandler | NotAdmitted> {
    const host = this.#find(via)
    if (!host) return this.#notFound(via)
    try {
      await this.#start(host)
    } catch (error) {
      return { is: 'refused', fault: 'ServiceActivationFailed', error }
    }
    const found = longestAbove([...this.#listening.values()].flat(), ({ path }) => path, parseVia(via)?.path ?? '/')
    if (!found) return { is: 'refused', fault: 'EndpointNotFound', error: this.#noService(via) }
    const { transport, ...endpoint } = found.endpoint
    if (mode !== undefined && mode !== modeOf(transport.transferMode)) {
      const error = new PorticoError('ENDPOINT_MODE_UNSUPPORTED', { via, mode, transferMode: transport.transferMode })
      return { is: 'refused', fault: 'UnsupportedMode', error }
    }
    const { handler, info: service } = found.host
    if (!handler) return this.#notFound(via)
    const { maxReceivedMessageSize } = endpoint.at === undefined ? handler : transport
    const { address, binding, bindingConfiguration, contract, name } = endpoint
    const { readerQuotas } = transport
    const info = { address, binding, bindingConfiguration, contract, name, path: found.path, readerQuotas }
    return { is: 'chosen', handler, service, endpoint: info, maxReceivedMessageSize }
  }

  #find(via: string): Host | undefined {
    return this.#only ?? serviceAt(this.#hosts, parseVia(via)?.path ?? '', this.#options.place.path)
  }

  /** Before any service has started the client hears that there is none; afterwards its connection is closed, as in WCF. */
  #notFound(via: string): NotAdmitted {
    const error = this.#noService(via)
    return this.#hasStartedAny ? { is: 'aborted', error } : { is: 'refused', fault: 'EndpointNotFound', error }
  }

  #noService(via: string): PorticoError {
    const known = [...this.#hosts.values()].map(({ info }) => info.path)
    return new PorticoError('SERVICE_NOT_FOUND', { via, app: this.#options.place.path, known })
  }

  /** Starts the service, or joins its start; a failure is for those who wait, and the next one tries anew. */
  async #start(host: Host): Promise<void> {
    host.started ??= this.#started(host)
    const { started } = host
    try {
      await started
    } catch (error) {
      if (host.started === started) host.started = undefined
      throw error
    }
  }

  async #started(host: Host): Promise<void> {
    const { path: service } = host.info
    try {
      this.#open(host) // at once: the one that is asked for first is the first
      if (isOwn(host, this.#options.application)) await this.#withinLimit(host)
      this.#hasStartedAny = true
      this.#tell({ service, failure: undefined })
    } catch (thrown) {
      const args = { app: this.#options.place.path, service, reason: sentenceOf(thrown) }
      const failure = new PorticoError('SERVICE_NOT_ACTIVATED', args, { cause: thrown })
      this.#tell({ service, failure })
      throw failure
    }
  }

  #tell(fact: ServiceFact): void {
    this.#facts.set(fact.service, fact)
    this.#options.told(fact)
  }

  /** Lets the endpoints of the service join those of the application. */
  #open(host: Host): void {
    if (host.problem) throw host.problem
    if (!host.handler) {
      const { name = '', path } = host.info
      throw new PorticoError('SERVICE_NOT_DEFINED', { service: path, name })
    }
    const { place, transport } = this.#options
    const opened = host.endpoints.map((endpoint) => ({ ...listening(endpoint, host.info.path, place), host }))
    for (const each of opened) {
      const joining = join(this.#inForce, settingsOf(each))
      if (joining.is === 'differs')
        throw new PorticoError('BINDING_SETTINGS_DIFFER', {
          app: place.path,
          endpoint: settingsOf(each).endpoint,
          inForce: joining.inForce.endpoint,
          differences: joining.differences.map(differenceText),
        })
      if (joining.is === 'same') continue
      this.#inForce = joining.inForce
      transport.use(joining.inForce.settings)
    }
    this.#listening.set(host, opened)
  }

  async #withinLimit({ handler, info: service }: Host): Promise<void> {
    const { clock, context, startLimit } = this.#options
    const limit = startLimit()
    const { promise: late, reject } = Promise.withResolvers<never>()
    using _timer = clock.after(limit, () => reject(new Error(`it did not start within ${limit / 1000} s`)))
    await Promise.race([handler?.start?.({ ...context, service }), late])
  }
}

/** What the module exports for the service: under its name, or the application itself as long as it is a handler. */
function handlerOf(application: Application, name: string | undefined): Service | undefined {
  const { services } = application
  if (name !== undefined && services && Object.hasOwn(services, name)) return services[name]
  return isHandler(application) ? application : undefined
}

export function isHandler(service: Service): boolean {
  return service.connection !== undefined || service.session !== undefined
}

/** Whether the service has a start of its own: the application's has run when it was loaded. */
function isOwn({ handler }: Host, application: Application): boolean {
  return handler !== undefined && handler !== application
}

function modeOf(transferMode: TcpTransport['transferMode']): Session['mode'] {
  return transferMode === 'Buffered' ? 'duplex' : 'singleton'
}
