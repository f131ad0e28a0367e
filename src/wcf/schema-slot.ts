/** Schemas of zod as slots: what surrounds a type says about null, absence and checks. */
import type { z } from 'zod'
import type { Slot } from './content.ts'
import { ContractError } from './contract-error.ts'
import { helperInfo } from './contract-info.ts'
import { needsZod } from './schema-checks.ts'

type Schema = z.core.$ZodTypes

/** A slot without its content: of that, the schema. */
export interface Surroundings extends Omit<Slot, 'content'> {
  readonly schema: Schema
}

/** Looks through everything around the type itself. `isChecked`: zod checks the whole around it. */
export function surroundingsOf(schema: z.core.$ZodType, isChecked: boolean): Surroundings {
  let inner = schema as Schema
  let isNullable = false
  // What is around something else has the say.
  let isOptional: boolean | undefined = schema._zod.optin === 'optional' || undefined
  let whenAbsent: (() => unknown) | undefined
  let isForZod = false
  for (let layers = 0; ; layers++) {
    if (layers > 100) throw new ContractError('a schema is nothing but itself (z.lazy)')
    isForZod ||= needsZod(inner)
    const { def } = inner._zod
    switch (def.type) {
      case 'optional':
        isOptional ??= true
        break
      case 'nullable':
        isNullable = true
        break
      case 'default':
        isOptional ??= true
        whenAbsent ??= () => def.defaultValue
        break
      case 'prefault':
        isOptional ??= true
        break
      case 'nonoptional':
        isOptional ??= false
        break
      case 'any':
      case 'unknown':
        isNullable = true
        break
      case 'union':
        if (!takesNullFromUnion()) return surroundings()
        continue
      default:
    }
    const next = innerOf(inner)
    if (!next) return surroundings()
    inner = next
  }

  /** `X | null | undefined`, written as a union. */
  function takesNullFromUnion(): boolean {
    const { def } = inner._zod as z.core.$ZodUnionInternals
    const types = def.options.map((option) => (option as Schema)._zod.def.type)
    const rest = def.options.filter((_, index) => types[index] !== 'null' && types[index] !== 'undefined')
    const [only] = rest
    if (rest.length !== 1 || !only || helperInfo(inner).knownTypes) return false
    isNullable ||= types.includes('null')
    if (types.includes('undefined')) isOptional ??= true
    inner = only as Schema
    return true
  }

  function surroundings(): Surroundings {
    // A schema of another copy of zod has the same methods.
    const check = isForZod && !isChecked ? (schema as z.ZodType) : undefined
    const absent = isChecked || !isOptional ? undefined : whenAbsent
    return { schema: inner, isNullable, isOptional: isOptional ?? false, whenAbsent: absent, check }
  }
}

/** What a schema only says something about; undefined for one that is a type itself. */
function innerOf(schema: Schema): Schema | undefined {
  const { def } = schema._zod
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'nonoptional':
    case 'readonly':
    case 'catch':
      return def.innerType as Schema
    case 'lazy':
      // Not `getter`, which may make another one each time.
      return (schema._zod as z.core.$ZodLazyInternals).innerType as Schema
    case 'pipe':
      // `z.preprocess` begins with a function; what it makes is as near as can be to what comes.
      return ((def.in as Schema)._zod.def.type === 'transform' ? def.out : def.in) as Schema
    default:
      return undefined
  }
}
