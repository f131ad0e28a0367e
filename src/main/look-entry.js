/**
 * Looks, as the account of a pool, at what it could not read: the first argument is the account, the others are files and
 * folders. Writes them as a JSON array to standard output. `portico doctor` runs it, because only the kernel knows for sure.
 */
import { accessSync, constants, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { firstClosed } from '#base/first-closed.js'
import { parseAccount } from './account-text.js'
import { takeAccount } from './take-account.js'

/** So many entries of one folder are looked at; nobody's application is unreadable only behind that. */
const mostEntries = 20_000
const mostNamed = 5

const [text = '', ...paths] = process.argv.slice(2)
const account = parseAccount(text)
if (account === undefined) throw new Error(`"${text}" is no account`)
takeAccount(account)
process.stdout.write(JSON.stringify(paths.map(closedIn)))

/**
 * What of the path this account can't read, a few at most.
 * @param {string} path
 * @returns {string[]}
 */
function closedIn(path) {
  const closed = firstClosed(path)
  if (closed !== undefined) return [closed]
  /** @type {string[]} */
  const found = []
  const pending = [path]
  for (let at = 0; at < pending.length && at < mostEntries && found.length < mostNamed; at++) {
    const next = pending[at] ?? ''
    try {
      for (const entry of readdirSync(next, { withFileTypes: true })) {
        const inside = join(next, entry.name)
        if (entry.isDirectory()) pending.push(inside)
        else if (entry.isFile()) accessSync(inside, constants.R_OK)
      }
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EACCES' && 'path' in error)
        found.push(String(error.path))
    }
  }
  return found
}
