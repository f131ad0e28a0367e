/** Which schemas need zod itself: those with checks and conversions of the author's. The rest is enforced by reading. */
import type { z } from 'zod'
import { helperInfo } from './contract-info.ts'

type Schema = z.core.$ZodTypes

/** Whether the schema itself, not what is inside of it, has something that only zod can do. */
export function needsZod(schema: z.core.$ZodType): boolean {
  const { def } = (schema as Schema)._zod
  const { ownChecks = 0 } = helperInfo(schema)
  const checks = def.checks ?? []
  if (checks.slice(ownChecks).some((check) => !isEnforced(check))) return true
  switch (def.type) {
    case 'string':
      // Other formats than a GUID's are checked by zod; a helper's type is enforced.
      return 'format' in def && def.format !== undefined && def.format !== 'guid'
    case 'pipe':
    case 'catch':
    case 'prefault':
    case 'literal':
    case 'template_literal':
      return true
    case 'record':
      // Enumerated keys must all be there.
      return ['enum', 'literal'].includes(def.keyType._zod.def.type)
    default:
      return false
  }
}

/** The formats of numbers are those of types. */
function isEnforced(check: z.core.$ZodCheck): boolean {
  return check._zod.def.check === 'number_format' || check._zod.def.check === 'bigint_format'
}

/** int, int32, float32 and so on, however it was declared. */
export function formatOf(schema: z.core.$ZodNumber | z.core.$ZodBigInt): string | undefined {
  const { def } = schema._zod
  if ('format' in def && typeof def.format === 'string') return def.format
  const formats = def.checks?.filter(isEnforced).map((check) => (check._zod.def as { readonly format?: string }).format)
  return formats?.at(-1)
}
