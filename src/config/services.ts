/** What an application's folder says of its services: its web.config and its .svc files, read and checked as a whole. */
import { basename } from 'node:path'
import type { PorticoError } from '#base/errors.ts'
import { defaultEndpoint, type ServiceEndpoint } from './read-endpoints.ts'
import { readFile } from './read-file.ts'
import { type ReadSvc, readSvcFiles } from './read-svc-files.ts'
import { type Notice, Report } from './report.ts'
import { type ServiceFiles, serviceFilesIn } from './service-files.ts'
import { type Activation, readWebConfig, type WebConfig } from './web-config.ts'
import type { XmlElement } from './xml.ts'

export type { ServiceEndpoint } from './read-endpoints.ts'
export type { TcpTransport } from './read-tcp-bindings.ts'
export type { Notice } from './report.ts'

export interface ApplicationServices {
  /** Those of serviceActivations in the order of the file, then those of .svc files by path. Empty: the application is one service at its own path. */
  readonly services: readonly HostedService[]
  /** The endpoints of an application without services of that kind: those of all service elements, in the order of the file. */
  readonly own: readonly ServiceEndpoint[]
  /** What is written and has no effect. */
  readonly notices: readonly Notice[]
}

export interface HostedService {
  /** Path below the application, canonical and escaped, in the spelling of the file: `/orders.svc`. Unique ignoring case. */
  readonly path: string
  /** The service element's name, and that of the service in the application; undefined with a factory only. */
  readonly name: string | undefined
  readonly factory: string | undefined
  /** The .svc file, or `<web.config>:<line>`. */
  readonly definedAt: string
  /** Those over net.tcp. */
  readonly endpoints: readonly ServiceEndpoint[]
  /** Why it can't be activated, while the others can. */
  readonly problem: PorticoError | undefined
}

/** Throws CONFIG_UNREADABLE, or CONFIG_INVALID with everything that is wrong in the web.config. */
export async function readServices(folder: string): Promise<ApplicationServices> {
  const files = await serviceFilesIn(folder)
  const report = new Report()
  const root = await rootOf(files, report)
  const config = readWebConfig(root, report)
  const svcFiles = await readSvcFiles(files.serviceFiles)
  const services = hosted(config, svcFiles, report)
  const own = services.length > 0 ? [] : ownEndpoints(config)

  noticeUnsearched(files, report)
  noticeUnnamed(services, config, report)
  noticeSecurity(services.length > 0 ? services.flatMap(({ endpoints }) => endpoints) : own, config, report)
  report.refuseProblems()
  return Object.freeze({
    services: Object.freeze(services),
    own: Object.freeze(own),
    notices: report.noticesInOrder(),
  })
}

async function rootOf({ webConfig, otherWebConfigs }: ServiceFiles, report: Report): Promise<XmlElement | undefined> {
  for (const file of otherWebConfigs) {
    const expected = `stands beside ${webConfig}, which is the same name for Windows; keep one of them`
    report.problems.push({ file, line: 1, expected })
  }
  const read = webConfig === undefined ? 'missing' : await readFile(webConfig)
  if (read === 'missing') return undefined
  if ('root' in read) return read.root
  report.problems.push(read.problem)
  return undefined
}

function hosted(config: WebConfig, svcFiles: readonly ReadSvc[], report: Report): HostedService[] {
  const bySvc = new Map(svcFiles.map((svc) => [svc.path.toLowerCase(), svc]))
  const activations = config.activations.filter(({ at, path }) => {
    // A .svc file is copied and removed alone; whoever adds one to a folder means it to be the service.
    const svc = bySvc.get(path.toLowerCase())
    if (svc) report.notice(at, 'noEffect', {}, `has no effect: the file ${svc.file} has the same path`)
    return svc === undefined
  })
  for (const svc of svcFiles) report.notices.push(...svc.notices)
  return [
    ...activations.map((activation) => ofActivation(activation, config)),
    ...svcFiles.map((svc) => ofSvc(svc, config)),
  ]
}

function ofActivation({ at, path, service, factory }: Activation, config: WebConfig): HostedService {
  const definedAt = `${at.file}:${at.line()}`
  return freezeService(path, service, factory, definedAt, config)
}

function ofSvc({ path, service = '', factory = '', file, problem }: ReadSvc, config: WebConfig): HostedService {
  return freezeService(path, service, factory, file, config, problem)
}

function freezeService(
  path: string,
  service: string,
  factory: string,
  definedAt: string,
  config: WebConfig,
  problem?: PorticoError,
): HostedService {
  const name = typeName(service) || undefined
  const written = name === undefined ? undefined : config.services.get(name)
  const endpoints = problem ? [] : (written?.endpoints ?? [defaultEndpoint(config.transports)])
  return Object.freeze({
    path,
    name,
    factory: factory.trim() || undefined,
    definedAt,
    endpoints: Object.freeze(endpoints),
    problem,
  })
}

/** The name of a .NET type without that of its assembly: `Ns.Type` of `Ns.Type, Assembly, Version=1.0`. */
function typeName(written: string): string {
  let depth = 0
  const end = [...written].findIndex((character) => {
    if (character === '[') depth++
    if (character === ']') depth--
    return character === ',' && depth === 0
  })
  return (end < 0 ? written : [...written].slice(0, end).join('')).trim()
}

/** The endpoints of all service elements. Default endpoints are all the same, so one stands for them. */
function ownEndpoints(config: WebConfig): ServiceEndpoint[] {
  if (config.services.size === 0) return [defaultEndpoint(config.transports)]
  const all = [...config.services.values()].flatMap(({ endpoints }) => endpoints)
  const firstDefault = all.findIndex(({ at }) => at === undefined)
  return all.filter(({ at }, index) => at !== undefined || index === firstDefault)
}

/** Service elements that no service has the name of; a factory may have chosen any of them. */
function noticeUnnamed(services: readonly HostedService[], config: WebConfig, report: Report): void {
  if (services.length === 0 || services.some(({ name }) => name === undefined)) return
  const names = new Set(services.map(({ name }) => name))
  for (const [name, { at }] of config.services) {
    if (names.has(name)) continue
    const why = 'has no effect: no .svc file and no activation names it; upper and lower case differ'
    report.notice(at, 'noEffect', { attribute: 'name', value: name }, why)
  }
}

function noticeSecurity(endpoints: readonly ServiceEndpoint[], { transports }: WebConfig, report: Report): void {
  for (const transport of new Set(endpoints.map((endpoint) => endpoint.transport))) {
    const demand = transports.demands.get(transport)
    if (!demand) continue
    const { at, attribute, why } = demand
    const value = attribute === undefined ? undefined : at.attributes.get(attribute)
    const finding = attribute === undefined ? {} : { attribute, ...(value === undefined ? {} : { value }) }
    report.notice(at, 'notInForceYet', finding, why)
  }
}

function noticeUnsearched({ unsearched }: ServiceFiles, report: Report): void {
  for (const file of unsearched) {
    const why =
      'was not searched for .svc files to its end: it is closed to this account, lies too deep or holds too much'
    report.notices.push({ file, line: 1, kind: 'noEffect', text: `${file}: the folder ${basename(file)} ${why}` })
  }
}
