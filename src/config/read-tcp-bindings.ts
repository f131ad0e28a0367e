/** Reads the bindings of a web.config that concern net.tcp, to what each configuration sets for a transport. */
import type { EndpointSettings } from '#binding/rule.ts'
import type { BindingProperty, WrittenSettings } from '#binding/settings.ts'
import { customBindings, stackElements } from './custom-binding.ts'
import { childrenAmongOthers, childrenNamed, only, reportUnknownAttributes } from './names.ts'
import { netTcpBindings } from './net-tcp-binding.ts'
import { readElement, readEntries } from './read-element.ts'
import type { Report } from './report.ts'
import type { transferModes } from './transport-attributes.ts'
import { bindingNames, otherStackElements } from './wcf-names.ts'
import type { XmlElement } from './xml.ts'

/** What a binding configuration sets for the transport of its endpoints. */
export interface TcpTransport {
  /** Only what is written. Times are milliseconds. */
  readonly written: WrittenSettings
  /** Where each of these stands, as `<file>:<line>`. */
  readonly setAt: EndpointSettings['setAt']
  readonly transferMode: (typeof transferModes)[number]
  readonly maxReceivedMessageSize: number
  /** Those that are written. */
  readonly readerQuotas?: Partial<Quotas>
}

type Quotas = Readonly<
  Record<'maxDepth' | 'maxStringContentLength' | 'maxArrayLength' | 'maxBytesPerRead' | 'maxNameTableCharCount', number>
>

/** The configurations by name, each with one transport of its own. */
export interface TcpBindings {
  readonly netTcp: ReadonlyMap<string, TcpTransport>
  /** Undefined for one over another transport. */
  readonly custom: ReadonlyMap<string, TcpTransport | undefined>
  readonly mexTcp: ReadonlySet<string>
  /** What makes clients ask for a secured connection, which they don't get. */
  readonly demands: Map<TcpTransport, SecurityDemand>
}

interface SecurityDemand {
  readonly at: XmlElement
  readonly attribute?: string
  /** Completes "is accepted but …". */
  readonly why: string
}

type Sizes = Pick<TcpTransport, 'transferMode' | 'maxReceivedMessageSize'> & {
  readonly maxBufferSize: number
  readonly readerQuotas?: Quotas
}

/** What a transport has where nothing is written. */
export function standardTransport(): TcpTransport {
  return Object.freeze({
    written: Object.freeze({}),
    setAt: Object.freeze({}),
    transferMode: 'Buffered',
    maxReceivedMessageSize: 65_536,
  })
}

export function readTcpBindings(element: XmlElement | undefined, report: Report): TcpBindings {
  const netTcp = new Map<string, TcpTransport>()
  const custom = new Map<string, TcpTransport | undefined>()
  const demands = new Map<TcpTransport, SecurityDemand>()
  if (element === undefined) return { netTcp, custom, mexTcp: new Set(), demands }
  reportUnknownAttributes(element, [], report)
  const ours = childrenAmongOthers(element, ['netTcpBinding', 'customBinding'], bindingNames, report)
  const named = (name: string) =>
    only(
      ours.filter((child) => child.name === name),
      report,
    )

  for (const { at, values } of readEntries(named('netTcpBinding'), netTcpBindings, report)) {
    const maxConnections = [at, 'maxConnections', values.maxConnections] as const
    const transport = transportOf(at, values, report, {
      maxPendingConnections: maxConnections,
      maxOutboundConnectionsPerEndpoint: maxConnections,
    })
    netTcp.set(values.name, transport)
    const demand = demandOf(at, values.security.mode)
    if (demand) demands.set(transport, demand)
  }
  const stack = Object.keys(stackElements)
  for (const { at, values } of readEntries(named('customBinding'), customBindings, report, 'any')) {
    const elements = childrenAmongOthers(at, stack, otherStackElements, report)
    const transport = readStack(at, elements, report)
    custom.set(values.name, transport)
    const secured = elements.find((child) => child.name.endsWith('StreamSecurity'))
    if (transport && secured) demands.set(transport, { at: secured, why: turnedAway('remove it') })
  }
  const mexTcp = childrenNamed(element, 'mexTcpBinding').flatMap((child) => childrenNamed(child, 'binding'))
  return { netTcp, custom, mexTcp: new Set(mexTcp.map((child) => child.attributes.get('name') ?? '')), demands }
}

/** What `mode` of netTcpBinding makes clients ask for; `at` is the binding, or the endpoint that has no configuration. */
export function demandOf(at: XmlElement, mode = 'Transport'): SecurityDemand | undefined {
  if (mode === 'None') return undefined
  const security = childrenNamed(at, 'security')[0]
  const written = security?.attributes.has('mode')
  const place = security && written ? { at: security, attribute: 'mode' } : { at: security ?? at }
  if (mode === 'Message') {
    return { ...place, why: 'Portico secures nothing: the service itself has to secure the messages' }
  }
  const byDefault = written ? '' : 'without security mode="None" '
  return { ...place, why: `${byDefault}${turnedAway('write <security mode="None"/> into the binding')}` }
}

