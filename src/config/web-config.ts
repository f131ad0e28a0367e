/** Reads what a web.config says of the services of its application. */
import { checkBaseAddresses, checkEach } from './base-addresses.ts'
import { hostingEnvironmentElement, serviceActivations, transportTypeElement } from './hosting-environment.ts'
import { childrenAmongOthers, childrenNamed, only, reportUnknownAttributes } from './names.ts'
import { nearest } from './nearest.ts'
import { readElement, readEntries } from './read-element.ts'
import { defaultEndpoint, readEndpoint, type ServiceEndpoint, type Transports, withStandard } from './read-endpoints.ts'
import { readTcpBindings } from './read-tcp-bindings.ts'
import type { Report } from './report.ts'
import { hostElement, services } from './service.ts'
import { otherSections } from './wcf-names.ts'
import type { XmlElement } from './xml.ts'

/** A `<service>` element. */
export interface WrittenService {
  readonly at: XmlElement
  /** Those over net.tcp; the default one when it has no endpoint at all. */
  readonly endpoints: readonly ServiceEndpoint[]
}

/** An entry of serviceActivations. */
export interface Activation {
  readonly at: XmlElement
  readonly path: string
  /** Empty when there is none; one of the two is written. */
  readonly service: string
  readonly factory: string
}

export interface WebConfig {
  /** By name, in the order of the file. */
  readonly services: ReadonlyMap<string, WrittenService>
  readonly activations: readonly Activation[]
  readonly transports: Transports
}

const section = 'system.serviceModel'
const parts = ['bindings', 'services', 'serviceHostingEnvironment']

/** `root` is undefined when there is no web.config. */
export function readWebConfig(root: XmlElement | undefined, report: Report): WebConfig {
  const element = root && sectionIn(root, report)
  if (element) reportUnknownAttributes(element, [], report)
  const ours = element ? childrenAmongOthers(element, parts, otherSections, report) : []
  const part = (name: string) =>
    only(
      ours.filter((child) => child.name === name),
      report,
    )
  const transports = withStandard(readTcpBindings(part('bindings'), report))
  return {
    services: readServiceElements(part('services'), transports, report),
    activations: readActivations(part('serviceHostingEnvironment'), report),
    transports,
  }
}

/** The section for the application itself: `<location>` may hold it too, if its path is the application's. */
function sectionIn(root: XmlElement, report: Report): XmlElement | undefined {
  const found: XmlElement[] = []
  for (const child of root.children) {
    if (child.name === section) found.push(child)
    else if (child.name === 'location') {
      const inside = childrenNamed(child, section)
      if (['', '.'].includes(child.attributes.get('path')?.trim() ?? '')) found.push(...inside)
      else
        for (const each of inside)
          report.notice(each, 'noEffect', {}, 'is not read: it stands in a location for a part of the application')
    } else if (nearest(child.name, [section], 2) !== undefined)
      report.problem(child, `is not a known section; did you mean ${section}?`)
  }
  return only(found, report)
}

function readServiceElements(
  element: XmlElement | undefined,
  transports: Transports,
  report: Report,
): ReadonlyMap<string, WrittenService> {
  const entries = readEntries(element, services, report, ['endpoint', 'host']).map(({ at, values }) => {
    const written = childrenNamed(at, 'endpoint')
    const read = written.flatMap((child) => readEndpoint(child, transports, report) ?? [])
    const host = only(childrenNamed(at, 'host'), report)
    if (host) {
      readElement(host, hostElement, report)
      checkBaseAddresses(host, report)
    }
    const endpoints = written.length === 0 ? [defaultEndpoint(transports)] : read
    return [values.name, { at, endpoints: Object.freeze(endpoints) }] as const
  })
  return new Map(entries)
}

function readActivations(element: XmlElement | undefined, report: Report): readonly Activation[] {
  if (element === undefined) return []
  const elsewhere = ['serviceActivations', 'add', 'remove', 'clear']
  readElement(element, hostingEnvironmentElement, report, undefined, elsewhere)
  for (const add of childrenNamed(element, 'add')) readElement(add, transportTypeElement, report)
  for (const filters of childrenNamed(element, 'baseAddressPrefixFilters'))
    checkEach(childrenNamed(filters, 'add'), 'prefix', report)

  const collection = only(childrenNamed(element, 'serviceActivations'), report)
  return readEntries(collection, serviceActivations, report).map(({ at, values }) => {
    const { relativeAddress: path, service, factory } = values
    if (service === '' && factory === '') report.problem(at, 'needs one of the attributes service and factory')
    return { at, path, service, factory }
  })
}
