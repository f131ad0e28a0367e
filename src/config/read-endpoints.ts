/** Reads the endpoints of a service: those over net.tcp with what their binding sets; others are left out. */
import { schemeOf } from './base-addresses.ts'
import { childrenNamed } from './names.ts'
import { nearest, suggestion } from './nearest.ts'
import { readElement } from './read-element.ts'
import { demandOf, standardTransport, type TcpBindings, type TcpTransport } from './read-tcp-bindings.ts'
import type { Report } from './report.ts'
import { endpointElement } from './service.ts'
import { bindingNames } from './wcf-names.ts'
import type { XmlElement } from './xml.ts'

export interface ServiceEndpoint {
  /** As written. */
  readonly address: string
  /** As written; empty when it isn't. */
  readonly listenUri: string
  readonly contract: string
  readonly name: string
  readonly binding: string
  readonly bindingConfiguration: string
  /** Where it stands, as `<file>:<line>`; undefined for a default endpoint, which nobody wrote. */
  readonly at: string | undefined
  readonly transport: TcpTransport
}

/** What endpoints find their transports in: the configurations, and what those have that name none. */
export interface Transports extends TcpBindings {
  /** Of netTcpBinding without a configuration. */
  readonly standard: TcpTransport
}

export function withStandard(bindings: TcpBindings): Transports {
  return { ...bindings, standard: bindings.netTcp.get('') ?? standardTransport() }
}

/** The endpoint of a service that has none in the file. */
export function defaultEndpoint({ standard }: Transports): ServiceEndpoint {
  return Object.freeze({
    address: '',
    listenUri: '',
    contract: '',
    name: '',
    binding: 'netTcpBinding',
    bindingConfiguration: '',
    at: undefined,
    transport: standard,
  })
}

/** The endpoint; undefined when it isn't one over net.tcp, and when it is wrong. */
export function readEndpoint(at: XmlElement, transports: Transports, report: Report): ServiceEndpoint | undefined {
  const written = readElement(at, endpointElement, report, undefined, ['headers', 'identity'])
  for (const headers of childrenNamed(at, 'headers')) {
    const why = 'is not in force: messages are not chosen by their headers'
    if (headers.children.length > 0) report.notice(headers, 'notInForceYet', {}, why)
  }
  const { binding, kind } = written
  const needs = (attribute: string) =>
    report.problem(at, `needs the attribute ${attribute}: without it the endpoint would not open`)
  if (kind === '' && binding === '') needs('binding')
  if (kind === '' && written.contract === '') needs('contract')
  const transport = binding === '' ? undefined : transportOf(at, written, transports, report)
  if (transport === undefined) {
    if (binding === '' && kind !== '') leaveOut(at, 'kind', kind, report)
    return undefined
  }
  checkAddresses(at, report)
  if (written.listenUriMode === 'Unique') {
    const value = at.attributes.get('listenUriMode') ?? ''
    const expected = 'must be Explicit: no client could find out the address that Unique makes up'
    report.problem(at, expected, { attribute: 'listenUriMode', value })
  }
  const { address, listenUri, contract, name, bindingConfiguration } = written
  const place = `${at.file}:${at.line()}`
  return Object.freeze({ address, listenUri, contract, name, binding, bindingConfiguration, at: place, transport })
}

/** The transport that the endpoint's binding sets; undefined when it isn't net.tcp, and when it is wrong. */
function transportOf(
  at: XmlElement,
  { binding, bindingConfiguration: name }: { readonly binding: string; readonly bindingConfiguration: string },
  transports: Transports,
  report: Report,
): TcpTransport | undefined {
  if (binding === 'netTcpBinding') {
    if (name !== '') return transports.netTcp.get(name) ?? unknown(at, binding, transports.netTcp.keys(), report)
    const demand = transports.netTcp.has('') ? undefined : demandOf(at)
    // Nothing but the endpoint says it, so the first one without a configuration is where it can be said.
    if (demand && !transports.demands.has(transports.standard)) transports.demands.set(transports.standard, demand)
    return transports.standard
  }
  if (binding === 'mexTcpBinding') {
    if (name === '' || transports.mexTcp.has(name)) return standardTransport()
    return unknown(at, binding, transports.mexTcp, report)
  }
  if (binding === 'customBinding') {
    if (!transports.custom.has(name)) return unknown(at, binding, transports.custom.keys(), report)
    const transport = transports.custom.get(name)
    if (transport === undefined) leaveOut(at, 'bindingConfiguration', name, report)
    return transport
  }
  const near = bindingNames.includes(binding) ? undefined : nearest(binding, bindingNames, 2)
  if (near === undefined) leaveOut(at, 'binding', binding, report)
  else {
    const expected = `is not a known binding; ${suggestion(binding, bindingNames)}`
    report.problem(at, expected, { attribute: 'binding', value: binding })
  }
  return undefined
}

function unknown(at: XmlElement, binding: string, known: Iterable<string>, report: Report): undefined {
  const value = at.attributes.get('bindingConfiguration') ?? ''
  const names = [...known].filter((name) => name !== '')
  if (value === '') report.problem(at, `needs bindingConfiguration: ${binding} has no configuration without a name`)
  else {
    const hint = names.length === 0 ? 'it has none with a name' : suggestion(value, names)
    const expected = `names no configuration of ${binding} in this file; ${hint}`
    report.problem(at, expected, { attribute: 'bindingConfiguration', value })
  }
}

function leaveOut(at: XmlElement, attribute: string, value: string, report: Report): void {
  const why = 'is left out: served are netTcpBinding, mexTcpBinding, and customBinding with tcpTransport'
  report.notice(at, 'noEffect', { attribute, value }, why)
}

function checkAddresses(at: XmlElement, report: Report): void {
  for (const attribute of ['address', 'listenUri']) {
    const value = at.attributes.get(attribute) ?? ''
    const scheme = schemeOf(value)
    if (scheme === undefined || scheme === 'net.tcp') continue
    report.problem(at, `has the scheme ${scheme}; the binding needs net.tcp`, { attribute, value })
  }
}
