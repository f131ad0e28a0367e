/** Reads `<allowAccounts>`: the accounts that may register, and where each of them comes from. */
import type { Report } from './report.ts'
import type { XmlElement } from './xml.ts'

/** An account that may register. */
export interface AllowedAccount {
  /** As `S-1-5-18`. */
  readonly sid: string
  /** `default`, or the file and line that added it. */
  readonly origin: 'default' | `${string}:${number}`
}

/** Those that are let in unless a file says otherwise: pool identities, root, administrators, the two service accounts. */
const defaultSids = ['S-1-5-32-568', 'S-1-5-18', 'S-1-5-32-544', 'S-1-5-19', 'S-1-5-20']

export const defaultAccounts: readonly AllowedAccount[] = Object.freeze(
  defaultSids.map((sid) => Object.freeze({ sid, origin: 'default' } as const)),
)

/**
 * The accounts of `section` (net.tcp), in order: the defaults are the first entries, `add`, `remove` and `clear` change
 * the list as they come. Shape and spelling of the entries have been checked with the rest of the section.
 */
export function readAccounts(section: XmlElement | undefined, report: Report): readonly AllowedAccount[] {
  const element = section?.children.find((child) => child.name === 'allowAccounts')
  if (section === undefined || element === undefined) return defaultAccounts
  const accounts = new Map<string, AllowedAccount>(defaultAccounts.map((account) => [account.sid, account]))
  for (const child of element.children) {
    const sid = child.attributes.get('securityIdentifier')?.toUpperCase() ?? ''
    if (child.name === 'clear') accounts.clear()
    else if (child.name === 'remove') accounts.delete(sid)
    else if (!accounts.has(sid)) accounts.set(sid, Object.freeze({ sid, origin: `${child.file}:${child.line()}` }))
  }
  if (accounts.size === 0) {
    report.problem(element, `leaves the section ${section.name} without accounts: nobody could register; add one`)
  }
  const unchanged = accounts.size === defaultSids.length && defaultSids.every((sid) => accounts.has(sid))
  if (!unchanged) report.notice(element, 'notInForceYet')
  return Object.freeze([...accounts.values()])
}
