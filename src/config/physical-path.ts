/** The folder that a `physicalPath` names. */
import { dirname, resolve } from 'node:path'
import { expandVariables } from './variables.ts'

/** What the meaning of a path depends on. */
export interface Surroundings {
  /** The configuration folder. */
  readonly directory: string
  /** Variables that `%NAME%` may use. */
  readonly environment: Readonly<Record<string, string | undefined>>
}

/**
 * The absolute folder, or what is wrong. `%NAME%` is replaced from `environment`; a relative path starts at the folder
 * that holds the configuration folder, so that an installation can be moved as a whole.
 */
export function physicalFolder(
  written: string,
  { directory, environment }: Surroundings,
): { readonly folder: string } | { readonly wrong: string } {
  const expanded = expandVariables(written, environment)
  if ('unknown' in expanded)
    return { wrong: `uses the environment variable ${expanded.unknown}, which is not set for Portico` }
  if (/^[A-Za-z]:|^\\\\|\\/.test(expanded.text)) return { wrong: 'must be a folder of this machine, written with /' }
  return { folder: resolve(dirname(resolve(directory)), expanded.text) }
}
