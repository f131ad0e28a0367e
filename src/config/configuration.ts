/** The configuration of Portico: both files read, checked as a whole, and resolved to the values in force. */
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { PorticoError } from '#base/errors.ts'
import { hostElement, type WebLimits } from './host.ts'
import { childrenNamed, only } from './names.ts'
import type { Surroundings } from './physical-path.ts'
import type { Pool } from './pool.ts'
import { type PorticoSettings, readPortico } from './portico.ts'
import { readElement } from './read-element.ts'
import { type FileRead, readFile } from './read-file.ts'
import { readPools } from './read-pools.ts'
import { readSharing, type Sharing } from './read-sharing.ts'
import { readSites, type Site } from './read-sites.ts'
import { type Notice, Report } from './report.ts'
import { checkSections, type FileName, sectionOf } from './sections.ts'
import type { XmlElement } from './xml.ts'

export type { AllowedAccount } from './accounts.ts'
export type { Binding } from './binding.ts'
export type { IdentityType, Pool } from './pool.ts'
export type { PorticoSettings, SharingStartMode } from './portico.ts'
export type { PorticoPool } from './portico-pools.ts'
export type { Application } from './read-applications.ts'
export type { Sharing } from './read-sharing.ts'
export type { ApplicationDefaults, Site } from './read-sites.ts'
export type { Notice, Problem } from './report.ts'

export interface Configuration {
  /** By their names in lower case; never empty. */
  readonly pools: ReadonlyMap<string, Pool>
  /** The one with the lowest id first: that is the default site, which holds the applications deployed as folders. */
  readonly sites: readonly Site[]
  readonly sharing: Sharing
  readonly portico: PorticoSettings
  readonly limits: WebLimits
  /** What the files say that has no effect. */
  readonly notices: readonly Notice[]
  /** The files that decide, absolute, whether they exist or not. */
  readonly files: readonly string[]
}

/** What the result depends on besides the files. */
export interface Machine {
  readonly processors: number
  readonly environment: Surroundings['environment']
}

/**
 * Reads `applicationHost.config` and `SMSvcHost.exe.config` in `directory`. Without the latter the defaults of sharing
 * apply. Throws CONFIG_UNREADABLE, or CONFIG_INVALID with everything that is wrong in both.
 */
export async function readConfiguration(directory: string, machine: Partial<Machine> = {}): Promise<Configuration> {
  const { processors = availableParallelism(), environment = process.env } = machine
  const hostFile = join(resolve(directory), 'applicationHost.config')
  const sharingFile = join(resolve(directory), 'SMSvcHost.exe.config')
  const report = new Report()
  const host = await readFile(hostFile)
  if (host === 'missing') {
    throw new PorticoError('CONFIG_UNREADABLE', { file: hostFile, reason: 'there is no such file' })
  }
  const shared = await readFile(sharingFile)

  const hostRoot = rootOf(host, 'applicationHost.config', report)
  const sharingRoot = shared === 'missing' ? undefined : rootOf(shared, 'SMSvcHost.exe.config', report)
  const { pools, sites, limits } = readHost(hostRoot, { directory, environment }, report)
  const parts = {
    pools,
    sites,
    limits,
    portico: readPortico(sectionOf(hostRoot, 'portico', report), pools, processors, report),
    sharing: readSharing(
      sectionOf(sharingRoot, 'system.serviceModel.activation', report),
      sharingFile,
      processors,
      report,
    ),
  }
  report.refuseProblems()
  return Object.freeze({
    ...parts,
    notices: report.noticesInOrder(),
    files: Object.freeze([hostFile, sharingFile]),
  })
}

/** The root element of a file that could be read; what keeps it from being read is a problem. */
function rootOf(file: FileRead, name: FileName, report: Report): XmlElement | undefined {
  if ('problem' in file) {
    report.problems.push(file.problem)
    return undefined
  }
  checkSections(file.root, name, report)
  return file.root
}

function readHost(root: XmlElement | undefined, surroundings: Surroundings, report: Report) {
  const section = sectionOf(root, 'system.applicationHost', report)
  const { webLimits: limits } = readElement(section, hostElement, report, undefined, ['applicationPools', 'sites'])
  if (section === undefined) {
    if (root) report.problem(root, 'needs the section system.applicationHost')
    return { pools: new Map<string, Pool>(), sites: [], limits }
  }
  const poolsElement = only(childrenNamed(section, 'applicationPools'), report)
  if (poolsElement === undefined) report.problem(section, 'needs applicationPools with at least one pool')
  const pools = poolsElement ? readPools(poolsElement, report) : new Map<string, Pool>()
  const sites = readSites(only(childrenNamed(section, 'sites'), report), pools, surroundings, report)
  return { pools, sites, limits }
}
