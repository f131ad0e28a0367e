/** The kinds of value that say who somebody is: SIDs and accounts. */
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

/** Whether a user or a group may have that name; whether one has is another question. */
export function isAccountName(name: string): boolean {
  return /^[^%\s\p{Cc}:,\\][^\s\p{Cc}:,\\]*$/u.test(name)
}
