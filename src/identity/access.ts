/** Who may share ports: the entries of allowAccounts against the SIDs that a process has. */
import type { Accounts } from './accounts.ts'
import { groupSid, parseSid, type Sid, userSid } from './sid.ts'

/** An entry of allowAccounts: a SID, or the name of a Unix user or, behind `%`, of a Unix group. */
export type AllowEntry = { readonly origin: string } & ({ readonly sid: string } | { readonly account: string })

/** The first entry that lets in a process with these SIDs. */
export function admitting(
  entries: readonly AllowEntry[],
  held: readonly Sid[],
  accounts: Accounts,
): AllowEntry | undefined {
  const set = new Set<string>(held)
  // What needs no look-up comes first: a directory server may be slow.
  const bySid = entries.find((entry) => 'sid' in entry && set.has(parseSid(entry.sid) ?? ''))
  return bySid ?? entries.find((entry) => 'account' in entry && set.has(sidOfAccount(entry.account, accounts) ?? ''))
}

/** The SID of a Unix user or, behind `%`, of a Unix group; undefined when there is none of that name. */
export function sidOfAccount(account: string, accounts: Accounts): Sid | undefined {
  if (account.startsWith('%')) {
    const group = accounts.groupByName(account.slice(1))
    return group && groupSid(group.gid)
  }
  const user = accounts.userByName(account)
  return user && userSid(user.uid)
}

/** The element that admits whoever has the SID. */
export const elementFor = (sid: Sid): string => `<add securityIdentifier="${sid}"/>`

/** An entry as it stands in the file. */
export function written(entry: AllowEntry): string {
  return 'sid' in entry ? `<add securityIdentifier="${entry.sid}"/>` : `<add account="${entry.account}"/>`
}
