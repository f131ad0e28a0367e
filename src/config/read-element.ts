/** Reads one element as its schema describes it: own value, else the inherited one, else the schema's default. */
import { z } from 'zod'
import { checkOneOfKey, keyFinding, keyOf } from './entry-key.ts'
import { childrenByName, only, reportUnknownAttributes } from './names.ts'
import type { Report } from './report.ts'
import { attributes, collections, elements, type Immutable } from './schema.ts'
import type { XmlElement } from './xml.ts'

/** Names of children that a caller reads itself; `any` when it looks at all of them. */
type Elsewhere = readonly string[] | 'any'

/**
 * The values of `element`; absent parts come from `inherited`, then from the schema. What is wrong goes to `report`
 * and takes the value that it would have had if it were absent, so that the rest can be checked as well. Children
 * named in `elsewhere` are left to the caller.
 */
export function readElement<S extends z.ZodObject>(
  element: XmlElement | undefined,
  schema: S,
  report: Report,
  inherited?: Immutable<Partial<z.output<S>>>,
  elsewhere: Elsewhere = [],
): Immutable<z.output<S>> {
  if (element === undefined) return inherited ? { ...absent(schema), ...inherited } : absent(schema)
  const meta = elements.get(schema)
  const effect = meta?.effect ?? 'inForce'
  if (effect !== 'inForce' && !meta?.noticedByReader) report.notice(element, effect, {}, meta?.why)

  const shape: z.ZodRawShape = schema.shape
  const attributeNames = Object.keys(shape).filter((name) => attributes.has(shape[name] as z.ZodType))
  const childNames = Object.keys(shape).filter((name) => !attributes.has(shape[name] as z.ZodType))
  reportUnknownAttributes(element, attributeNames, report)
  const others = elsewhere === 'any' ? element.children.map(({ name }) => name) : elsewhere
  const children = childrenByName(element, [...childNames, ...others], report, meta?.foreign)

  const from = (inherited ?? {}) as Record<string, unknown>
  const values: Record<string, unknown> = {}
  for (const name of attributeNames) {
    values[name] = readAttribute(element, name, shape[name] as z.ZodType, report, effect === 'inForce', from[name])
  }
  for (const name of childNames) {
    const child = only(children.get(name), report)
    const part = shape[name]
    if (part instanceof z.ZodObject) values[name] = readElement(child, part, report, from[name] as never)
    if (part instanceof z.ZodArray) values[name] = readCollection(child, part as never, report, from[name] as never)
  }
  // The keys are those of the shape, and each value came from its own part of the schema.
  return Object.freeze(values) as Immutable<z.output<S>>
}

/** An entry of a collection, and the element that it was read from. */
export interface Entry<I extends z.ZodObject> {
  readonly at: XmlElement
  readonly values: Immutable<z.output<I>>
}

/** The entries of a collection, the inherited ones first, after `add`, `remove` and `clear` in their order. */
export function readCollection<I extends z.ZodObject>(
  element: XmlElement | undefined,
  schema: z.ZodArray<I>,
  report: Report,
  inherited: readonly Immutable<z.output<I>>[] = [],
): readonly Immutable<z.output<I>>[] {
  const meta = collections.get(schema)
  if (element === undefined || meta === undefined) return inherited
  const above = inherited.map((values) => [keyOf(values, meta), { values }] as const)
  return Object.freeze([...collect(element, schema, report, above).values()].map(({ values }) => values))
}

/**
 * The same for a collection that inherits nothing, each entry with its element. Children of an entry that are named in
 * `elsewhere` are left to the caller.
 */
export function readEntries<I extends z.ZodObject>(
  element: XmlElement | undefined,
  schema: z.ZodArray<I>,
  report: Report,
  elsewhere: Elsewhere = [],
): readonly Entry<I>[] {
  if (element === undefined) return []
  const entries = [...collect(element, schema, report, [], elsewhere).values()]
  return entries.flatMap(({ at, values }) => (at ? [{ at, values }] : []))
}