function turnedAway(remedy: string): string {
  return `clients that ask for a secured connection are turned away, because Portico secures none; ${remedy} here and at the clients`
}

/** The transport of a customBinding; undefined when it isn't net.tcp. */
function readStack(at: XmlElement, elements: readonly XmlElement[], report: Report): TcpTransport | undefined {
  let readerQuotas: Quotas | undefined
  for (const [name, schema] of Object.entries(stackElements)) {
    const child = only(
      elements.filter((each) => each.name === name),
      report,
    )
    if (child && name === 'binaryMessageEncoding')
      readerQuotas = readElement(child, stackElements.binaryMessageEncoding, report).readerQuotas
    else if (child && name !== 'tcpTransport') readElement(child, schema, report)
  }
  const tcp = elements.findLast((child) => child.name === 'tcpTransport')
  if (tcp === undefined) return undefined
  if (at.children.at(-1) !== tcp)
    report.problem(tcp, 'must be the last element of its binding: the transport is lowest')
  const values = readElement(tcp, stackElements.tcpTransport, report)
  const pool = childrenNamed(tcp, 'connectionPoolSettings')[0]
  const { idleTimeout, maxOutboundConnectionsPerEndpoint } = values.connectionPoolSettings
  return transportOf(tcp, readerQuotas ? { ...values, readerQuotas } : values, report, {
    channelInitializationTimeout: [tcp, 'channelInitializationTimeout', values.channelInitializationTimeout],
    connectionBufferSize: [tcp, 'connectionBufferSize', values.connectionBufferSize],
    maxPendingConnections: [tcp, 'maxPendingConnections', values.maxPendingConnections],
    maxOutputDelay: [tcp, 'maxOutputDelay', values.maxOutputDelay],
    maxPendingAccepts: [tcp, 'maxPendingAccepts', values.maxPendingAccepts],
    idleTimeout: [pool, 'idleTimeout', idleTimeout],
    maxOutboundConnectionsPerEndpoint: [pool, 'maxOutboundConnectionsPerEndpoint', maxOutboundConnectionsPerEndpoint],
  })
}

/** Where a property may be written, and its value there or by default. */
type Written = readonly [at: XmlElement | undefined, attribute: string, value: number]

function transportOf(
  at: XmlElement,
  sizes: Sizes,
  report: Report,
  properties: { readonly [P in BindingProperty]?: Written },
): TcpTransport {
  checkSizes(at, sizes, report)
  const written: { [P in BindingProperty]?: number } = {}
  const setAt: { [P in BindingProperty]?: string } = {}
  for (const [name, [element, attribute, value]] of Object.entries(properties) as [BindingProperty, Written][]) {
    if (!element?.attributes.has(attribute) || isComputed(attribute, value)) continue
    written[name] = value
    setAt[name] = `${element.file}:${element.line(attribute)}`
  }
  const { transferMode, maxReceivedMessageSize } = sizes
  // Zero asks for the default.
  const quotas = Object.entries(sizes.readerQuotas ?? {}).filter(([, value]) => value > 0)
  return Object.freeze({
    written: Object.freeze(written),
    setAt: Object.freeze(setAt),
    transferMode,
    maxReceivedMessageSize,
    ...(quotas.length > 0 && { readerQuotas: Object.freeze(Object.fromEntries(quotas)) }),
  })
}

/** Attributes whose zero asks for the default, as if nothing were written. */
const zeroIsDefault: ReadonlySet<string> = new Set(['maxConnections', 'maxPendingConnections', 'maxPendingAccepts'])

function isComputed(attribute: string, value: number): boolean {
  return value === 0 && zeroIsDefault.has(attribute)
}

const greatestInt = 2_147_483_647

/** What the channel listener of WCF would refuse when the endpoint is opened. */
function checkSizes(
  at: XmlElement,
  { transferMode, maxReceivedMessageSize: most, maxBufferSize }: Sizes,
  report: Report,
) {
  const written = at.attributes.has('maxBufferSize')
  const finding = (attribute: string) => {
    const value = at.attributes.get(attribute)
    return value === undefined ? { attribute } : { attribute, value }
  }
  if (transferMode === 'Buffered') {
    if (most > greatestInt)
      report.problem(
        at,
        `must be at most ${greatestInt} while messages are buffered`,
        finding('maxReceivedMessageSize'),
      )
    else if (written && maxBufferSize !== most)
      report.problem(
        at,
        `must equal maxReceivedMessageSize (${most}) while messages are buffered`,
        finding('maxBufferSize'),
      )
  } else if (maxBufferSize > most) {
    const expected = `must not be greater than maxReceivedMessageSize (${most}) while messages are streamed`
    const byDefault = `needs maxBufferSize: its default ${maxBufferSize} is greater than maxReceivedMessageSize, which is not allowed while messages are streamed`
    report.problem(at, written ? expected : byDefault, finding(written ? 'maxBufferSize' : 'maxReceivedMessageSize'))
  } else if (written) report.notice(at, 'notInForceYet', finding('maxBufferSize'))
}
