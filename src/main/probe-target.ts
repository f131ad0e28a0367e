/** What a probe's URL means: the via that goes on the wire, and where to connect. */
import { domainToASCII } from 'node:url'
import { maxViaSize } from '#framing/records.ts'
import { parseVia } from '#framing/via.ts'

export interface ProbeTarget {
  /** As .NET writes it: canonical, without the default port. */
  readonly via: string
  /** A name or an address as the system takes it: without brackets, with the zone of a link-local address. */
  readonly host: string
  readonly port: number
  /** Whether the URL names the port, or it is the default of net.tcp. */
  readonly portIsWritten: boolean
}

/** Undefined when the text is no net.tcp URL that a connection can be made for. */
export function probeTarget(url: string): ProbeTarget | undefined {
  const via = parseVia(url)
  if (via?.scheme !== 'net.tcp' || via.port === 0 || Buffer.byteLength(via.canonical) > maxViaSize) return undefined
  const authority = /\/\/([^/?#]*)/.exec(url)?.[1] ?? ''
  const portIsWritten = /:\d+$/.test(authority)
  if (!via.host.startsWith('[')) {
    return { via: via.canonical, host: domainToASCII(via.host) || via.host, port: via.port, portIsWritten }
  }
  // A zone names a link of this machine: it is needed to connect, and no part of the via.
  const zone = /%[^\]]+/.exec(authority)?.[0].replace(/^%25/, '%') ?? ''
  return { via: via.canonical, host: via.host.slice(1, -1) + zone, port: via.port, portIsWritten }
}
