/**
 * Becoming another account, for good. JavaScript, so that what runs with privileges is this file and Node, and nothing that
 * compiles. Sources: credentials(7), capabilities(7), PR_SET_NO_NEW_PRIVS in prctl(2).
 */
import { readdirSync, readFileSync } from 'node:fs'

/** @typedef {import('./account-text.js').Account} Account */

/**
 * Groups first: they need the privileges that go with the user. An ordinary user has no other account to take.
 * @param {Account} account
 */
export function takeAccount({ uid, gid, groups }) {
  if (process.geteuid?.() !== 0) return
  process.setgroups?.([...groups])
  process.setgid?.(gid)
  process.setuid?.(uid)
}

/**
 * Throws unless every thread of this process is exactly the account, without capabilities and for good.
 * @param {Account} account
 */
export function proveAccount({ uid, gid, groups }) {
  const ids = (/** @type {number} */ id) => Array(4).fill(id).join(' ')
  for (const thread of readdirSync('/proc/self/task')) {
    const status = readFileSync(`/proc/self/task/${thread}/status`, 'utf8')
    /** @type {(field: string, expected: string, found?: string) => void} */
    const expect = (field, expected, found = fieldOf(status, field)) => {
      if (found !== expected) throw new Error(`${field} of thread ${thread} is "${found}" instead of "${expected}"`)
    }
    expect('Uid', ids(uid))
    expect('Gid', ids(gid))
    expect('Groups', allOf(gid, groups), allOf(gid, (fieldOf(status, 'Groups') ?? '').split(' ').filter(Boolean)))
    expect('NoNewPrivs', '1')
    if (uid !== 0) for (const set of ['Inh', 'Prm', 'Eff', 'Amb']) expect(`Cap${set}`, '0'.repeat(16))
  }
  if (uid !== 0) proveNoWayBack()
}

/**
 * The group and the supplementary ones, which may name it again.
 * @param {number} gid
 * @param {readonly (number | string)[]} groups
 */
function allOf(gid, groups) {
  return [...new Set([gid, ...groups].map(Number))].sort((a, b) => a - b).join(' ')
}

function proveNoWayBack() {
  /** @type {readonly [string, () => void][]} */
  const waysBack = [
    ['the user root', () => process.setuid?.(0)],
    ['the effective user root', () => process.seteuid?.(0)],
    ['other groups', () => process.setgroups?.([0])],
  ]
  for (const [what, tryIt] of waysBack) {
    try {
      tryIt()
    } catch {
      continue
    }
    throw new Error(`it could take ${what} again`)
  }
}

/**
 * A field of /proc/<pid>/status, with blanks between its values. A process can't add a line by its name, which stands in the
 * first one: the kernel escapes line ends in it. Source: proc_pid_status(5).
 * @param {string} status
 * @param {string} name
 */
function fieldOf(status, name) {
  const begin = status.indexOf(`\n${name}:`)
  if (begin < 0) return undefined
  const value = begin + name.length + 2
  return status.slice(value, status.indexOf('\n', value)).trim().replaceAll('\t', ' ')
}

/** @param {Account} account */
export function idsOf({ uid, gid, groups }) {
  return `uid ${uid}, gid ${gid}${groups.length > 0 ? `, groups ${groups.join(', ')}` : ''}`
}
