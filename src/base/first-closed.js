/** Which folder on the way to a file keeps this process from it. JavaScript, because worker processes need it before they load TypeScript. */
import { accessSync, constants, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * The first part of the path that this account may not pass or, at its end, not read. What isn't there is not closed.
 * @param {string} path
 * @returns {string | undefined}
 */
export function firstClosed(path) {
  const above = dirname(path)
  const closed = above === path ? undefined : firstClosed(above)
  if (closed !== undefined) return closed
  try {
    accessSync(path, statSync(path).isDirectory() ? constants.X_OK : constants.R_OK)
    return undefined
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EACCES' ? path : undefined
  }
}
