/** A registration of a self-hosted service: connections under this address are its own. */
import type { EndpointSettings } from '#binding/rule.ts'
import type { RegisteredUri } from './registered-uri.ts'

export interface UriRegistration extends RegisteredUri {
  readonly number: number
  readonly holder: Holder
  /** Milliseconds since the epoch. */
  readonly since: number
  /** Those of the first endpoint that registered it. */
  readonly settings: EndpointSettings
}

/** The process that holds a registration. */
export interface Holder {
  readonly pid: number
  readonly uid: number
  /** As `alice (uid 1000)`. */
  readonly account: string
}

export function holderText({ pid, account }: Holder): string {
  return `process ${pid} of ${account}`
}

/** The socket that a registration needs: its own address where its host is one, else all of them. */
export function portOf({ host, port }: Pick<RegisteredUri, 'host' | 'port'>): {
  readonly address: string | undefined
  readonly port: number
} {
  return { address: addressOf(host), port }
}

/** The address that a host literal is; undefined for names and wildcards, which are for every address. */
export function addressOf(host: string): string | undefined {
  if (host.startsWith('[')) return host.slice(1, -1)
  return /^\d+\.\d+\.\d+\.\d+$/.test(host) ? host : undefined
}