function collect<I extends z.ZodObject>(
  element: XmlElement,
  schema: z.ZodArray<I>,
  report: Report,
  inherited: Iterable<readonly [unknown, Inheritable<I>]>,
  elsewhere: Elsewhere = [],
): ReadonlyMap<unknown, Inheritable<I>> {
  const entries = new Map<unknown, Inheritable<I>>(inherited)
  const meta = collections.get(schema)
  if (meta === undefined) return entries
  reportUnknownAttributes(element, [], report)
  const commands = [meta.item, ...(meta.remove ? ['remove'] : []), ...(meta.clear ? ['clear'] : [])]
  childrenByName(element, commands, report)

  const own = new Map<unknown, XmlElement>()
  for (const child of element.children) {
    if (child.name === 'clear' && meta.clear) {
      reportUnknownAttributes(child, [], report)
      entries.clear()
      own.clear()
    } else if (child.name === 'remove' && meta.remove) {
      const shape = Object.fromEntries(meta.key.map((name) => [name, schema.element.shape[name] as z.ZodType]))
      const key = keyOf(readElement(child, z.strictObject(shape), report), meta)
      checkOneOfKey(child, schema.element, meta, report)
      entries.delete(key)
      own.delete(key)
    } else if (child.name === meta.item) {
      const values = readElement(child, schema.element, report, undefined, elsewhere)
      const key = keyOf(values, meta)
      checkOneOfKey(child, schema.element, meta, report)
      if (key === undefined) continue
      const before = own.get(key)
      if (before)
        report.problem(child, `stands here twice; the first is in line ${before.line()}`, keyFinding(child, meta.key))
      own.set(key, child)
      entries.set(key, { at: child, values })
    }
  }
  return entries
}

interface Inheritable<I extends z.ZodObject> {
  /** Undefined when it is inherited. */
  readonly at?: XmlElement
  readonly values: Immutable<z.output<I>>
}

function readAttribute(
  element: XmlElement,
  name: string,
  schema: z.ZodType,
  report: Report,
  noticed: boolean,
  inherited: unknown,
): unknown {
  const written = element.attributes.get(name)
  const meta = attributes.get(schema)
  if (written === undefined) {
    if (inherited !== undefined) return inherited
    const missing = schema.safeParse(undefined)
    if (!missing.success) report.problem(element, `needs the attribute ${name}`)
    return missing.data
  }
  const finding = meta?.secret ? { attribute: name } : { attribute: name, value: written }
  const read = schema.safeParse(written)
  if (!read.success) {
    report.problem(element, read.error.issues[0]?.message ?? 'is not valid', finding)
    return inherited ?? schema.safeParse(undefined).data
  }
  const effect = meta?.effect ?? 'inForce'
  if (noticed && effect !== 'inForce' && !meta?.noticedByReader && !actsAs(schema, meta?.actsAs, read.data))
    report.notice(element, effect, finding, meta?.why)
  return read.data
}

/** Whether Portico behaves like `value` although nothing acts on the attribute. */
function actsAs(schema: z.ZodType, text: string | undefined, value: unknown): boolean {
  return text !== undefined && JSON.stringify(schema.parse(text)) === JSON.stringify(value)
}

const defaults = new WeakMap<z.ZodType, unknown>()

/** What an element that isn't written amounts to. */
function absent<S extends z.ZodObject>(schema: S): Immutable<z.output<S>> {
  const known = defaults.get(schema)
  if (known !== undefined) return known as Immutable<z.output<S>>
  const values: Record<string, unknown> = {}
  for (const [name, part] of Object.entries(schema.shape as z.ZodRawShape)) {
    if (part instanceof z.ZodObject) values[name] = absent(part)
    else if (part instanceof z.ZodArray) values[name] = Object.freeze([])
    else values[name] = (part as z.ZodType).safeParse(undefined).data
  }
  defaults.set(schema, Object.freeze(values))
  return values as Immutable<z.output<S>>
}
