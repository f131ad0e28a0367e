/** Lets applications import `portico/…` wherever they are deployed: from this Portico, unless they have one of their own. */
import { registerHooks } from 'node:module'

let isRegistered = false

/** Once for a process; other imports pay a comparison. */
export function offerPorticoModules(): void {
  if (isRegistered) return
  isRegistered = true
  registerHooks({
    resolve(specifier, context, next) {
      if (!specifier.startsWith('portico/')) return next(specifier, context)
      try {
        return next(specifier, context)
      } catch (error) {
        if (!isNotFound(error)) throw error
        // As if this module had imported it: Portico's own package.json answers.
        return { url: import.meta.resolve(specifier), shortCircuit: true }
      }
    },
  })
}

function isNotFound(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'].includes(String(error.code))
  )
}
