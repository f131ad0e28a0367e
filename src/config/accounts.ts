/** Reads `<allowAccounts>`: the accounts that may register, and where each of them comes from. */
import { canonicalSid } from './account-values.ts'
import type { Report } from './report.ts'
import type { XmlElement } from './xml.ts'

/** `default`, or the file and line that added it. */
export type AccountOrigin = 'default' | `${string}:${number}`

/** An account that may register: a canonical SID as `S-1-5-18`, or `alice` for a Unix user, `%staff` for a group. */
export type AllowedAccount =
  | { readonly sid: string; readonly origin: AccountOrigin }
  | { readonly account: string; readonly origin: AccountOrigin }

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
  const element = accountsElement(section)
  if (section === undefined || element === undefined) return defaultAccounts
  const accounts = new Map(defaultAccounts.map((account) => [nameOf(account), account]))
  let refused = false
  for (const child of element.children) {
    const account = accountOf(child)
    if (child.name === 'clear') accounts.clear()
    else if (account === undefined) refused = true
    else if (child.name === 'remove') accounts.delete(nameOf(account))
    else if (!accounts.has(nameOf(account))) accounts.set(nameOf(account), account)
  }
  if (accounts.size === 0 && !refused) {
    report.problem(element, `leaves the section ${section.name} without accounts: nobody could register; add one`)
  }
  return Object.freeze([...accounts.values()])
}

/** Where an administrator adds an account: the list, else the element that it belongs into, else the top of `file`. */
export function placeOfAccounts(section: XmlElement | undefined, file: string): { file: string; line: number } {
  const element = accountsElement(section) ?? section
  return { file, line: element?.line() ?? 1 }
}

function accountsElement(section: XmlElement | undefined): XmlElement | undefined {
  return section?.children.find((child) => child.name === 'allowAccounts')
}

/** What the entry names; undefined when it was refused. */
function accountOf(entry: XmlElement): AllowedAccount | undefined {
  const origin = `${entry.file}:${entry.line()}` as const
  const written = entry.attributes.get('securityIdentifier')
  const account = entry.attributes.get('account')
  if (written === undefined) return account === undefined ? undefined : Object.freeze({ account, origin })
  const sid = canonicalSid(written)
  return sid === undefined || account !== undefined ? undefined : Object.freeze({ sid, origin })
}

/** No account is spelled like a SID, so the two kinds never meet. */
function nameOf(entry: AllowedAccount): string {
  return 'sid' in entry ? entry.sid : entry.account
}
