/** Reads `<applicationPools>`: the defaults, then every pool over them. */
import { childrenByName, only, reportUnknownAttributes } from './names.ts'
import { type Pool, PoolDefaults, PoolSchema } from './pool.ts'
import { checkIdentities, type Described } from './pool-identity.ts'
import { readElement } from './read-element.ts'
import type { Report } from './report.ts'
import type { XmlElement } from './xml.ts'

/** The pools by their names in lower case, in the order of the file. */
export function readPools(element: XmlElement, report: Report): ReadonlyMap<string, Pool> {
  reportUnknownAttributes(element, [], report)
  const children = childrenByName(element, ['add', 'applicationPoolDefaults'], report)
  const defaultsElement = only(children.get('applicationPoolDefaults'), report)
  const defaults = readElement(defaultsElement, PoolDefaults, report)

  const pools = new Map<string, Pool>()
  const described: Described[] = []
  const lines = new Map<string, number>()
  for (const child of children.get('add') ?? []) {
    const pool = readElement(child, PoolSchema, report, defaults)
    if (pool.name === undefined) continue
    const key = pool.name.toLowerCase()
    const before = lines.get(key)
    if (before !== undefined) {
      const finding = { attribute: 'name', value: pool.name }
      report.problem(child, `is the name of the pool in line ${before}; names are unique ignoring case`, finding)
      continue
    }
    lines.set(key, child.line())
    pools.set(key, pool)
    described.push({ element: child, processModel: pool.processModel })
  }
  checkIdentities(described, { element: defaultsElement, processModel: defaults.processModel }, report)
  if (pools.size === 0) report.problem(element, 'needs at least one pool: <add name="DefaultAppPool"/>')
  return pools
}
