/** The kinds of value that say who somebody is: SIDs, accounts and user ids. */
import { greatestUint, value } from './values.ts'

const greatestAuthority = 2 ** 48 - 1

/** A SID; comes out canonical: `S` in upper case, numbers without leading zeros. */
export function sid() {
  const must = 'a SID, written S-1-…; the name of a Unix user, or %group, goes into account'
  return value({ type: 'SID', range: 'S-1-…' }, must, canonicalSid)
}

/** The one spelling that every spelling of a SID has in common; undefined for what isn't one. */
export function canonicalSid(written: string): string | undefined {
  if (!/^S-1(?:-\d{1,15}){2,16}$/i.test(written)) return undefined
  const [authority = 0, ...others] = written.slice('S-1-'.length).split('-').map(Number)
  const fits = authority <= greatestAuthority && others.every((number) => number <= greatestUint)
  return fits ? `S-1-${[authority, ...others].join('-')}` : undefined
}

/** A Unix user, or a Unix group behind `%`, as written: Linux tells `Alice` from `alice`. */
export function account() {
  const rule = 'the name of a Unix user, or %group'
  return value({ type: 'account', range: 'user or %group' }, (written) => `${rule}${hint(written)}`, read)

  function read(written: string): string | undefined {
    return isAccountName(written.replace(/^%/, '')) && canonicalSid(written) === undefined ? written : undefined
  }

  function hint(written: string): string {
    if (written.includes('\\')) return '; an account of Windows is written as its SID, in securityIdentifier'
    if (canonicalSid(written) !== undefined) return '; a SID goes into securityIdentifier'
    return ', without blanks, : and ,'
  }
}

/** A Unix user; empty for none. */
export function userName() {
  const must = 'empty, or the name of a Unix user without blanks, %, : and ,'
  return value({ type: 'text', range: 'a Unix user' }, must, (written) =>
    written === '' || isAccountName(written) ? written : undefined,
  )
}

/** The last user id before those that mean nobody, or no change, to one system call or another. */
const greatestUser = greatestUint - 2

/** User ids from `first` to `last`, both included. */
export function userRange() {
  const must = `a range of at least two user ids from 1 to ${greatestUser}, lower one first, as 90000-99999`
  return value({ type: 'range', range: `first-last in 1..${greatestUser}` }, must, (written) => {
    const match = /^\s*(\d{1,10})\s*-\s*(\d{1,10})\s*$/.exec(written)
    const [first, last] = [Number(match?.[1]), Number(match?.[2])]
    return first >= 1 && first < last && last <= greatestUser ? Object.freeze({ first, last }) : undefined
  })
}

/** Whether a user or a group may have that name; whether one has is another question. */
export function isAccountName(name: string): boolean {
  return /^[^%\s\p{Cc}:,\\][^\s\p{Cc}:,\\]*$/u.test(name)
}
