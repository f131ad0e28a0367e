/** How a schema describes elements and attributes: types, defaults, ranges, meaning and effect, in one place. */
import { z } from 'zod'
import { kinds } from './values.ts'

/**
 * What a value that is written in a file does.
 * `inForce`: what it says. `notInForceYet`: nothing until a part of Portico uses it. `notOnLinux`: nothing, ever.
 * `noEffect`: nothing, because something else decides.
 */
export type Effect = 'inForce' | 'notInForceYet' | 'notOnLinux' | 'noEffect'

interface Meaning {
  /** Sentences for the administrator: what it is, its unit, what surprises. */
  readonly means: string
  /** `inForce` unless it says otherwise. */
  readonly effect?: Effect
  /** Of something without effect: completes "is accepted but …" where the effect alone would say too little. */
  readonly why?: string
  /** Of something without effect: whether its reader gives the notice, because only some of it is worth one. */
  readonly noticedByReader?: boolean
}

/** What is known of an attribute besides the values that it takes. */
export interface AttributeMeta extends Meaning {
  /** What an absent attribute means, as text; undefined when it, or another in its place, has to be written. */
  readonly default?: string
  /** Of an attribute without effect: the value that Portico behaves like anyway, so that writing it is no news. */
  readonly actsAs?: string
  /** Whether its value may not be shown. */
  readonly secret?: boolean
}

/** What is known of an element besides its attributes and children. */
export interface ElementMeta extends Meaning {
  /** Children that belong to other programs: accepted, not read. */
  readonly foreign?: Readonly<Record<string, string>>
}

/** How a collection is written: entries that a key tells apart, over those it inherits. */
export interface CollectionMeta extends Meaning {
  readonly item: string
  /** The attributes that make an entry unique; compared ignoring case unless `caseSensitive`. */
  readonly key: readonly string[]
  readonly caseSensitive?: boolean
  /** Whether exactly one attribute of the key is written: it names the entry. Compared as it was read. */
  readonly oneOfKey?: boolean
  readonly remove?: boolean
  readonly clear?: boolean
}

export const attributes = z.registry<AttributeMeta>()
export const elements = z.registry<ElementMeta>()
export const collections = z.registry<CollectionMeta>()

/** A kind of value, as `values.ts` makes them. */
type Value<T> = z.ZodType<T, string>

/** An attribute with a default, which is written as an administrator would write it. */
export function attribute<T>(value: Value<T>, meta: AttributeMeta & { readonly default: string }) {
  return described(value.prefault(meta.default), value, meta)
}

/** An attribute that has to be written. */
export function required<T>(value: Value<T>, meta: Omit<AttributeMeta, 'default'>) {
  return described(value, value, meta)
}

/** An attribute whose absence is a value of its own; `default` says in words what follows from it. */
export function optional<T>(value: Value<T>, meta: AttributeMeta & { readonly default: string }) {
  return described(value.optional(), value, meta)
}

/** An attribute that is written unless another is in its place. */
export function alternative<T>(value: Value<T>, meta: Omit<AttributeMeta, 'default'>) {
  return described(value.optional(), value, meta)
}

export function element<S extends z.ZodRawShape>(shape: S, meta: ElementMeta) {
  const schema = z.strictObject(shape)
  elements.add(schema, meta)
  return schema
}

export function collection<S extends z.ZodObject>(item: S, meta: CollectionMeta) {
  const schema = z.array(item)
  collections.add(schema, meta)
  return schema
}

function described<S extends z.ZodType>(schema: S, value: z.ZodType, meta: AttributeMeta): S {
  attributes.add(schema, meta)
  const kind = kinds.get(value)
  if (kind) kinds.add(schema, kind)
  return schema
}

/** The same, all the way down, for readers only. */
export type Immutable<T> = T extends readonly (infer E)[]
  ? readonly Immutable<E>[]
  : T extends object
    ? { readonly [K in keyof T]: Immutable<T[K]> }
    : T
