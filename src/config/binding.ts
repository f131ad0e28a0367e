/** Site bindings: what a protocol's binding information says. */
import { isIPv6 } from 'node:net'
import type { HostNameComparisonMode } from '#binding/host-mode.ts'

export interface Binding {
  /** In lower case, as `net.tcp`. */
  readonly protocol: string
  /** As written in the file. */
  readonly information: string
  /** Undefined for protocols without ports. */
  readonly port: number | undefined
  /** As a URI has it (IPv6 in brackets); empty for the two wildcards, which mean whatever this machine is called. */
  readonly host: string
  readonly mode: HostNameComparisonMode
}

/** The form of a protocol's binding information. */
interface Form {
  readonly parts: 1 | 2 | 3
  readonly example: string
  readonly defaultPort?: number
}

const forms: Readonly<Record<string, Form>> = {
  'net.tcp': { parts: 2, example: '808:*', defaultPort: 808 },
  http: { parts: 3, example: '*:80:', defaultPort: 80 },
  https: { parts: 3, example: '*:443:', defaultPort: 443 },
  'net.pipe': { parts: 1, example: '*' },
  'net.msmq': { parts: 1, example: 'localhost' },
  'msmq.formatname': { parts: 1, example: 'localhost' },
}

/** The binding, or what is wrong with its information. Protocols that Portico doesn't know have no port and no host. */
export function parseBinding(writtenProtocol: string, information: string): Binding | { readonly wrong: string } {
  const protocol = writtenProtocol.toLowerCase()
  const form = Object.hasOwn(forms, protocol) ? forms[protocol] : undefined
  if (form === undefined) return { protocol, information, port: undefined, host: '', mode: 'WeakWildcard' }

  const parts = splitOutsideBrackets(information)
  if (parts.length !== form.parts) {
    const names = { 1: 'host', 2: 'port:host', 3: 'address:port:host' }[form.parts]
    return { wrong: `must have the form ${names} for ${protocol}, as ${form.example}` }
  }
  const host = parts.at(-1) ?? ''
  const port = form.parts === 1 ? undefined : portOf(parts.at(-2) ?? '', form.defaultPort)
  if (Number.isNaN(port)) return { wrong: `must name a port from 1 to 65535 for ${protocol}, as ${form.example}` }
  if (host === '' || host === '*') return { protocol, information, port, host: '', mode: 'WeakWildcard' }
  if (host === '+') return { protocol, information, port, host: '', mode: 'StrongWildcard' }
  if (!isHost(host)) {
    return { wrong: `must name a host for ${protocol}: *, +, a name, an IPv4 address or an IPv6 address in brackets` }
  }
  return { protocol, information, port, host, mode: 'Exact' }
}

/** An IPv6 literal keeps its colons because it stands in brackets. */
function splitOutsideBrackets(information: string): string[] {
  const parts = ['']
  let depth = 0
  for (const character of information) {
    if (character === '[') depth++
    if (character === ']') depth--
    if (character === ':' && depth === 0) parts.push('')
    else parts[parts.length - 1] += character
  }
  return parts
}

function portOf(text: string, otherwise: number | undefined): number | undefined {
  const trimmed = text.trim()
  if (trimmed === '') return otherwise
  const port = /^\d{1,5}$/.test(trimmed) ? Number(trimmed) : Number.NaN
  return port >= 1 && port <= 65_535 ? port : Number.NaN
}

function isHost(host: string): boolean {
  if (host.startsWith('[')) return host.endsWith(']') && isIPv6(host.slice(1, -1))
  return /^(?=.{1,253}$)[\p{L}\p{N}_](?:[\p{L}\p{N}_-]*)(?:\.[\p{L}\p{N}_-]+)*\.?$/u.test(host)
}
