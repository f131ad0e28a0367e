/** Data contracts as schemas: named objects, those derived from others, and enumerations. */
import { z } from 'zod'
import { type ContractInfo, contractInfo, register } from './contract-info.ts'
import { systemNamespace } from './contract-names.ts'
import { short } from './net-types.ts'

declare const nameOfContract: unique symbol

/** An object that is a data contract of this name. */
export type Contract<Name extends string, Shape extends z.core.$ZodShape> = z.ZodObject<Shape> & {
  readonly [nameOfContract]?: Name
}

type AnyContract = z.ZodObject & { readonly [nameOfContract]?: string }
type NameOf<C> = C extends { readonly [nameOfContract]?: infer Name extends string } ? Name : string

type Settings = Omit<ContractInfo, 'name' | 'itemName' | 'keyName' | 'valueName'>

/** A data contract: `contract('Person', { Name: z.string() }, { namespace: 'http://example.org/people' })`. */
export function contract<const Name extends string, Shape extends z.core.$ZodShape>(
  name: Name,
  members: Shape,
  settings?: Settings,
): Contract<Name, Shape>
/** One derived from `base`, whose members come first. */
export function contract<
  const Name extends string,
  Shape extends z.core.$ZodShape,
  BaseName extends string,
  BaseShape extends z.core.$ZodShape,
>(
  name: Name,
  members: Shape,
  settings: Settings & { readonly base: Contract<BaseName, BaseShape> },
): Contract<Name, z.core.util.Extend<BaseShape, Shape>>
export function contract(
  name: string,
  members: z.core.$ZodShape,
  settings: Settings & { readonly base?: AnyContract } = {},
): AnyContract {
  const { base, ...info } = settings
  const contract = { ...info, name }
  if (!base) return remember(register(z.object(members), { contract }), members)
  const descriptors = { ...descriptorsOf(base), ...Object.getOwnPropertyDescriptors(members) }
  const all = Object.defineProperties({}, descriptors) as z.core.$ZodShape
  return remember(register(z.object(all), { contract, base }), all)
}

/**
 * The members of contracts as they were given. Those that are getters, because contracts contain each other, stay so until
 * they are asked for; the `shape` of a schema asks for all.
 */
const written = new WeakMap<z.ZodObject, z.core.$ZodShape>()

function remember(schema: AnyContract, members: z.core.$ZodShape): AnyContract {
  written.set(schema, members)
  return schema
}

const descriptorsOf = (schema: AnyContract) => Object.getOwnPropertyDescriptors(written.get(schema) ?? schema.shape)

/** A value of a contract that says which: `{ $type: 'Dog', … }`. */
type Tagged<C extends AnyContract> = z.ZodObject<
  z.core.util.Extend<C['shape'], { readonly $type: z.ZodLiteral<NameOf<C>> }>
>
type TaggedOrNot<C extends AnyContract> = z.ZodObject<
  z.core.util.Extend<C['shape'], { readonly $type: z.ZodOptional<z.ZodLiteral<NameOf<C>>> }>
>

/**
 * A value of `base` or of a contract derived from it, as with KnownType. What is read says which one it is, in `$type`; what
 * is written needs that only for derived ones.
 */
export function knownTypes<Base extends AnyContract, const Derived extends readonly AnyContract[]>(
  base: Base,
  ...derived: Derived
): z.ZodUnion<readonly [...{ [Index in keyof Derived]: Tagged<Derived[Index]> }, TaggedOrNot<Base>]> {
  const tagged = derived.map((one) => one.extend({ $type: z.literal(contractInfo(one).name ?? '') }))
  const untagged = base.extend({ $type: z.literal(contractInfo(base).name ?? '').optional() })
  const union = z.union([...tagged, untagged])
  register(union, { knownTypes: [base, ...derived] })
  return union as unknown as ReturnType<typeof knownTypes<Base, Derived>>
}

/** An enumeration with a name: for lists and dictionaries of it. As entries, numbers stand for the names before them. */
export function enumeration<const Names extends readonly string[]>(
  name: string,
  values: Names,
  settings?: Pick<ContractInfo, 'namespace'>,
): z.ZodEnum<z.core.util.ToEnum<Names[number]>>
export function enumeration<const Entries extends z.core.util.EnumLike>(
  name: string,
  entries: Entries,
  settings?: Pick<ContractInfo, 'namespace'>,
): z.ZodEnum<Entries>
export function enumeration(
  name: string,
  values: readonly string[] | z.core.util.EnumLike,
  settings: Pick<ContractInfo, 'namespace'> = {},
): z.ZodEnum {
  const schema = Array.isArray(values) ? z.enum(values as readonly string[]) : z.enum(values as z.core.util.EnumLike)
  return register(schema as z.ZodEnum, { contract: { ...settings, name } })
}

/** An enumeration with [Flags]: a number, the sum of members. */
export function flags(
  name: string,
  members: Readonly<Record<string, number>>,
  settings: Pick<ContractInfo, 'namespace'> = {},
): z.ZodInt {
  return register(z.int(), { flags: members, contract: { ...settings, name } })
}

/** DateTimeOffset: the moment in UTC, and the offset in minutes of the clock that showed it. */
export const dateTimeOffset = () =>
  contract('DateTimeOffset', { DateTime: z.date(), OffsetMinutes: short() }, { namespace: systemNamespace })
