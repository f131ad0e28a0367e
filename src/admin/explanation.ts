/** What `portico explain` shows: what would answer a URL, and why nothing else would; made of facts only. */

import type { Code } from '#base/catalogue.ts'
import type { HostNameComparisonMode } from '#binding/host-mode.ts'

export interface Explanation {
  readonly url: string
  /** In its canonical form; undefined when it is no address that net.tcp can ask for. */
  readonly canonical: string | undefined
  /** Where the connection would arrive. */
  readonly port: {
    readonly address: string
    readonly port: number
    /** Whether Portico listens there. */
    readonly open: boolean
    /** Whose the port is: site bindings and registrations that ask for it. */
    readonly openedFor: readonly string[]
  }
  readonly answer: ApplicationAnswer | RegistrationAnswer | undefined
  /** What the client would get instead of an answer: `EndpointNotFound` and its like; undefined when it is answered. */
  readonly refusal: { readonly client: string; readonly why: string; readonly remedy: string } | undefined
  /** Everything that is registered above the address, the one that answers first. */
  readonly candidates: readonly {
    readonly uri: string
    readonly hostNameComparisonMode: HostNameComparisonMode
    readonly of: string
    readonly answers: boolean
    readonly why: string
  }[]
}

export interface ApplicationAnswer {
  readonly is: 'application'
  readonly path: string
  readonly site: string
  /** The site binding that leads there, as `net.tcp 8808:*`. */
  readonly binding: string
  readonly folder: string
  /** The addresses at which its site can be reached; + and * are the wildcards. */
  readonly bases: readonly string[]
  readonly origin: string
  readonly pool: string
  readonly poolState: string
  /** As configured, and the account that follows from it. */
  readonly identityType: string
  readonly account: string | undefined
  /** The entry of allowAccounts that admits it. */
  readonly admittedBy: string | undefined
  /** Whether a worker process has it loaded: otherwise the connection starts one. */
  readonly active: boolean
  /** What keeps it from starting now, or kept it the last time. */
  readonly problem?: { readonly code: Code; readonly message: string; readonly remedy: string }
}

export interface RegistrationAnswer {
  readonly is: 'registration'
  readonly uri: string
  readonly pid: number
  readonly account: string
  readonly since: string
  readonly admittedBy: string | undefined
}
