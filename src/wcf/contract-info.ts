/** What an author says of a schema beyond its type: its names, its order, and which type of .NET it is. */
import { z } from 'zod'
import { ContractError } from './contract-error.ts'
import type { SimpleTypeName } from './simple-types.ts'

/** Of objects, enumerations, and of lists and dictionaries with names of their own. In `.meta(…)`, or through `contract` and the like. */
export interface ContractInfo {
  /** The name of the data contract. */
  readonly name?: string
  readonly namespace?: string
  /** Members in their order, by their keys; those that aren't mentioned come first, by their names. As `Order` in .NET. */
  readonly order?: readonly string[]
  /** The names of members in XML, by their keys, where they differ. */
  readonly names?: Readonly<Record<string, string>>
  /** Of lists and dictionaries: as in CollectionDataContract. */
  readonly itemName?: string
  readonly keyName?: string
  readonly valueName?: string
}

/** What only the helpers of this folder say. */
export interface HelperInfo {
  readonly contract?: ContractInfo
  readonly simple?: SimpleTypeName
  /** Of an object: the contract whose members come first. */
  readonly base?: z.ZodObject
  /** Of an enumeration: that it is a sum of its members. */
  readonly flags?: Readonly<Record<string, number>>
  /** Of a union: the contracts that may stand there, the declared one first. */
  readonly knownTypes?: readonly z.ZodObject[]
  /** How many checks the helper itself has declared, which the type enforces anyway. */
  readonly ownChecks?: number
}

// As unknown, since zod computes with the type of what is registered, schemas inside included.
const helpers = z.registry<{ readonly info: unknown }>()

/** Remembers what a helper says, and gives the schema back. */
export function register<S extends z.ZodType>(schema: S, info: HelperInfo): S {
  const ownChecks = schema._zod.def.checks?.length ?? 0
  const says: HelperInfo = { ...info, ownChecks }
  helpers.add(schema, { info: says })
  return schema
}

export function helperInfo(schema: z.core.$ZodType): HelperInfo {
  return (helpers.get(schema)?.info as HelperInfo | undefined) ?? {}
}

const ContractInfoSchema = z.object({
  name: z.string().optional(),
  namespace: z.string().optional(),
  order: z.array(z.string()).optional(),
  names: z.record(z.string(), z.string()).optional(),
  itemName: z.string().optional(),
  keyName: z.string().optional(),
  valueName: z.string().optional(),
})

/** What helpers say, with what `.meta(…)` says on top. */
export function contractInfo(schema: z.core.$ZodType): ContractInfo {
  const meta = z.globalRegistry.get(schema)
  const helper = helperInfo(schema).contract
  if (!meta) return helper ?? {}
  const parsed = ContractInfoSchema.safeParse(meta)
  if (!parsed.success)
    throw new ContractError(`the meta of a schema is not that of a contract: ${z.prettifyError(parsed.error)}`)
  return { ...helper, ...(parsed.data as ContractInfo) }
}
