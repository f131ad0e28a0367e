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
        // As if this module had imported it, which Portico's own package.json answers.
        if (isNotFound(error)) return next(specifier, { ...context, parentURL: import.meta.url })
        throw error
      }
    },
  })
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
}
