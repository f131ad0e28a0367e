/** What tells the entries of a collection apart. */
import type { z } from 'zod'
import type { Report } from './report.ts'
import type { CollectionMeta } from './schema.ts'
import { kinds } from './values.ts'
import type { XmlElement } from './xml.ts'

/** The key of an entry; undefined when a part of it was refused already, so that it is like no other. */
export function keyOf(entry: Readonly<Record<string, unknown>>, meta: CollectionMeta): string | undefined {
  const parts = meta.key.map((name) => entry[name])
  if (meta.oneOfKey) {
    const name = meta.key.find((_, index) => parts[index] !== undefined)
    return name === undefined ? undefined : `${name}=${entry[name]}`
  }
  if (parts.includes(undefined)) return undefined
  const key = parts.join('\n')
  return meta.caseSensitive ? key : key.toLowerCase()
}

/** Reports an entry that has none, or several, of the attributes of which it must have one. */
export function checkOneOfKey(
  element: XmlElement,
  schema: z.ZodObject,
  { key, oneOfKey }: CollectionMeta,
  report: Report,
): void {
  const written = key.filter((name) => element.attributes.has(name))
  if (!oneOfKey || written.length === 1) return
  const several = `has ${written.join(' and ')}; write exactly one of them in an entry`
  const choices = key.map((name) => `${name} (${kinds.get(schema.shape[name] as z.ZodType)?.range})`)
  report.problem(element, written.length > 1 ? several : `needs one of the attributes ${choices.join(' or ')}`)
}

/** Where the key stands, for a message about it. */
export function keyFinding(element: XmlElement, key: readonly string[]) {
  const attribute = key.findLast((name) => element.attributes.has(name)) ?? key.at(-1) ?? ''
  const value = element.attributes.get(attribute)
  return value === undefined ? { attribute } : { attribute, value }
}
