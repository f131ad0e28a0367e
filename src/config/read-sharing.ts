/** Reads the sharing service's section, and computes what its zeros stand for. */
import type { z } from 'zod'
import { type AllowedAccount, readAccounts } from './accounts.ts'
import { readElement } from './read-element.ts'
import type { Report } from './report.ts'
import type { Immutable } from './schema.ts'
import { activationElement, type netTcpElement } from './sharing.ts'
import type { XmlElement } from './xml.ts'

/** How ports are shared: the numbers in force, none of them standing for another. */
export type Sharing = Immutable<Omit<z.infer<typeof netTcpElement>, 'allowAccounts'>> & {
  readonly allowAccounts: readonly AllowedAccount[]
}

/** `section` is undefined when no file has it: then the defaults apply. */
export function readSharing(section: XmlElement | undefined, processors: number, report: Report): Sharing {
  const written = readElement(section, activationElement, report)['net.tcp']
  const allowAccounts = readAccounts(
    section?.children.find((child) => child.name === 'net.tcp'),
    report,
  )
  return Object.freeze({
    ...written,
    listenBacklog: written.listenBacklog || 12 * processors,
    maxPendingAccepts: written.maxPendingAccepts || 4 * processors,
    allowAccounts,
  })
}
