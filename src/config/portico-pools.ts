/** What Portico has for pools besides their elements in `<applicationPools>`: `<poolDefaults>` and `<pools>` of `<portico>`. */
import type { z } from 'zod'
import { childrenByName, childrenNamed, only, reportUnknownAttributes } from './names.ts'
import { nearest } from './nearest.ts'
import type { Pool } from './pool.ts'
import { readElement } from './read-element.ts'
import type { Report } from './report.ts'
import { attribute, element, type Immutable, optional, required } from './schema.ts'
import { filledText, greatestInt, nodeArguments, time, uint } from './values.ts'
import type { XmlElement } from './xml.ts'

const settings = {
  nodeArguments: attribute(nodeArguments(), {
    default: '',
    means:
      'Arguments of Node for worker processes, with blanks between them, as --max-old-space-size=512. They apply before a worker process has taken the account of its pool: no file that they name may be writable by anybody else. Changed, they replace worker processes as every change of their configuration does.',
  }),
  maxWaitingConnections: attribute(uint({ min: 1, max: 1_000_000 }), {
    default: '10000',
    means:
      'Connections that may wait for the applications of the pool together, besides maxPendingConnections for each of them. Beyond it the application with the most loses its newest when a connection for another one comes, and is closed without a fault; so every application has its equal share.',
  }),
  waitingTimeLimit: optional(time({ min: 1, max: 4_294_967 }), {
    default: '00:05:00, or 3 × startupTimeLimit if that is longer',
    means:
      'Time that a connection may wait, from the moment that its via is known until its application has accepted it. Then it gets a fault that says why: ServerTooBusy or ServiceActivationFailed.',
  }),
  memoryLimit: attribute(uint(), {
    default: '0',
    means:
      'KB of memory that a worker process with its children may have; over it, all of them are killed. 0 is off. Where the memory controller of cgroup v2 is not given to Portico, it looks once a second, and what was taken between two looks is above the limit. A worker process that is recycled in time does without that: privateMemory of periodicRestart belongs well below.',
  }),
  processLimit: attribute(uint({ max: greatestInt }), {
    default: '0',
    means:
      'Processes and threads that a worker process with its children may have at once; further ones fail to start. 0 is off. Node itself has about a dozen threads. Needs the pids controller of cgroup v2.',
  }),
}

export const PorticoPoolDefaults = element(settings, { means: 'What pools have that do not say otherwise.' })

export const PorticoPoolSchema = element(
  { name: required(filledText(), { means: 'Name of a pool of applicationPools, ignoring case.' }), ...settings },
  {
    means:
      'What one pool has that IIS does not know. Each value comes from here, else from portico/poolDefaults, else it is the default.',
  },
)

/** Times in milliseconds. */
export type PorticoPool = Immutable<z.infer<typeof PorticoPoolDefaults>>

/** The settings of each of `pools`, which are known by their names in lower case. */
export function readPorticoPools(
  section: XmlElement | undefined,
  pools: ReadonlyMap<string, Pool>,
  report: Report,
): ReadonlyMap<string, PorticoPool> {
  const named = (name: string) => only(section ? childrenNamed(section, name) : [], report)
  const defaults = readElement(named('poolDefaults'), PorticoPoolDefaults, report)
  const settings = new Map(Array.from(pools.keys(), (key) => [key, defaults]))
  const lines = new Map<string, number>()
  for (const child of entries(named('pools'), report)) {
    const { name, ...own } = readElement(child, PorticoPoolSchema, report, defaults)
    if (name === undefined) continue
    const key = name.toLowerCase()
    const before = lines.get(key)
    const problem = (text: string) => report.problem(child, text, { attribute: 'name', value: name })
    if (before !== undefined) problem(`stands here twice; the first is in line ${before}`)
    else if (!pools.has(key)) problem(unknown(name, pools))
    lines.set(key, before ?? child.line())
    settings.set(key, own)
  }
  return settings
}

function entries(element: XmlElement | undefined, report: Report): readonly XmlElement[] {
  if (!element) return []
  reportUnknownAttributes(element, [], report)
  return childrenByName(element, ['add'], report).get('add') ?? []
}

function unknown(name: string, pools: ReadonlyMap<string, Pool>): string {
  const known = Array.from(pools.values(), (pool) => pool.name)
  const near = nearest(name, known, 3)
  return `names no pool; ${near === undefined ? `the pools are ${known.join(', ')}` : `did you mean ${near}?`}`
}
