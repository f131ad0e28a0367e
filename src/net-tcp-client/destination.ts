/** What a net.tcp URL means to a client: the via that goes on the wire, and where to connect. */
import { domainToASCII } from 'node:url'
import { maxViaSize } from '#framing/records.ts'
import { parseVia } from '#framing/via.ts'

export interface Destination {
  /** As .NET writes it: canonical, without the default port. */
  readonly via: string
  /** A name or an address as the system takes it: without brackets, with the zone of a link-local address. */
  readonly host: string
  readonly port: number
}

/** Undefined when the text is no net.tcp URL that a connection can be made for. */
export function destinationOf(url: string): Destination | undefined {
  const via = parseVia(url)
  if (via?.scheme !== 'net.tcp' || via.port === 0 || Buffer.byteLength(via.canonical) > maxViaSize) return undefined
  if (!via.host.startsWith('[')) {
    return { via: via.canonical, host: domainToASCII(via.host) || via.host, port: via.port }
  }
  // A zone names a link of this machine: it is needed to connect, and no part of the via.
  const zone = /%[^\]]+/.exec(authorityOf(url))?.[0].replace(/^%25/, '%') ?? ''
  return { via: via.canonical, host: via.host.slice(1, -1) + zone, port: via.port }
}

/** Host and port as they are written. */
export function authorityOf(url: string): string {
  return /\/\/([^/?#]*)/.exec(url)?.[1] ?? ''
}
