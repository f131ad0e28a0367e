/** Reads the sharing service's section, and computes what its zeros stand for. */
import type { z } from 'zod'
import { type AllowedAccount, placeOfAccounts, readAccounts } from './accounts.ts'
import { readElement } from './read-element.ts'
import type { Report } from './report.ts'
import type { Immutable } from './schema.ts'
import { activationElement, type netTcpElement } from './sharing.ts'
import type { XmlElement } from './xml.ts'

/** How ports are shared: the numbers in force, none of them standing for another. */
export type Sharing = Immutable<Omit<z.infer<typeof netTcpElement>, 'allowAccounts'>> & {
  readonly allowAccounts: readonly AllowedAccount[]
  /** Where an administrator adds an entry to allowAccounts. The file is absolute, and need not exist. */
  readonly accountsAt: { readonly file: string; readonly line: number }
}

/** `section` is undefined when `file` is missing or doesn't have it: then the defaults apply. */
export function readSharing(
  section: XmlElement | undefined,
  file: string,
  processors: number,
  report: Report,
): Sharing {
  const written = readElement(section, activationElement, report)['net.tcp']
  const netTcp = section?.children.find((child) => child.name === 'net.tcp')
  return Object.freeze({
    ...written,
    listenBacklog: written.listenBacklog || 12 * processors,
    maxPendingAccepts: written.maxPendingAccepts || 4 * processors,
    allowAccounts: readAccounts(netTcp, report),
    accountsAt: Object.freeze(placeOfAccounts(netTcp, file)),
  })
}
